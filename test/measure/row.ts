/** A line that a measuring program prints for the documentation: one JSON object, told apart from all else it prints by its key. */

/** Something that was shown to hold, within a bound. */
export interface ProofRow {
  readonly proof: string;
  /** How far it was looked: counts, seeds. */
  readonly bound: string;
  readonly result: string;
}

/** A median, beside a peer's where there is one. */
export interface BenchRow {
  readonly bench: string;
  readonly ours: number;
  /** Of both values. */
  readonly unit: string;
  /** The command of the peer, run in turn in the same call. */
  readonly peer?: string;
  readonly theirs?: number;
}

/** Takes the row out of a line of output; `undefined` where it is none. */
export function proofRowOf(line: string): ProofRow | undefined {
  const row = objectOf(line);
  const { proof, bound, result } = row;
  if (typeof proof !== 'string' || typeof bound !== 'string' || typeof result !== 'string') return undefined;
  return { proof, bound, result };
}

/** The same for figures. */
export function benchRowOf(line: string): BenchRow | undefined {
  const { bench, ours, unit, peer, theirs } = objectOf(line);
  if (typeof bench !== 'string' || typeof ours !== 'number' || typeof unit !== 'string') return undefined;
  if (typeof peer !== 'string' || typeof theirs !== 'number') return { bench, ours, unit };
  return { bench, ours, unit, peer, theirs };
}

function objectOf(line: string): Readonly<Record<string, unknown>> {
  if (!line.startsWith('{')) return {};
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
