/**
 * One stretch of work on a state, write by write. Wherever the work could end in the middle (the daemon is killed, the power
 * goes inside a write), the state it would leave is told to whoever explores.
 *
 * What a power cut may do:
 * - it comes between two writes: a write that the agent or the initramfs makes is flushed before the next begins;
 * - inside a write of a raw place: the place is torn (its CRC is wrong). Old or new content is the cut before or behind it;
 * - with a fault of the budget, the write it interrupts spoils one other raw place, too;
 * - files are renamed into place, and the database commits: old or new, never torn;
 * - what the boot script wrote is lost, all or part of it, until the initramfs has flushed the disk (`boot.ts`).
 */
import type { Checks } from './checks.ts';
import { BAD, CLEAR } from './images.ts';
import type { Protocol } from './protocol.ts';
import {
  assetsOf,
  copyOf,
  DEADLY,
  NO_LEFT,
  NOT_COUNTED,
  OFF,
  OLD,
  ONLY_IN_MEMORY,
  OTHER_BOOT,
  SEEN,
  type State,
  THIS_BOOT,
  TRIAL_BOOT,
  UNSEEN,
  UP,
} from './state.ts';
import type { System } from './system.ts';

/** Told of a state that can follow: what happened, in words, and where. */
export type Emit = (what: string, where: string, next: State) => void;

export interface Model {
  readonly system: System;
  readonly protocol: Protocol;
  readonly checks: Checks;
}

/** A raw place, by its field. */
export type RawField = 'a' | 'b' | 'record' | 'mark' | 'count' | 'trace' | 'verdict';

const RAW: readonly RawField[] = ['a', 'b', 'record', 'mark', 'count', 'trace', 'verdict'];

export const RAW_WORDS: Readonly<Record<RawField, string>> = {
  a: 'copy a',
  b: 'copy b',
  record: 'the last-good record',
  mark: 'the mark',
  count: 'the count of starts',
  trace: "the trial's trace",
  verdict: "the agent's word",
};

export class Run {
  readonly model: Model;
  readonly d: State;
  /** The verdict on this boot is good: what runs may become the good set. */
  proves = false;
  readonly #emit: Emit | undefined;
  readonly #isDaemon: boolean;

  /**
   * @param emit absent where nothing is to go wrong
   * @param isDaemon false for the initramfs, which nobody starts again
   */
  constructor(model: Model, from: State, emit: Emit | undefined, isDaemon = true) {
    this.model = model;
    this.d = copyOf(from);
    this.#emit = emit;
    this.#isDaemon = isDaemon;
  }

  /** Writes a raw place in place; `change` sets what it holds then. */
  rewrite(field: RawField, where: string, change: () => void): void {
    const before = this.#emit === undefined ? undefined : copyOf(this.d);
    change();
    if (before !== undefined) this.#torn(before, field, where);
    this.#killed(where);
  }

  /** A write that is old or new: a commit of the database, a rename, a removal. */
  atomic(where: string, change: () => void): void {
    change();
    this.#killed(where);
  }

  /** Something fails here whose failure is written down, or not. */
  mayFail(what: string, change: (state: State) => void): void {
    if (this.#emit === undefined) return;
    const next = copyOf(this.d);
    change(next);
    next.phase = UP;
    next.pending = 0;
    this.#emit('daemon killed behind', `commit: ${what} failed`, next);
  }

  /** The power goes while several places are being written at once. */
  tearAll(fields: readonly RawField[], where: string): void {
    const torn = poweredOff(this.d, true);
    for (const field of fields) spoil(torn, field);
    this.#emit?.('power cut inside', `all writes of ${where}`, torn);
  }

  /** The work ends right behind a write. */
  #killed(where: string): void {
    if (this.#emit === undefined) return;
    this.#emit('power cut behind', where, poweredOff(this.d, true));
    if (!this.#isDaemon) return;
    const next = copyOf(this.d);
    next.phase = UP;
    next.pending = 0;
    this.#emit('daemon killed behind', where, next);
  }

  #torn(before: State, field: RawField, where: string): void {
    const torn = poweredOff(before, true);
    spoil(torn, field);
    this.#emit?.('power cut inside', where, torn);
    if (before.budget === 0) return;
    for (const other of RAW) {
      if (other === field || !maySpoil(torn)) continue;
      const both = copyOf(torn);
      spoilt(both, other);
      this.#emit?.(`power cut, which also spoils ${RAW_WORDS[other]}, inside`, where, both);
      const neighbour = poweredOff(this.d, true);
      spoilt(neighbour, other);
      this.#emit?.(`power cut, which spoils ${RAW_WORDS[other]} only, behind`, where, neighbour);
    }
  }
}

/** A good kernel that dies comes alone: where nobody counts its starts, as a neighbour spoilt that, the device needs a hand. */
export function maySpoil({ files }: State): boolean {
  return !files.some((file) => assetsOf(file) === DEADLY);
}

/** What a neighbour's write leaves of a place. */
export function spoilt(state: State, field: RawField): void {
  state.budget -= 1;
  if (field === 'a' || field === 'b' || field === 'record') state.spoilt += 1;
  spoil(state, field);
  // Of a torn count the name is left; of one that a neighbour overwrote nothing is.
  if (field === 'count') state.count = NOT_COUNTED;
  // Nobody can know any more what it ended of.
  if (field === 'trace' || field === 'verdict') state.condemned = 0;
}

/** What a torn place is read as. */
export function spoil(state: State, field: RawField): void {
  // A mark that cannot be read marks nothing, and a count that is torn begins anew.
  if (field === 'mark') state.mark = CLEAR;
  else if (field === 'count') state.count = 0;
  else if (field === 'verdict') forgetWord(state);
  else if (field === 'trace') setTrace(state, 0);
  else state[field] = BAD;
}

/** A trace that nobody has seen yet. */
export function setTrace(state: State, trace: number): void {
  state.trace = trace;
  state.traceAge = UNSEEN;
}

export function forgetWord(state: State): void {
  state.verdict = 0;
  state.vboot = 0;
  state.vleft = NO_LEFT;
}

/** The machine without power, or on its way through a reset. */
export function poweredOff(from: State, cold: boolean, watchdog = false): State {
  const state = copyOf(from);
  state.phase = OFF;
  state.rule = 0;
  state.trial = 0;
  state.ran = 0;
  state.cold = Number(cold);
  state.watchdog = Number(watchdog);
  state.clean = 0;
  state.begun = 0;
  state.pending = 0;
  state.stagedHere = 0;
  state.askedHere = 0;
  state.backHere = 0;
  if (state.vboot === THIS_BOOT) state.vboot = state.trialBoot === THIS_BOOT ? TRIAL_BOOT : OTHER_BOOT;
  if (state.trialBoot === THIS_BOOT) state.trialBoot = TRIAL_BOOT;
  if (state.traceAge === SEEN) state.traceAge = OLD;
  if (cold) state.text = 0;
  if (state.condemned === ONLY_IN_MEMORY && state.text === 0) state.condemned = 0;
  return state;
}
