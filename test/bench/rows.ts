/** What a bench prints: lines of JSON that `make bench` puts into the documents. */
import type { BenchRow } from '../measure/row.ts';

/** Prints one figure, with four digits that count. */
export function row({ ours, theirs, ...rest }: BenchRow): void {
  const peers = theirs === undefined ? {} : { theirs: rounded(theirs) };
  console.log(JSON.stringify({ ...rest, ours: rounded(ours), ...peers }));
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** @throws Error without values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error('cannot take the median of nothing');
  return (low + high) / 2;
}

/** Seconds that it takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
