/**
 * Takes back what arming did. What has not started is disarmed. What was tried and kept is left again, where the change fails
 * after that: the set that was good before becomes so at once, as it was proven, with the previous one that it had, and the device
 * reboots into it.
 */
import { cancel, SLOTS, type SlotNames, sameSlots, stage } from '../../../bootloader/protocol/index.ts';
import type { TrialEntry } from '../../boot/trial-log.ts';
import type { DoResult, TaskContext } from '../../engine/handler.ts';
import { SnapsError } from '../error.ts';
import { goBackResult } from './restart.ts';
import { previousIn, trialIn } from './trial-task.ts';
import type { BootSetWorld } from './world.ts';

/** @throws SnapsError `no-boot-set` where nothing proven is left to go back to; DiskError, ProtocolError */
export async function disarmTrial(world: BootSetWorld, { change, task }: TaskContext): Promise<DoResult> {
  const tried = trialIn(task.data);
  const entry = world.trials.ofChange(change.id);
  if (tried === undefined || entry === undefined) return { kind: 'done' };
  if (entry.what === 'confirmed') return leave(world, { tried, good: entry.good, previous: previousIn(task.data) });
  await takeBack(world, tried, entry);
  return { kind: 'done' };
}

async function takeBack({ env, trials }: BootSetWorld, tried: SlotNames, entry: TrialEntry): Promise<void> {
  const { mode, trying } = await env.state();
  if (mode === 'try' && SLOTS.some((slot) => tried[slot] !== undefined && tried[slot] === trying[slot])) {
    await env.change(cancel);
  }
  if (entry.what === undefined) trials.decide(entry.id, 'cancelled');
  trials.settle(entry.id);
}

interface Kept {
  readonly tried: SlotNames;
  /** Of before; with the set that was there before it, where that is known. */
  readonly good: SlotNames;
  readonly previous: SlotNames | undefined;
}

async function leave(world: BootSetWorld, { tried, good, previous }: Kept): Promise<DoResult> {
  const { env } = world;
  const now = (await env.state()).good;
  const back = Object.fromEntries(
    SLOTS.flatMap((slot) => (tried[slot] === undefined || good[slot] === undefined ? [] : [[slot, good[slot]]])),
  );
  if (!sameSlots({ ...now, ...back }, good)) {
    // Never a set that did not run together.
    throw new SnapsError('no-boot-set', `cannot go back to ${names(good)}: the device has gone on to ${names(now)}`);
  }
  const options = { withoutTry: true, ...(previous === undefined ? {} : { previous }) };
  if (!sameSlots(now, good)) await env.change((medium) => stage(medium, back, options));
  return goBackResult(world, good);
}

function names(set: SlotNames): string {
  return Object.values(set).join(', ');
}
