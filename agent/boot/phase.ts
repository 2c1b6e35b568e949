/** Where the trial stands, for this boot and this log of trials. */
import { type BootState, SLOTS, type TrialPhase, trialPhase } from '../../bootloader/protocol/index.ts';
import type { BootFacts } from './facts.ts';
import type { TrialEntry } from './trial-log.ts';

/**
 * The phase of the trial that the environment names. A boot that was a trial itself, and was kept, may arm the next one:
 * what is armed then is not what runs, and must neither be judged nor be given up for that.
 */
export function phaseOf(
  state: BootState,
  { booted, bootId }: Pick<BootFacts, 'booted' | 'bootId'>,
  entry: Pick<TrialEntry, 'stagedBoot'> | undefined,
): TrialPhase {
  const isStagedHere = entry?.stagedBoot === bootId;
  const isWhatRuns = SLOTS.every((slot) => state.trying[slot] === undefined || state.trying[slot] === booted.ran[slot]);
  // With mode `try` and what runs, the boot script's own write was lost: that is a running trial.
  const isNext = booted.trial && state.mode === 'try' && !isWhatRuns;
  return trialPhase(state, isNext ? { ...booted, trial: false } : booted, isStagedHere || isNext);
}
