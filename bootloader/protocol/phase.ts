/** Where a trial stands, told from the environment, the command line and one fact of the agent's own. */
import type { BootedFacts } from './cmdline.ts';
import type { BootState } from './state.ts';
import { isEmpty } from './variables.ts';

/**
 * - `none`: nothing is tried.
 * - `armed`: staged; no boot has happened since.
 * - `running`: this boot is the trial, without a verdict yet.
 * - `proven`: this boot was the trial, and it has been confirmed.
 * - `failed`: a trial started and this boot is not it; it is to be reverted.
 * - `refused`: the boot script saw the trial and did not start it; it is to be cancelled or reverted with that cause.
 */
export type TrialPhase = 'none' | 'armed' | 'running' | 'proven' | 'failed' | 'refused';

/** Rules of the boot script under which an armed trial is left alone. */
const REFUSING_RULES: ReadonlySet<string> = new Set(['not-saved', 'backup-script', 'record', 'previous', 'retry']);

/** Causes by which the script gives a trial up before it starts. */
const REFUSING_CAUSES: ReadonlySet<string> = new Set([
  'no-attempts',
  'no-target',
  'missing-kernel',
  'missing-initrd',
  'missing-gadget',
]);

/** @param stagedInThisBoot the agent recorded that it staged the trial after this boot began */
export function trialPhase(state: BootState, booted: BootedFacts, stagedInThisBoot: boolean): TrialPhase {
  const named = !isEmpty(state.trying);
  if (booted.trial) {
    if (state.mode === 'trying' || state.mode === 'try') return 'running';
    return named ? 'failed' : 'proven';
  }
  if (state.mode === 'try') {
    if (!named) return 'none';
    return !stagedInThisBoot && REFUSING_RULES.has(booted.rule) ? 'refused' : 'armed';
  }
  if (!named) return 'none';
  return state.mode === '' && REFUSING_CAUSES.has(state.cause ?? '') ? 'refused' : 'failed';
}
