/** The few revisions that exist in the model, and sets of them as small numbers. */
import { SLOTS, type Slot, type SlotNames } from '../../bootloader/protocol/index.ts';

/** Revisions of each slot: the good one that a device is made with, and two more. */
export const REVISIONS = [1, 2, 3] as const;

/** A set in six bits, two for each slot in the order of SLOTS: 0 where the slot is absent, else its revision. */
export type Triple = number;

const bitsOf = (slot: number) => 2 * slot;

export function revisionOf(triple: Triple, slot: number): number {
  return (triple >> bitsOf(slot)) & 3;
}

export function withRevision(triple: Triple, slot: number, revision: number): Triple {
  return (triple & ~(3 << bitsOf(slot))) | (revision << bitsOf(slot));
}

export function tripleOf(revisions: readonly number[]): Triple {
  return revisions.reduce((triple, revision, slot) => withRevision(triple, slot, revision), 0);
}

/** `a` with what `b` names in its place. */
export function over(a: Triple, b: Triple): Triple {
  let all = a;
  for (let slot = 0; slot < 3; slot++)
    if (revisionOf(b, slot) !== 0) all = withRevision(all, slot, revisionOf(b, slot));
  return all;
}

/** True where `set` has all that `part` names. */
export function hasAll(set: Triple, part: Triple): boolean {
  return over(set, part) === set;
}

export function fileOf(slot: Slot, revision: number): string {
  return `${slot}_x${revision}.snap`;
}

/** Number of a file among all that exist: slot by slot. */
export function fileIndex(slot: number, revision: number): number {
  return 3 * slot + revision - 1;
}

/** Every file, at its number. */
export const FILES: readonly string[] = SLOTS.flatMap((slot) => REVISIONS.map((revision) => fileOf(slot, revision)));

const INDEX: ReadonlyMap<string, number> = new Map(FILES.map((file, index) => [file, index]));

/** The number of a file, -1 for one that does not exist in the model. */
export function indexOfFile(file: string): number {
  return INDEX.get(file) ?? -1;
}

export function tripleOfNames(names: SlotNames): Triple {
  return tripleOf(SLOTS.map((slot) => (names[slot] === undefined ? 0 : (indexOfFile(names[slot]) % 3) + 1)));
}

const NAMES: readonly SlotNames[] = Array.from({ length: 64 }, (_, triple) =>
  Object.fromEntries(
    SLOTS.flatMap((slot, index) => {
      const revision = revisionOf(triple, index);
      return revision === 0 ? [] : [[slot, fileOf(slot, revision)]];
    }),
  ),
);

/** As the protocol takes it; the same object for the same set. */
export function namesOf(triple: Triple): SlotNames {
  return NAMES[triple] ?? {};
}

/** For people: `kernel x2 + base x3`, or `nothing`. */
export function wordsOf(triple: Triple): string {
  const words = SLOTS.flatMap((slot, index) => {
    const revision = revisionOf(triple, index);
    return revision === 0 ? [] : [`${slot} x${revision}`];
  });
  return words.length === 0 ? 'nothing' : words.join(' + ');
}
