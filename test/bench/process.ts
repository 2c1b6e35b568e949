/** What the kernel says of a process. */
import { readFile } from 'node:fs/promises';

/** The most memory that it ever held, bytes (VmHWM of proc(5)). */
export async function peakBytes(pid: number): Promise<number> {
  return 1024 * numberIn(await readFile(`/proc/${pid}/status`, 'utf8'), /^VmHWM:\s+(\d+) kB$/m);
}

/** Bytes that it, all its threads together, had written to media so far (write_bytes of proc(5)). */
export async function writtenBytes(pid: number): Promise<number> {
  return numberIn(await readFile(`/proc/${pid}/io`, 'utf8'), /^write_bytes: (\d+)$/m);
}

function numberIn(text: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(text) ?? [];
  if (digits === undefined) throw new Error(`cannot find ${pattern} in ${text}`);
  return Number(digits);
}
