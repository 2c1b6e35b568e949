import type { SquashfsErrorCode } from '../../error.ts';
import { randomOf } from '../random.ts';
import type { Anatomy } from './anatomy.ts';
import { exercise, type Outcome } from './exercise.ts';
import { type Mutant, mutate } from './mutate.ts';
import { peakOf } from './peak.ts';

/** Mutants made before they are read, so that the memory of the one does not hide that of the other. */
const AT_ONCE = 50;

/** A mutant that did what none may do. */
export interface Finding {
  readonly mutant: number;
  readonly image: string;
  readonly notes: readonly string[];
  readonly error: string;
}

/** What is known of the mutants so far. */
export interface Tally {
  mutants: number;
  /** Mutants of which all could be read. */
  readable: number;
  /** Mutants that were answered with this code at least once. */
  readonly codes: Partial<Record<SquashfsErrorCode, number>>;
  /** Messages without their numbers. */
  readonly complaints: Set<string>;
  readonly findings: Finding[];
  /** Most reads of the source for one mutant. */
  maxReads: number;
  /** Most MiB that the reading took above what was there before. */
  peakMebibytes: number;
}

export function emptyTally(): Tally {
  return { mutants: 0, readable: 0, codes: {}, complaints: new Set(), findings: [], maxReads: 0, peakMebibytes: 0 };
}

function add(tally: Tally, { codes, readable, complaints, reads }: Outcome): void {
  if (readable) tally.readable += 1;
  for (const code of codes) tally.codes[code] = (tally.codes[code] ?? 0) + 1;
  for (const complaint of complaints) tally.complaints.add(complaint);
  tally.maxReads = Math.max(tally.maxReads, reads);
}

/** The numbers of mutant `index` under `seed`. */
function randomFor(seed: number, index: number): (below: number) => number {
  return randomOf(Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b));
}

/** Makes and reads the mutants from `from` up to, not including, `to`; adds what came of them. */
export async function runMutants(
  corpus: readonly Anatomy[],
  { seed, from, to }: { readonly seed: number; readonly from: number; readonly to: number },
  tally: Tally,
): Promise<void> {
  for (let first = from; first < to; first += AT_ONCE) {
    const batch: { index: number; anatomy: Anatomy; mutant: Mutant; random: (below: number) => number }[] = [];
    for (let index = first; index < Math.min(to, first + AT_ONCE); index += 1) {
      const random = randomFor(seed, index);
      const anatomy = corpus[random(corpus.length)];
      if (anatomy === undefined) throw new Error('there are no images');
      batch.push({ index, anatomy, mutant: mutate(anatomy, random), random });
    }
    const peak = await peakOf(async () => {
      for (const { index, anatomy, mutant, random } of batch) {
        tally.mutants += 1;
        try {
          add(tally, await exercise(mutant.bytes, random));
        } catch (error) {
          const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
          tally.findings.push({ mutant: index, image: anatomy.name, notes: mutant.notes, error: text });
        }
      }
    });
    tally.peakMebibytes = Math.max(tally.peakMebibytes, peak);
  }
}
