/** What a readable copy or record names is never removed, nor is what runs. */
import type { Invariant } from '../checks.ts';
import { imageOf } from '../images.ts';
import { FILES, fileIndex, revisionOf, type Triple } from '../names.ts';
import { copies } from '../state.ts';

function names(set: Triple, file: number): boolean {
  const slot = Math.floor(file / 3);
  const revision = revisionOf(set, slot);
  return revision !== 0 && fileIndex(slot, revision) === file;
}

export const namedStays: Invariant = {
  name: 'named-stays',
  reason: 'neither garbage collection nor an undo removes what a readable copy or record names, or what runs',
  remove({ d }, file, part) {
    const named = copies(d)
      .map(imageOf)
      .filter(({ isSet }) => isSet)
      .flatMap(({ good, tried, previous }) => [good, tried, previous]);
    // Who runs has loaded its assets, and a trial has compared its digest.
    const stays = part === 'snap' ? [...named, d.ran] : named;
    return stays.some((set) => names(set, file))
      ? `the ${part} of ${FILES[file]} is removed, but it is named or runs`
      : undefined;
  },
};
