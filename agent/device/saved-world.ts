/** What saved snapshots need of this device. */
import { retentionOf } from '../snaps/saved/expiry.ts';
import { Exports } from '../snaps/saved/export.ts';
import { SetStore } from '../snaps/saved/set-store.ts';
import type { SavedWorld } from '../snaps/saved/world.ts';
import { lookUp } from './config-document.ts';
import { systemSnap } from './configure.ts';
import { retentionKey } from './plan-options.ts';
import type { DeviceWorld } from './world.ts';

export interface Saved {
  readonly world: SavedWorld;
  readonly exports: Exports;
}

export function savedOf({ layout, disk, clock, database }: DeviceWorld, more: Pick<SavedWorld, 'records' | 'configs'>) {
  const world: SavedWorld = {
    ...{ layout, disk, clock, ...more, sets: new SetStore(database) },
    automaticRetention: () => retentionOf(lookUp(more.configs.read(systemSnap), retentionKey), false),
  };
  return { world, exports: new Exports(world) };
}
