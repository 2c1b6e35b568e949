/** From what is to come of each snap to the tasks of the change: shared by install, refresh and revert. Pure. */

import type { TaskData } from '../../engine/model.ts';
import type { NewTask } from '../../engine/plan.ts';
import { isInstalled } from '../record/model.ts';
import { revisionsToDrop } from '../record/sequence.ts';
import { arranged, type Transaction } from './arrange.ts';
import { type Draft, listed } from './draft.ts';
import { retainOf } from './options.ts';
import type { SnapSetup } from './setup.ts';
import { snapTasks } from './snap-tasks.ts';
import type { PlanView } from './view.ts';

/** @param beside tasks that stand on their own, such as switches of channels */
export function tasksFor(
  view: PlanView,
  setups: readonly SnapSetup[],
  transaction: Transaction,
  beside: readonly Draft[] = [],
): NewTask[] {
  const snaps = setups.map((setup) => snapTasks(setup, view.device, dropsOf(view, setup)));
  return listed([...arranged(snaps, view.device, transaction), ...beside]);
}

/** Revisions that go once the change is known to be good. */
function dropsOf(view: PlanView, { operation, instance, side }: SnapSetup): string[] {
  const record = view.records.get(instance);
  if (operation !== 'refresh' || !isInstalled(record)) return [];
  return revisionsToDrop({
    record,
    target: side.revision,
    retain: retainOf(view.options.retain, view.device.classic),
    isBootUsed: (revision) => view.isBootUsed(instance, revision),
  });
}

/** The data of a change, with the names that clients of the API read there. */
export function changeData(instances: readonly string[]): TaskData {
  const [only] = instances;
  return { 'snap-names': instances, ...(instances.length === 1 && only !== undefined ? { 'snap-name': only } : {}) };
}
