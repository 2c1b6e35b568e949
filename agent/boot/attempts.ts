/**
 * Whether a trial that came back may start once more. Only an ending that says nothing about what was tried is no answer;
 * how often that may happen is counted by the boot script, in `snap_try_left`.
 */
import type { CauseCode } from './cause.ts';
import type { VerdictRecord } from './evidence.ts';

export interface TrialEnding {
  /** What the evidence says it ended of; `undefined` where nothing has ended. */
  readonly cause: CauseCode | undefined;
  /** The word that it was shut down in order comes from its latest start, not from one before. */
  readonly interrupted: boolean;
  /** `snap_try_left`; `undefined` where the boot script that ran does not count. */
  readonly attemptsLeft: number | undefined;
}

/** True for a power cut and for an orderly shutdown, while starts are left. */
export function mayStartAgain({ cause, interrupted, attemptsLeft = 0 }: TrialEnding): boolean {
  if (attemptsLeft <= 0) return false;
  return cause === 'power-cut' || (cause === 'interrupted' && interrupted);
}

/**
 * The word that the latest start of a trial left. Where the power goes while an interrupted trial is armed again, its word
 * stays behind, and must not excuse what the next start ends of.
 */
export function wordOfTrial(verdict: VerdictRecord | undefined, attemptsLeft: number | undefined) {
  const isOlder = verdict?.attemptsLeft !== undefined && verdict.attemptsLeft !== attemptsLeft;
  return verdict?.kind === 'interrupted' && isOlder ? undefined : verdict;
}

/**
 * True where nothing can have been between the trial and this boot: the script found it running, or could not write down that
 * it is over. After a later boot, what brought this one about (the watchdog, a shutdown in order) says how that boot ended,
 * and nothing about the trial.
 */
export function isRightAfterTrial(rule: string, mode: string): boolean {
  return rule === 'after-trial' || mode !== '';
}

/**
 * How the boot of a trial ended, told by the reset that led to this boot. Only the boot right after it knows: in every
 * later one the reset is the end of another boot, and a power cut there must not hide a panic before it.
 */
export function resetOfTrial<T>({ rule, reset }: { readonly rule: string; readonly reset?: T }): T | undefined {
  return rule === 'after-trial' ? reset : undefined;
}
