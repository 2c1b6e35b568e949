/** The plans of requests about saved snapshots of this device. */
import type { ChangePlan } from '../engine/plan.ts';
import {
  planCheck,
  planForget,
  planRestore,
  planSave,
  type SaveSnapsRequest,
  type SetRequest,
} from '../snaps/saved/plan.ts';
import { highestSet, savedSets } from '../snaps/saved/sets.ts';
import type { Parts } from './parts.ts';
import { viewOf } from './view.ts';

export type SavedRequest =
  | ({ readonly action: 'save' } & Omit<SaveSnapsRequest, 'set'>)
  | ({ readonly action: 'restore' | 'check' | 'forget' } & SetRequest);

/** @throws SnapsError, SavedError, DiskError; and nothing has changed */
export async function planSaved(parts: Parts, request: SavedRequest, isStarted: boolean): Promise<ChangePlan> {
  const { saved, changes } = parts;
  const { records, conflict } = await viewOf(parts, { facts: [], running: [] });
  if (request.action === 'save') {
    return withSet(parts, isStarted, (set) => planSave({ records, conflict }, { ...request, set }));
  }
  const sets = await savedSets(saved.world, { set: request.set });
  const plan = { restore: planRestore, check: planCheck, forget: planForget }[request.action];
  return plan({ records, conflict, sets, open: changes.open(), exporting: saved.exports.sets }, request);
}

/**
 * Plans with the number that the next set gets. It is used up only where the plan is to be started, and saves something.
 * @throws what `plan` throws; DiskError, DatabaseError
 */
export async function withSet(
  { saved: { world } }: Pick<Parts, 'saved'>,
  isStarted: boolean,
  plan: (set: number) => ChangePlan,
): Promise<ChangePlan> {
  const highest = await highestSet(world);
  const planned = plan(world.sets.next(highest));
  const saves = planned.tasks.some(({ kind }) => kind === 'save-snapshot');
  return isStarted && saves ? plan(await world.sets.give(highest)) : planned;
}
