/**
 * What the records say is current, brought in line with what boots (vectors G21-G24): after the device fell back by itself, or
 * where the records are older than the boot environment.
 */
import { SLOTS, type SlotNames } from '../../bootloader/protocol/index.ts';
import type { ChangePlan } from '../engine/plan.ts';
import { SnapsError } from '../snaps/error.ts';
import { parseFileName } from '../snaps/file-name.ts';
import { tasksOf } from '../snaps/plan/arrange.ts';
import { listed } from '../snaps/plan/draft.ts';
import type { SnapSetup } from '../snaps/plan/setup.ts';
import { snapTasks } from '../snaps/plan/snap-tasks.ts';
import { changeData } from '../snaps/plan/targets.ts';
import type { PlanView } from '../snaps/plan/view.ts';
import { quoted } from '../snaps/plan/words.ts';
import { type SnapRecord, sideInfoOf } from '../snaps/record/model.ts';

type View = Pick<PlanView, 'records' | 'device' | 'facts'>;

/**
 * The change that makes current what boots; `undefined` where it is. Pure.
 * @throws SnapsError `not-installed` where nothing is known of what boots
 */
export function planBootRevisions(view: View, good: SlotNames): ChangePlan | undefined {
  const setups = SLOTS.flatMap((slot): SnapSetup[] => {
    const snap = parseFileName(good[slot] ?? '');
    const record = snap === undefined ? undefined : view.records.get(snap.name);
    if (snap === undefined || record === undefined || record.current === snap.revision) return [];
    return [setupOf(view, record, snap.revision)];
  });
  if (setups.length === 0) return undefined;
  const names = setups.map(({ instance }) => instance);
  const tasks = setups.flatMap((setup, at) => {
    const own = tasksOf(snapTasks(setup, view.device, []));
    for (const task of own) task.lane = setups.length === 1 ? 0 : at + 1;
    return own;
  });
  const summary = `Update ${quoted(names)} snap revision${names.length === 1 ? '' : 's'} to what boots`;
  return { kind: 'update-revisions', summary, data: changeData(names), tasks: listed(tasks) };
}

function setupOf(view: View, record: SnapRecord, revision: string): SnapSetup {
  const { instance, flags, current, cohort } = record;
  const side = sideInfoOf(record, revision);
  const facts = view.facts(instance, revision);
  if (side === undefined || facts === undefined) {
    throw new SnapsError('not-installed', `cannot find revision ${revision} for snap "${instance}"`, {
      snap: instance,
    });
  }
  const { type, version, epoch, base } = facts;
  return {
    ...{ operation: 'revert', instance, side, flags, type, version, epoch, source: { kind: 'present' } },
    ...(base === undefined ? {} : { base }),
    ...(cohort === undefined ? {} : { cohort }),
    ...(current === undefined ? {} : { previous: current }),
    revert: 'default',
  };
}
