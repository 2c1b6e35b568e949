/** One process of a fuzz run: makes the images, reads the mutants it was given, and tells the parent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countBranches, type FileBranches } from './coverage.ts';

/** What the parent asks for. */
export interface Assignment {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Images of each tree in each compression. */
  readonly each: number;
}

/** What a worker tells: that it goes on, and in the end what it found. */
export type Report =
  | { readonly kind: 'progress'; readonly next: number }
  | { readonly kind: 'done'; readonly result: WorkerResult };

export interface WorkerResult {
  readonly images: number;
  readonly tally: PlainTally;
  readonly branches: readonly FileBranches[];
}

type Tally = import('./run.ts').Tally;

/** As it goes from one process to the other. */
export type PlainTally = Omit<Tally, 'complaints'> & { readonly complaints: readonly string[] };

/** Mutants between two words to the parent. */
export const REPORT_EVERY = 500;

/** Branches are counted for so many mutants: it makes all of them twice as slow, and later ones reach little that is new. */
const COUNTED_MUTANTS = 50_000;

async function work({ seed, from, to, each }: Assignment, tell: (report: Report) => void): Promise<WorkerResult> {
  const counting = await countBranches();
  // Loaded only now, so that their branches are counted.
  const { makeCorpus } = await import('./corpus.ts');
  const { emptyTally, runMutants } = await import('./run.ts');
  const directory = await mkdtemp(join(tmpdir(), 'squashfs-fuzz-'));
  const corpus = await makeCorpus(directory, each).finally(() => rm(directory, { recursive: true, force: true }));
  const tally = emptyTally();
  let branches: readonly FileBranches[] | undefined;
  for (let next = from; next < to; next += REPORT_EVERY) {
    tell({ kind: 'progress', next });
    if (next - from >= COUNTED_MUTANTS) branches ??= await counting.finish();
    await runMutants(corpus, { seed, from: next, to: Math.min(to, next + REPORT_EVERY) }, tally);
  }
  const images = new Set(corpus.map(({ bytes }) => bytes.toString('latin1'))).size;
  branches ??= await counting.finish();
  return { images, tally: { ...tally, complaints: [...tally.complaints] }, branches };
}

if (import.meta.main) {
  process.once('message', async (assignment: Assignment) => {
    const tell = (report: Report) => process.send?.(report);
    tell({ kind: 'done', result: await work(assignment, tell) });
    process.disconnect?.();
  });
}
