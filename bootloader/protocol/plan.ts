/**
 * From variables to the ordered list of durable writes. The rule at every line: if power goes here, at least one copy is
 * valid, and what it names was proven good or is a trial with attempts left.
 *
 * | operation | writes, in order | after a cut behind each |
 * |---|---|---|
 * | stage | mark, inactive copy | as before it; the trial is armed |
 * | stage without a trial | inactive copy, other copy, record | the set is good after the first |
 * | confirm, adopt | inactive copy, other copy, record, mark | confirmed after the first |
 * | revert | inactive copy, other copy, mark | nothing is tried after the first |
 * | cancel | inactive copy, other copy, record, mark | nothing is tried after the first |
 * | repair | the copy that is bad or old, record, mark | as before it |
 */
import { createEnv, serializeEnv, withVars } from 'u-boot-env';
import { ProtocolError } from './errors.ts';
import { nextGeneration } from './generation.ts';
import { type BootState, readBootState } from './state.ts';
import { adoptVars, confirmVars, endedTrial, type StageOptions, stageVars } from './transitions.ts';
import {
  type BootPlan,
  type BootWrite,
  type Medium,
  PLACE_BYTES,
  type Place,
  type SlotNames,
  type Vars,
} from './types.ts';
import { RECORD_VARIABLES, sameSlots, slotsOf, without } from './variables.ts';

/**
 * Arms a trial. `reboot` is false where nothing is left to try and the next boot starts the same good set. A mark from before
 * goes first: after a trial that fails, the boot script would take it for this trial's doing, and not start the good set.
 */
export function stage(medium: Medium, changes: SlotNames, options: StageOptions = {}): BootPlan {
  const state = readable(medium);
  const next = stageVars(state.vars, changes, options);
  const writes =
    options.withoutTry === true
      ? [...bothCopies(state, next), ...record(state, next)]
      : armed(state, inactiveCopy(state, next));
  return { writes, reboot: next['snap_mode'] === 'try' || !sameSlots(slotsOf(next, 'good'), state.good) };
}

/** Keeps what ran (`ran` from the kernel command line), and brings copies, record and mark in line with it. */
export function confirm(medium: Medium, ran: SlotNames): BootPlan {
  const state = readable(medium);
  const next = confirmVars(state.vars, ran);
  return { writes: [...bothCopies(state, next), ...record(state, next), ...clearedMark(state)], reboot: false };
}

/** Ends a trial that failed, on the good set. */
export function revert(medium: Medium): BootPlan {
  const state = readable(medium);
  return { writes: [...bothCopies(state, endedTrial(state.vars)), ...clearedMark(state)], reboot: false };
}

/**
 * Disarms a trial that has not started.
 * @throws ProtocolError `not-armed`, or `trial-open` where it has
 */
export function cancel(medium: Medium): BootPlan {
  const state = readable(medium);
  if (state.mode === 'trying')
    throw new ProtocolError('trial-open', 'cannot cancel: the trial is running, reject it instead');
  if (state.mode !== 'try') throw new ProtocolError('not-armed', 'cannot cancel: no trial is armed');
  const next = endedTrial(state.vars);
  // No start-up comes after it that would mend the record.
  return { writes: [...bothCopies(state, next), ...record(state, next), ...clearedMark(state)], reboot: false };
}

/** Makes the previous set the good one after it had to be booted; `ran` from the kernel command line. */
export function adopt(medium: Medium, ran: SlotNames): BootPlan {
  const state = readable(medium);
  const next = adoptVars(state.vars, ran);
  return { writes: [...bothCopies(state, next), ...record(state, next), ...clearedMark(state)], reboot: false };
}

/**
 * Mends what a cut or a bad block left, without changing what will boot: a bad copy, a bad record, a mark that is over.
 * While a trial is armed or running the older copy is the way back, so nothing is done then.
 */
export function repair(medium: Medium): BootPlan {
  const state = readable(medium);
  if (state.mode !== '') return { writes: [], reboot: false };
  return {
    writes: [...bothCopies(state, state.vars), ...record(state, state.vars), ...clearedMark(state)],
    reboot: false,
  };
}

/** The bytes of an environment copy or record that holds exactly `vars`. */
export function placeBytes(vars: Vars): Uint8Array {
  return serializeEnv(withVars(createEnv({ size: PLACE_BYTES, flavour: 'plain' }), vars));
}

/** The last-good record of a set of variables: the good and the previous names, nothing else. */
export function recordVars(vars: Vars): Vars {
  return Object.fromEntries(RECORD_VARIABLES.flatMap((name) => (vars[name] ? [[name, vars[name]]] : [])));
}

function readable(medium: Medium): BootState {
  const state = readBootState(medium);
  if (state.source === 'none') {
    throw new ProtocolError(
      'nothing-good',
      'cannot use the boot environment: neither copy nor the last-good record can be read',
    );
  }
  return state;
}

function order(state: BootState): readonly [inactive: Place, active: Place] {
  return state.source === 'env-a' ? ['env-b', 'env-a'] : ['env-a', 'env-b'];
}

function generated(state: BootState, next: Vars): Vars {
  return { ...without(next, 'snap_gen'), snap_gen: nextGeneration(state.vars['snap_gen']) };
}

function inactiveCopy(state: BootState, next: Vars): BootWrite[] {
  if (isSameButGeneration(state, next)) return [];
  const [inactive] = order(state);
  return [
    { place: inactive, bytes: placeBytes(generated(state, next)), why: 'the inactive copy becomes the newer one' },
  ];
}

function bothCopies(state: BootState, next: Vars): BootWrite[] {
  const [inactive, active] = order(state);
  if (state.source !== 'good' && isSameButGeneration(state, next)) {
    const other = inactive === 'env-a' ? state.copies.a : state.copies.b;
    if (other.valid && isSame(other.vars, state.vars)) return [];
    return [{ place: inactive, bytes: placeBytes(state.vars), why: 'the other copy is brought to the same content' }];
  }
  const bytes = placeBytes(generated(state, next));
  return [
    { place: inactive, bytes, why: 'the inactive copy becomes the newer one' },
    { place: active, bytes, why: 'the other copy is brought to the same content' },
  ];
}

function record(state: BootState, next: Vars): BootWrite[] {
  const wanted = recordVars(next);
  if (state.record !== undefined && isSame(state.record, wanted)) return [];
  return [{ place: 'good', bytes: placeBytes(wanted), why: 'the last-good record names the confirmed set' }];
}

function armed(state: BootState, writes: BootWrite[]): BootWrite[] {
  return writes.length === 0 ? [] : [...clearedMark(state), ...writes];
}

function clearedMark(state: BootState): BootWrite[] {
  return state.mark === '' && state.cause === undefined
    ? []
    : [{ place: 'mark', bytes: placeBytes({}), why: 'what was marked is over' }];
}

function isSameButGeneration(state: BootState, next: Vars): boolean {
  return isSame(without(state.vars, 'snap_gen'), without(next, 'snap_gen'));
}

function isSame(a: Vars, b: Vars): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? '') === (b[name] ?? ''));
}
