/** Whether the device has to reboot to run what it goes back to. */
import { SLOTS, type SlotNames } from '../../../bootloader/protocol/index.ts';
import type { DoResult, TaskContext } from '../../engine/handler.ts';
import type { SnapSetup } from '../plan/setup.ts';
import { trialIn, trialTask } from './trial-task.ts';
import type { BootSetWorld } from './world.ts';

/** unlink-current-snap is undone: its change waits here for the reboot, where arming was taken back after the trial was kept. */
export async function restartToGoBack(
  world: BootSetWorld,
  { change }: TaskContext,
  { instance }: Pick<SnapSetup, 'instance'>,
): Promise<DoResult> {
  const tried = trialIn(trialTask(change)?.data ?? {});
  const isOfSet = Object.values(tried ?? {}).some((file) => file.startsWith(`${instance}_`));
  return isOfSet ? goBackResult(world, (await world.env.state()).good) : { kind: 'done' };
}

/** @param good what boots from now on */
export function goBackResult({ ran }: Pick<BootSetWorld, 'ran'>, good: SlotNames): DoResult {
  const others = SLOTS.filter(
    (slot) => ran[slot] !== undefined && good[slot] !== undefined && ran[slot] !== good[slot],
  );
  if (others.length === 0) return { kind: 'done' };
  return { kind: 'restart', note: `going back to ${others.map((slot) => good[slot]).join(', ')} with a reboot` };
}
