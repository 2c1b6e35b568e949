/** Whether a change that is under way, or an export, works on a snapshot set. Pure; texts are snapd's. */
import type { Change } from '../../engine/model.ts';
import { SavedError } from './error.ts';

/** The key of a task's data that has the number of its set. */
export const setKey = 'snapshot-set';

/** The first open change with a task of one of these kinds on the set. @param open the changes that are not over */
export function setConflict(open: readonly Change[], set: number, kinds: readonly string[]): Change | undefined {
  return open.find(({ tasks }) => tasks.some(({ kind, data }) => kinds.includes(kind) && data[setKey] === set));
}

/** @throws SavedError `conflict` */
export function checkSetFree(open: readonly Change[], set: number, kinds: readonly string[]): void {
  const change = setConflict(open, set, kinds);
  if (change === undefined) return;
  throw new SavedError('conflict', `cannot operate on snapshot set #${set} while change "${change.id}" is in progress`);
}
