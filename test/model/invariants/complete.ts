/** What boots is complete and verified: it was so before anything named it. */
import type { Invariant } from '../checks.ts';
import { partsOf } from '../files.ts';
import { imageOf } from '../images.ts';
import { fileIndex, revisionOf, type Triple, wordsOf } from '../names.ts';
import { copies, DEADLY, ROTTEN, SOUND, type State } from '../state.ts';

/** The first file of a set that is not there, or was never read back. What rotted afterwards was whole once. */
function incomplete(state: State, set: Triple): string | undefined {
  for (let slot = 0; slot < 3; slot++) {
    const revision = revisionOf(set, slot);
    if (revision === 0) continue;
    const { snap, assets, digest } = partsOf(state.files[fileIndex(slot, revision)] ?? 0);
    if (snap !== SOUND && snap !== ROTTEN) return 'a snap';
    if (digest === 0) return 'the record of a digest';
    if (slot !== 1 && assets !== SOUND && assets !== ROTTEN && assets !== DEADLY) return 'the assets';
  }
  return undefined;
}

export const complete: Invariant = {
  name: 'complete',
  reason: 'what a readable place names, and what boots, is on the medium whole and was read back before it was named',
  state(_, state) {
    for (const id of copies(state)) {
      const { isSet, good, tried, previous } = imageOf(id);
      if (!isSet) continue;
      for (const set of [good, tried, previous]) {
        const missing = incomplete(state, set);
        if (missing !== undefined)
          return `${wordsOf(set)} is named, but ${missing} of it is not there, or not read back`;
      }
    }
    return undefined;
  },
  start(_, state, { set }) {
    const missing = incomplete(state, set);
    return missing === undefined ? undefined : `${wordsOf(set)} is started, but ${missing} of it is not there`;
  },
};
