/** Ends processes that carry a mark in their environment: a daemon leaves its process group, but keeps what it was given. */
import { readdir, readFile } from 'node:fs/promises';

/** A process may start others while it is looked for. */
const maxRounds = 8;

/** Kills every process of this machine whose environment holds `mark` (`NAME=VALUE`). Never rejects. */
export async function killMarked(mark: string): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const pids = await marked(mark);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
  }
}

async function marked(mark: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const found: number[] = [];
  for (const name of names.filter((name) => /^\d+$/.test(name))) {
    // Empty for those that have ended, and a refusal for those that are not ours.
    const environ = await readFile(`/proc/${name}/environ`).catch(() => undefined);
    if (environ?.includes(mark)) found.push(Number(name));
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
