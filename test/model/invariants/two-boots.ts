/** Stable power leads to a confirmed set within two boots, whatever the state. */
import type { Invariant } from '../checks.ts';
import { assetsOf, DEADLY, ROTTEN, type State, snapOf } from '../state.ts';

const MAX_BOOTS_TO_REST = 2;
/** A good kernel that loads and dies says nothing: it is left for the previous set after so many starts. */
const DEADLY_STARTS = 3;
/** A good set that cannot be mounted takes a boot to find out. */
const ROTTEN_STARTS = 1;

/** Boots that a good set with a fault takes, before the previous one is booted. */
function boutsOf({ files }: State): number {
  if (files.some((file) => assetsOf(file) === DEADLY)) return DEADLY_STARTS;
  return files.some((file) => snapOf(file) === ROTTEN) ? ROTTEN_STARTS : 0;
}

export const twoBoots: Invariant = {
  name: 'two-boots',
  reason:
    'within two boots of stable power the device is at rest; counted anew where a change goes on or a trial starts again, and more where a good set has rotted',
  calm(_, { end, boots, first }, course) {
    if (end !== 'rest' || boots <= MAX_BOOTS_TO_REST + boutsOf(first)) return undefined;
    return `with stable power and a trial that would end "${course}" it takes ${boots} boots to come to rest`;
  },
};
