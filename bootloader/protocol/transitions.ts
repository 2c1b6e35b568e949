/**
 * What each operation makes of the variables: the state machine of `boot.md` §3.3 with the holes of §5.5 closed. Pure;
 * `plan.ts` turns the result into durable writes.
 */
import { ProtocolError } from './errors.ts';
import { SLOTS, type Slot, type SlotNames, type Vars } from './types.ts';
import { isEmpty, overlay, slotsOf, without, withSlots } from './variables.ts';

/** How often a trial may start when it ends without evidence (`design.md`, "attempts"). */
export const DEFAULT_ATTEMPTS = 3;

export interface StageOptions {
  /** 1 to 9. */
  readonly attempts?: number;
  /** Make the names good at once, as snapd does when it undoes: no trial of these slots. */
  readonly withoutTry?: boolean;
  /** The previous set from now on; without it, it stays what it is. */
  readonly previous?: SlotNames;
}

/**
 * Arms a trial of the given slots, or changes the one that is armed: other slots keep what they were to try. Naming a
 * slot's good revision takes that slot out of the trial, and only that slot.
 * @throws ProtocolError `trial-open` while a trial runs
 */
export function stageVars(vars: Vars, changes: SlotNames, options: StageOptions = {}): Vars {
  const mode = vars['snap_mode'] ?? '';
  if (mode === 'trying') throw new ProtocolError('trial-open', 'cannot stage: a trial of other revisions is running');
  const good: Partial<Record<Slot, string>> = { ...slotsOf(vars, 'good') };
  // Names left from a trial that is over must not be armed again by somebody else's trial.
  const tries: Partial<Record<Slot, string>> = mode === 'try' ? { ...slotsOf(vars, 'try') } : {};
  for (const slot of SLOTS) {
    const name = changes[slot];
    if (name === undefined) continue;
    if (options.withoutTry === true) good[slot] = name;
    if (good[slot] === name) delete tries[slot];
    else tries[slot] = name;
  }
  const before = options.previous === undefined ? vars : withSlots(vars, 'previous', options.previous);
  const next = without(withSlots(withSlots(before, 'good', good), 'try', tries), 'snap_try_left');
  if (isEmpty(tries)) return without(next, 'snap_mode');
  return { ...next, snap_mode: 'try', snap_try_left: String(options.attempts ?? DEFAULT_ATTEMPTS) };
}

/**
 * Makes good what was tried, slot by slot and only where `ran` (from the command line) names it. The set that was good
 * becomes the previous one. An armed trial that did not run stays armed; names left from a trial that is over go.
 */
export function confirmVars(vars: Vars, ran: SlotNames): Vars {
  const mode = vars['snap_mode'] ?? '';
  const tries = slotsOf(vars, 'try');
  const proven: Partial<Record<Slot, string>> = {};
  for (const slot of SLOTS) {
    const name = tries[slot];
    if (name !== undefined && name === ran[slot]) proven[slot] = name;
  }
  const allRan = SLOTS.every((slot) => tries[slot] === proven[slot]);
  // Mode `try` in the environment of a boot that is the trial means that the script's own write was lost later.
  if (mode === 'try' && !(allRan && !isEmpty(proven))) return vars;
  const ended = endedTrial(vars);
  if (isEmpty(proven) || (mode !== 'trying' && mode !== 'try')) return ended;
  const good = slotsOf(vars, 'good');
  return withSlots(withSlots(ended, 'good', overlay(good, proven)), 'previous', good);
}

/** Nothing is tried any more; the good set stays. What a revert and a cancel leave. */
export function endedTrial(vars: Vars): Vars {
  return without(withSlots(vars, 'try', {}), 'snap_mode', 'snap_try_left');
}

/**
 * The previous set, booted because the good one could not be, becomes the good one; there is no previous one then, as
 * the set that failed is none to go back to.
 * @throws ProtocolError `not-what-ran` where `ran` is not the previous set
 */
export function adoptVars(vars: Vars, ran: SlotNames): Vars {
  const previous = slotsOf(vars, 'previous');
  for (const slot of ['kernel', 'base'] as const) {
    if (previous[slot] === undefined || previous[slot] !== ran[slot]) {
      throw new ProtocolError(
        'not-what-ran',
        `cannot adopt: the previous ${slot} is ${previous[slot]}, but ${ran[slot]} ran`,
      );
    }
  }
  return withSlots(withSlots(endedTrial(vars), 'good', overlay(slotsOf(vars, 'good'), previous)), 'previous', {});
}
