/** Stable power never goes round in circles, save in the rescue, and there only where nothing that is named could start. */
import type { Invariant } from '../checks.ts';
import { partsOf } from '../files.ts';
import { fileIndex, revisionOf, type Triple, tripleOfNames } from '../names.ts';
import { SOUND, type State } from '../state.ts';

function couldStart(state: State, set: Triple): boolean {
  if (revisionOf(set, 0) === 0 || revisionOf(set, 1) === 0) return false;
  const kernel = partsOf(state.files[fileIndex(0, revisionOf(set, 0))] ?? 0);
  const base = partsOf(state.files[fileIndex(1, revisionOf(set, 1))] ?? 0);
  return kernel.assets === SOUND && kernel.snap === SOUND && base.snap === SOUND;
}

export const noLoop: Invariant = {
  name: 'no-loop',
  reason:
    'no boots go round in circles, save in the rescue, which is only for a device on which nothing good can start',
  calm({ protocol }, { end, last }, course) {
    if (end === 'rest') return undefined;
    if (end === 'loop')
      return `with stable power and a trial that would end "${course}" the device never comes to rest`;
    const { good, previous } = protocol.state(last);
    const startable = [good, previous].map(tripleOfNames).some((set) => couldStart(last, set));
    return startable ? 'the device stays in the rescue, but the good or the previous set could start' : undefined;
  },
};
