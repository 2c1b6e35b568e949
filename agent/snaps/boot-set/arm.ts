/**
 * Arms the one trial of all that a change exchanges in the boot set. It is written into the log of trials first, so that a
 * start-up after a power cut knows whose trial it finds.
 */
import { isEmpty, SLOTS, type SlotNames, sameSlots, stage } from '../../../bootloader/protocol/index.ts';
import type { DoResult, TaskContext } from '../../engine/handler.ts';
import { waitText } from '../../engine/restart.ts';
import { SnapsError } from '../error.ts';
import { parseFileName } from '../file-name.ts';
import { disarmTrial } from './disarm.ts';
import { previousIn, previousKey, trialIn } from './trial-task.ts';
import type { BootSetWorld } from './world.ts';

/**
 * From then on the change waits for how the trial ends. Where it has ended already (its end was known before the task's was
 * written down) nothing is armed again: auto-connect says what follows.
 * @throws SnapsError `no-boot-set`; DiskError, ProtocolError: nothing is armed then
 */
export async function armTrial(world: BootSetWorld, context: TaskContext): Promise<DoResult> {
  const tried = trialIn(context.task.data);
  if (tried === undefined) return { kind: 'done' };
  const { trials, env } = world;
  const { id } = context.change;
  const ended = trials.ofChange(id)?.what;
  if (ended !== undefined && ended !== 'cancelled') return { kind: 'done' };
  const state = await env.state();
  if (state.source === 'none') {
    throw new SnapsError('no-boot-set', 'cannot arm a trial: no readable boot environment names the good boot set');
  }
  if (isEmpty(without(tried, state.good))) return { kind: 'done', note: 'the device boots it already' };
  // What its confirmation will replace, for a change that fails after that; another one where the device fell back meanwhile.
  const known = previousIn(context.task.data);
  if (known === undefined || !sameSlots(known, state.previous))
    await context.announce({ [previousKey]: state.previous });
  try {
    trials.open({ tried, good: state.good, change: id, bootId: world.bootId });
    if (state.mode !== 'try' || !isEmpty(without(tried, state.trying, state.good))) {
      await env.forgetEvidence();
      await env.change((medium) => stage(medium, tried));
    }
  } catch (error) {
    // A change that fails here must leave nothing armed: its own reason counts, whatever taking back says.
    await disarmTrial(world, context).catch(() => {});
    throw error;
  }
  const afterwards = () => world.requestReboot(`to try ${shown(tried)}`);
  return { kind: 'wait', note: waitText, afterwards };
}

/** What of `tried` none of the others names. */
function without(tried: SlotNames, ...others: readonly SlotNames[]): SlotNames {
  const names = SLOTS.filter((slot) => others.every((other) => other[slot] !== tried[slot]));
  return Object.fromEntries(names.flatMap((slot) => (tried[slot] === undefined ? [] : [[slot, tried[slot]]])));
}

function shown(set: SlotNames): string {
  const snaps = Object.values(set).map((file) => [file, parseFileName(file)] as const);
  return snaps.map(([file, snap]) => (snap === undefined ? file : `"${snap.name}" (${snap.revision})`)).join(', ');
}
