/** What a task is about: its snap, the setup of its change, the record as it is now. */
import type { Place } from '../../../images/snap/units/index.ts';
import type { DoResult, Recorded, TaskContext } from '../../engine/handler.ts';
import { SnapsError } from '../error.ts';
import { type SnapSetup, setupIn } from '../plan/setup.ts';
import type { SnapRecord } from '../record/model.ts';
import type { Inverse } from '../record/step.ts';
import type { LifeWorld } from './world.ts';

export function setupOfTask(context: TaskContext): SnapSetup {
  return setupIn(context.setupOf());
}

/** The revision that the change brings. */
export function placeOfSetup({ instance, side }: Pick<SnapSetup, 'instance' | 'side'>): Place {
  return { instance, revision: side.revision };
}

/** @throws SnapsError `internal` where the snap has no record: a task before this one has made it */
export function recordOf({ records }: Pick<LifeWorld, 'records'>, instance: string): SnapRecord {
  const record = records.get(instance);
  if (record !== undefined) return record;
  throw new SnapsError('internal', `cannot find the record of snap "${instance}"`, { snap: instance });
}

/** The revision that is current now; `undefined` where there is none. */
export function currentPlace({ records }: Pick<LifeWorld, 'records'>, instance: string): Place | undefined {
  const revision = records.get(instance)?.current;
  return revision === undefined ? undefined : { instance, revision };
}

const inverseKey = 'old-record';

/** The end of a task that moves a record; it keeps what takes that back. */
export function recordsStep(
  { records }: Pick<LifeWorld, 'records'>,
  step: { readonly record: SnapRecord; readonly inverse: Inverse },
): Recorded {
  return { data: { [inverseKey]: step.inverse }, commit: (sql) => records.putIn(sql, step.record) };
}

export function inverseOf({ task }: Pick<TaskContext, 'task'>): Inverse | undefined {
  const value = task.data[inverseKey];
  return isInverse(value) ? value : undefined;
}

function isInverse(value: unknown): value is Inverse {
  return typeof value === 'object' && value !== null && 'set' in value && 'unset' in value;
}

/** A text of a task's own data. */
export function textOf({ task }: Pick<TaskContext, 'task'>, key: string): string {
  const value = task.data[key];
  return typeof value === 'string' ? value : '';
}

/** A list of texts that the task has announced; `undefined` where it has not. */
export function textsOf({ task }: Pick<TaskContext, 'task'>, key: string): readonly string[] | undefined {
  const value = task.data[key];
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : undefined;
}

/** What somebody else's part of a task ends with, and what the task itself records with it. */
export function together(result: DoResult, own: Recorded): DoResult {
  if (result.kind === 'retry') return result;
  const commits = [own.commit, result.commit].filter((commit) => commit !== undefined);
  return {
    ...result,
    ...own,
    ...(result.note === undefined ? {} : { note: result.note }),
    data: { ...own.data, ...result.data },
    ...(commits.length === 0
      ? {}
      : {
          commit: (sql) => {
            for (const commit of commits) commit(sql);
          },
        }),
  };
}
