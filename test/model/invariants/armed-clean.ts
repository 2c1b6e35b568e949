/** When a trial is armed, nothing of an earlier one is left that would be taken for its doing. */
import type { Invariant } from '../checks.ts';
import { CLEAR, imageOf } from '../images.ts';

export const armedClean: Invariant = {
  name: 'armed-clean',
  reason: 'a trial is armed where no mark is left, and for the first time where trace and word are blank',
  write({ d }, operation, _, image) {
    if (operation !== 'stage' || imageOf(image).mode !== 'try') return undefined;
    if (d.mark !== CLEAR) return 'a trial is armed with a mark of an earlier boot';
    const isFirst = d.starts === 0 && d.stagedHere === 1;
    return isFirst && (d.trace !== 0 || d.verdict !== 0)
      ? "a trial is armed with an earlier one's trace or word"
      : undefined;
  },
};
