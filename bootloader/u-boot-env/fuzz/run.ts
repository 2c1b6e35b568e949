/** Mutants in a row, each from a seed of its own, so that any of them can be had again alone. */
import { createHash } from 'node:crypto';
import { randomBelow } from '../random.ts';
import { type Api, check, Finding } from './check.ts';
import { startImages } from './images.ts';
import { mutate } from './mutate.ts';

export interface Run {
  readonly seed: number;
  /** Number of the first mutant. */
  readonly from: number;
  readonly mutants: number;
  /** Told after each mutant. */
  readonly progress?: (done: number) => void;
}

export interface Result {
  /** Distinct images to start from. */
  readonly images: number;
  readonly mutants: number;
  /** How often each answer was given, in alphabetical order. */
  readonly answers: ReadonlyMap<string, number>;
}

/** Throws a Finding that says which mutant it was, and its bytes, at the first wrong answer. */
export function run(api: Api, { seed, from, mutants, progress = () => {} }: Run): Result {
  const images = startImages();
  const distinct = new Set(images.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')));
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (let number = from; number < from + mutants; number += 1) {
    const below = randomBelow(Math.imul(seed, 0x9e3779b1) + number);
    const image = images[below(images.length)];
    const other = images[below(images.length)];
    if (image === undefined || other === undefined) throw new Error('there are no images to start from');
    const mutant = mutate(image, other, below);
    try {
      check(api, mutant, below, count);
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      const bytes = Buffer.from(mutant.bytes.subarray(0, 2000)).toString('hex');
      const what = `mutant ${number} of seed ${seed}: ${error.message} (${mutant.bytes.length} bytes: ${bytes})`;
      throw new Finding(what, { cause: error });
    }
    progress(number - from + 1);
  }
  const answers = new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { images: distinct.size, mutants, answers };
}
