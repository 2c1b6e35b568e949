/** The device's status as an object of the API. */
import { SLOTS, type SlotNames } from '../../bootloader/protocol/index.ts';
import { guaranteesOf } from '../boot/guarantees.ts';
import { problemsOf } from '../boot/problems.ts';
import { setOfEntry } from '../boot/trial-log.ts';
import type { Context } from './route.ts';

/** What `holdfast status` shows: the boot set, the trial, what this device guarantees, and what was decided last. */
export async function statusObject({ device, boots, version }: Context) {
  const { facts, trials } = device.parts;
  const state = await device.bootState();
  const { phase, entry } = await device.trial();
  const isOpen = phase !== 'none' && phase !== 'proven';
  return {
    version,
    'boot-id': facts.bootId,
    boot: {
      good: slotsObject(state.good),
      running: slotsObject(facts.booted.ran),
      previous: slotsObject(state.previous),
      rule: facts.booted.rule,
      copy: facts.booted.copy,
      source: state.source,
      copies: { a: state.copies.a.valid ? 'good' : 'bad', b: state.copies.b.valid ? 'good' : 'bad' },
      record: state.record === undefined ? 'bad' : 'good',
      mark: state.mark,
    },
    trial: isOpen
      ? {
          phase,
          set: slotsObject(state.trying),
          ...(state.attemptsLeft === undefined ? {} : { 'attempts-left': state.attemptsLeft }),
          ...(entry?.change === undefined ? {} : { change: String(entry.change) }),
          ...(device.trialProgress === undefined ? {} : { progress: device.trialProgress }),
        }
      : null,
    policy: {
      target: device.policy.target,
      'settle-seconds': device.policy.settleSeconds,
      'deadline-seconds': device.policy.deadlineSeconds,
    },
    problems: problemsOf(state, facts),
    guarantees: guaranteesOf(facts.booted.abilities),
    unfit: boots.unfit(),
    'held-back': boots.heldBack().map(({ name, revision, failures, lastTime, until, cause }) => {
      return { name, revision, failures, 'last-time': lastTime, until, cause };
    }),
    outcomes: trials.outcomes(10).map((outcome) => ({
      id: String(outcome.id),
      what: outcome.what,
      set: slotsObject(setOfEntry(outcome)),
      time: outcome.endTime,
      'staged-time': outcome.stagedTime,
      ...(outcome.change === undefined ? {} : { change: String(outcome.change) }),
      ...(outcome.cause === undefined ? {} : { cause: outcome.cause }),
    })),
  };
}

/** A set in the order of the slots, absent ones left out. */
export function slotsObject(set: SlotNames): Record<string, string> {
  return Object.fromEntries(SLOTS.flatMap((slot) => (set[slot] === undefined ? [] : [[slot, set[slot]]])));
}
