/** A set that nobody has proven never starts more often than it may, nor again once it was shown to be bad. */
import { DEFAULT_ATTEMPTS } from '../../../bootloader/protocol/index.ts';
import type { Invariant } from '../checks.ts';
import { imageOf } from '../images.ts';
import type { State } from '../state.ts';

/** With a copy that a neighbour spoils goes what it had counted. */
function mostStarts({ spoilt }: State): number {
  return DEFAULT_ATTEMPTS * (1 + spoilt);
}

export const attempts: Invariant = {
  name: 'attempts',
  reason: 'an unproven set starts at most three times for one arming, and never again after it was shown to be bad',
  counted({ protocol }, state) {
    const { starts, condemned, spoilt } = state;
    const { attemptsLeft = 0 } = protocol.state(state);
    if (starts + attemptsLeft > mostStarts(state)) {
      return `the trial has started ${starts} times, and ${attemptsLeft} starts are left`;
    }
    return condemned !== 0 && spoilt === 0 ? 'the trial starts again after it was shown to be bad' : undefined;
  },
  write({ d }, operation, _, image) {
    const { mode, left } = imageOf(image);
    if (operation !== 'stage' || mode !== 'try' || d.starts + Number(left) <= mostStarts(d)) return undefined;
    return `a trial that started ${d.starts} times is armed with ${left} starts`;
  },
};
