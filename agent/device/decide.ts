/** What a start-up has to do about the boot set. Pure: from what the environment, the boot and the log of trials say. */
import { type BootState, isEmpty, SLOTS, type SlotNames, type TrialPhase } from '../../bootloader/protocol/index.ts';
import { mayStartAgain } from '../boot/attempts.ts';
import type { CauseCode } from '../boot/cause.ts';
import type { TrialEntry } from '../boot/trial-log.ts';

export type Decision =
  /** Nothing is tried and nothing is left to write down. */
  | { readonly kind: 'rest' }
  /** This boot is a trial: judge it. */
  | { readonly kind: 'judge' }
  /** This boot was a trial that was given up, or cannot be shown to have been kept: leave it, the dead man stays. */
  | { readonly kind: 'leave' }
  /** The trial is armed and has not started: the device has to reboot (again). */
  | { readonly kind: 'reboot' }
  /** The trial ended without saying anything about what was tried (shut down, power cut) and may start again. */
  | { readonly kind: 'again' }
  /** The trial was kept: the environment says so, the log of trials not yet. */
  | { readonly kind: 'confirmed' }
  /** The trial is over and was not kept. */
  | { readonly kind: 'reverted' }
  /** Written down already; only the environment has to follow. */
  | { readonly kind: 'settle' }
  /** The previous set was booted because the good one could not be. */
  | { readonly kind: 'fell-back' };

export interface Situation {
  readonly phase: TrialPhase;
  readonly state: BootState;
  /** This boot was started as a trial. */
  readonly wasTrial: boolean;
  /** What runs, by the command line and the mounts. */
  readonly ran: SlotNames;
  /** The rule by which the boot script chose this boot. */
  readonly rule: string;
  /** The log's open entry. */
  readonly entry: TrialEntry | undefined;
  /** The entry's change got as far as writing the environment. */
  readonly wasArmed: boolean;
  /** The entry was opened in this boot: it is about the next trial, not about what runs. */
  readonly isNext: boolean;
  /** A reboot was asked for in this boot already. */
  readonly askedInThisBoot: boolean;
  /** The trial's boot was shut down in order, before there was a verdict. */
  readonly interrupted: boolean;
  /** What the trial ended of, by what it left behind; `undefined` where none has failed. */
  readonly cause: CauseCode | undefined;
  /** The boot script that ran counts the starts of a trial (`attempts`): without that they would have no end. */
  readonly countsAttempts: boolean;
}

/** In how many boots a reboot is asked for before an armed trial that does not start is given up. */
export const maxReboots = 3;

export function decide(situation: Situation): Decision {
  const { phase, state, wasTrial, rule, entry, wasArmed, askedInThisBoot } = situation;
  // An environment that cannot be read says nothing about how a trial went, and nothing could be put right in it.
  if (state.source === 'none') return { kind: wasTrial ? 'leave' : 'rest' };
  switch (phase) {
    case 'running':
      return { kind: 'judge' };
    case 'armed':
      // Counted by boots: restarts of the daemon say nothing about whether the boot script starts the trial.
      return askedInThisBoot || (entry?.reboots ?? 0) < maxReboots ? { kind: 'reboot' } : { kind: 'reverted' };
    case 'failed':
      if (isOpenAgain(situation)) return { kind: 'again' };
      return entry?.what === undefined ? { kind: 'reverted' } : { kind: 'settle' };
    case 'refused':
      return entry?.what === undefined ? { kind: 'reverted' } : { kind: 'settle' };
    case 'proven':
      if (!isKept(situation)) return { kind: 'leave' };
      return entry === undefined || (situation.isNext && entry.what === undefined)
        ? { kind: 'rest' }
        : { kind: entry.what === undefined ? 'confirmed' : 'settle' };
    case 'none':
      if (entry?.what !== undefined) return { kind: 'settle' };
      if (entry !== undefined && wasArmed) return { kind: isNamed(entry.tried, state.good) ? 'confirmed' : 'reverted' };
      return rule === 'previous' && !isEmpty(state.previous) ? { kind: 'fell-back' } : { kind: 'rest' };
  }
}

/** A trial nobody has decided on, that its ending lets start again, and that the boot script has written down as over. */
function isOpenAgain({ state, entry, interrupted, cause, countsAttempts }: Situation): boolean {
  if (entry === undefined || entry.what !== undefined || state.mode !== '') return false;
  return mayStartAgain({ cause, interrupted, attemptsLeft: countsAttempts ? state.attemptsLeft : undefined });
}

/** Nothing is tried any more after a trial that was given up, too: it was kept only where it became the good set. */
function isKept({ state, ran, entry, isNext }: Situation): boolean {
  const isAboutThis = entry !== undefined && entry.what === undefined && !isNext;
  return isNamed(ran, state.good) && (!isAboutThis || isNamed(entry.tried, state.good));
}

/** True where `good` names all that was tried. */
function isNamed(tried: SlotNames, good: SlotNames): boolean {
  return SLOTS.every((slot) => tried[slot] === undefined || tried[slot] === good[slot]);
}
