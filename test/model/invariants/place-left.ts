/** Cuts alone never spoil all places that name a good set: a write never goes to the only one that can be read. */
import type { Invariant } from '../checks.ts';
import { imageOf } from '../images.ts';
import { copies, type State } from '../state.ts';

const THREE = ['a', 'b', 'record'] as const;

export const placeLeft: Invariant = {
  name: 'place-left',
  reason:
    'of the two copies and the record one can be read, whatever cuts came; neighbours of a write may spoil one each',
  state(_, state) {
    const bad = copies(state).filter((id) => !imageOf(id).isSet).length;
    if (bad <= 2 + state.spoilt) return undefined;
    return `all places that name a good set are bad, ${state.spoilt} of them by their neighbours`;
  },
  write({ d }, operation, field) {
    const isReadable = (one: (typeof THREE)[number], state: State) => imageOf(state[one]).isSet;
    if (field === 'mark' || THREE.some((one) => one !== field && isReadable(one, d))) return undefined;
    return `${operation} writes the only place that can be read`;
  },
};
