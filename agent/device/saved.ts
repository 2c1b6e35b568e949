/** Saved snapshots of this device: what they need of it, and the plans of requests about them. */
import type { ChangePlan } from '../engine/plan.ts';
import { retentionOf } from '../snaps/saved/expiry.ts';
import { Exports } from '../snaps/saved/export.ts';
import {
  planCheck,
  planForget,
  planRestore,
  planSave,
  type SaveSnapsRequest,
  type SetRequest,
} from '../snaps/saved/plan.ts';
import { SetStore } from '../snaps/saved/set-store.ts';
import { highestSet, savedSets } from '../snaps/saved/sets.ts';
import type { SavedWorld } from '../snaps/saved/world.ts';
import { lookUp } from './config-document.ts';
import { systemSnap } from './configure.ts';
import type { Parts } from './parts.ts';
import { retentionKey } from './plan-options.ts';
import { viewOf } from './view.ts';
import type { DeviceWorld } from './world.ts';

export interface Saved {
  readonly world: SavedWorld;
  readonly exports: Exports;
}

export type SavedRequest =
  | ({ readonly action: 'save' } & Omit<SaveSnapsRequest, 'set'>)
  | ({ readonly action: 'restore' | 'check' | 'forget' } & SetRequest);

export function savedOf({ layout, disk, clock, database }: DeviceWorld, more: Pick<SavedWorld, 'records' | 'configs'>) {
  const world: SavedWorld = {
    ...{ layout, disk, clock, ...more, sets: new SetStore(database) },
    automaticRetention: () => retentionOf(lookUp(more.configs.read(systemSnap), retentionKey), false),
  };
  return { world, exports: new Exports(world) };
}

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
