/** One at a time among processes: the lab is built once, however many test files want it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Does `work` while this process alone holds the lock on `file`, which is made if need be. The lock goes with whoever holds
 * it, however that ends: flock(1) ends when its standard input does.
 * @throws Error where flock(1) cannot be run
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const child = spawn('flock', [file, 'sh', '-c', 'echo held; cat > /dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const isHeld = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isHeld) throw new Error(`cannot lock ${file}: flock ended with status ${child.exitCode}`);
  try {
    return await work();
  } finally {
    child.stdin.end();
    await ended;
  }
}
