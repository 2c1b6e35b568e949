import { readFileSync, writeFileSync } from 'node:fs';

function kibibytes(name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(line ?? Number.NaN);
}

/**
 * The resident memory that a piece of work takes above what was there before, at its highest, in MiB. The kernel keeps the
 * peak, so nothing between two looks is missed. Garbage is collected before, if Node was told to let us (--expose-gc): else
 * what was freed but not given back would hide what is taken now.
 */
export async function peakOf(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  writeFileSync('/proc/self/clear_refs', '5');
  const before = kibibytes('VmRSS');
  await work();
  return (kibibytes('VmHWM') - before) / 1024;
}
