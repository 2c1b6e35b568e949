/** Where the device rests, nothing is half-done and what runs is the confirmed set. */
import type { Invariant } from '../checks.ts';
import { partsOf } from '../files.ts';
import { CLEAR, imageOf } from '../images.ts';
import { wordsOf } from '../names.ts';
import type { Model } from '../run.ts';
import { HALF, NOT_COUNTED, REST, type State } from '../state.ts';

function unfinished({ protocol }: Model, state: State): string | undefined {
  const { mode } = protocol.state(state);
  const [a, b, record] = [imageOf(state.a), imageOf(state.b), imageOf(state.record)];
  if (!a.isSet || !b.isSet) return 'a copy of the environment is bad';
  if (a.id !== b.id) return 'the copies of the environment differ';
  if (mode !== '' || a.tried !== 0) return `the environment still tries ${wordsOf(a.tried)}`;
  if (record.good !== a.good || record.previous !== a.previous) return 'the last-good record is bad or old';
  if (state.mark !== CLEAR) return 'the mark still marks something';
  if (state.count !== 0 && state.count !== NOT_COUNTED) return 'starts of the good set are left counted';
  if (state.outcome !== 0) return 'the log of trials has an open entry';
  if (state.change !== 0) return 'a change is open';
  if (state.ran !== a.good) return `${wordsOf(state.ran)} runs, but ${wordsOf(a.good)} is good`;
  const isHalf = (file: number) => {
    const { snap, assets, gathering } = partsOf(file);
    return snap === HALF || assets === HALF || gathering === 1;
  };
  return state.files.some(isHalf) ? 'files are left half-written' : undefined;
}

export const atRest: Invariant = {
  name: 'at-rest',
  reason: 'where the device rests, it runs the confirmed set, the three places agree on it, and nothing is half-done',
  state(model, state) {
    return state.phase === REST && state.pending === 0 ? unfinished(model, state) : undefined;
  },
  calm(model, { end, last }, course) {
    const wrong = end === 'rest' ? unfinished(model, last) : undefined;
    return wrong === undefined ? undefined : `stable power (a trial would end "${course}") ends in: ${wrong}`;
  },
};
