/**
 * Two states that differ only in which revision is called x1, x2 or x3, or in which generation is called 0, go on in the same
 * way: nothing compares names but for being the same, and generations only by being one apart. One of them stands for all.
 */
import { imageOf, renamedImage } from './images.ts';
import { fileIndex, namesOf, revisionOf, type Triple, withRevision } from './names.ts';
import { copyOf, type State } from './state.ts';

/** new name by old name, for each slot; index 0 is unused. */
type Renaming = readonly (readonly number[])[];

const ORDERS: readonly (readonly number[])[] = [
  [0, 1, 2, 3],
  [0, 1, 3, 2],
  [0, 2, 1, 3],
  [0, 2, 3, 1],
  [0, 3, 1, 2],
  [0, 3, 2, 1],
];

export function canonical(state: State): State {
  const renaming = [0, 1, 2].map((slot) => orderOf(state, slot));
  const turns = turnsOf(state);
  const isSame = turns === 0 && renaming.every((order) => order === 0);
  return isSame ? state : renamed(state, renaming, turns);
}

/** The order in which the revisions of a slot are mentioned; those that nothing mentions come by their files. */
function orderOf(state: State, slot: number): number {
  const shift = 2 * slot;
  let seen = mentioned(0, imageOf(state.a).mentions, shift);
  seen = mentioned(seen, imageOf(state.b).mentions, shift);
  seen = mentioned(seen, imageOf(state.record).mentions, shift);
  seen = mention(seen, (state.ran >> shift) & 3);
  seen = mention(seen, (state.tried >> shift) & 3);
  seen = mention(seen, (state.changeSet >> shift) & 3);
  seen = mention(seen, (state.hadPrevious >> shift) & 3);
  while (seen < 16) seen = mention(seen, largestLeft(state.files, seen, slot));
  return ORDER_OF_SEEN[seen] ?? 0;
}

/** Revisions in the order in which they were seen, two bits each, the latest lowest. */
function mention(seen: number, revision: number): number {
  const isKnown = revision === 0 || (seen & 3) === revision || ((seen >> 2) & 3) === revision || seen >> 4 === revision;
  return isKnown ? seen : (seen << 2) | revision;
}

function mentioned(before: number, mentions: readonly number[], shift: number): number {
  let seen = before;
  for (const triple of mentions) {
    if (seen >= 16) return seen;
    seen = mention(seen, (triple >> shift) & 3);
  }
  return seen;
}

function largestLeft(files: readonly number[], seen: number, slot: number): number {
  let best = 0;
  for (let revision = 1; revision <= 3; revision++) {
    if (mention(seen, revision) === seen) continue;
    if (best === 0 || (files[fileIndex(slot, revision)] ?? 0) > (files[fileIndex(slot, best)] ?? 0)) best = revision;
  }
  return best;
}

/** The number of the renaming by what `mention` made of three revisions. */
const ORDER_OF_SEEN: readonly number[] = Array.from({ length: 64 }, (_, seen) =>
  ORDERS.findIndex((order) => order[seen >> 4] === 1 && order[(seen >> 2) & 3] === 2 && order[seen & 3] === 3),
);

function turnsOf({ a, b }: State): number {
  const first = imageOf(a);
  const gen = first.isSet && first.gen !== '' ? first.gen : imageOf(b).gen;
  return gen === '1' ? 2 : gen === '2' ? 1 : 0;
}

function renamed(from: State, renaming: readonly number[], turns: number): State {
  const orders: Renaming = renaming.map((order) => ORDERS[order] ?? []);
  const rename = (triple: Triple) => {
    let all = 0;
    for (let slot = 0; slot < 3; slot++) {
      all = withRevision(all, slot, orders[slot]?.[revisionOf(triple, slot)] ?? 0);
    }
    return all;
  };
  const number = renaming.reduce((sum, order) => sum * 6 + order, 0);
  const image = (id: number) => renamedImage(id, number, turns, rename, namesOf);
  const state = copyOf(from);
  state.a = image(from.a);
  state.b = image(from.b);
  state.record = image(from.record);
  state.ran = rename(from.ran);
  state.tried = rename(from.tried);
  state.changeSet = rename(from.changeSet);
  state.hadPrevious = rename(from.hadPrevious);
  for (let slot = 0; slot < 3; slot++) {
    for (let revision = 1; revision <= 3; revision++) {
      const to = orders[slot]?.[revision] ?? revision;
      state.files[fileIndex(slot, to)] = from.files[fileIndex(slot, revision)] ?? 0;
    }
  }
  return state;
}
