/** Changes that nothing may run beside: those that exchange what boots, as they restart the device. Pure. */
import type { Change, TaskData } from '../engine/model.ts';
import { waitsForRestart } from '../engine/restart.ts';
import { earlierInstall } from '../snaps/boot-set/earlier.ts';
import { trialIn } from '../snaps/boot-set/trial-task.ts';

/** True for a plan, or a change, that tries a boot set. */
export function triesBootSet({ tasks }: { readonly tasks: readonly { readonly data?: TaskData }[] }): boolean {
  return tasks.some(({ data = {} }) => trialIn(data) !== undefined);
}

/** True for a change that is under way and lets no other begin. */
export function isExclusive(change: Change): boolean {
  return triesBootSet(change) || waitsForRestart(change) || earlierInstall(change.data) !== undefined;
}
