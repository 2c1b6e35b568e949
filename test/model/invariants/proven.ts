/** Nothing becomes good that was not good before, did not run with a good verdict, and is not the previous set that ran. */
import type { Invariant } from '../checks.ts';
import { imageOf } from '../images.ts';
import { hasAll, wordsOf } from '../names.ts';
import { copies, RULES } from '../state.ts';

export const proven: Invariant = {
  name: 'proven',
  reason: 'a set is only named good that was good before, or that runs now and was found good, or fell back to',
  write({ d, proves }, operation, field, image) {
    if (field === 'mark') return undefined;
    const { good } = imageOf(image);
    const before = copies(d)
      .map(imageOf)
      .filter(({ isSet }) => isSet);
    if (before.some((one) => one.good === good)) return undefined;
    if (proves && d.ran === good) return undefined;
    // It was good before what is left for it.
    if (operation === 'leave' && before.some(({ previous }) => previous === good)) return undefined;
    if (operation === 'adopt' && RULES[d.rule] === 'previous' && hasAll(good, d.ran)) return undefined;
    return `${operation} names ${wordsOf(good)} good, but it was not, and ${wordsOf(d.ran)} runs`;
  },
};
