/** A way back stays: what a confirmation replaces is named as the previous set, and what failed or is good itself never is. */
import type { Invariant } from '../checks.ts';
import { imageOf } from '../images.ts';
import { tripleOfNames, wordsOf } from '../names.ts';

export const wayBack: Invariant = {
  name: 'way-back',
  reason:
    'the write that makes a tried set good names the one before it as the previous set; a set that failed, or the good one itself, is never that',
  write({ d, model }, operation, field, image) {
    if (operation === 'leave' && imageOf(image).previous === imageOf(image).good)
      return `${wordsOf(imageOf(image).good)} is made good again, and the previous set, too`;
    if ((operation !== 'confirm' && operation !== 'adopt') || field === 'mark') return undefined;
    const before = tripleOfNames(model.protocol.state(d).good);
    const { good, previous } = imageOf(image);
    if (good === before || previous === (operation === 'confirm' ? before : 0)) return undefined;
    return `${operation} makes ${wordsOf(good)} good in place of ${wordsOf(before)}, and ${wordsOf(previous)} the previous set`;
  },
};
