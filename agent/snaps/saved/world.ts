/** What saved snapshots need from outside. */
import { dirname, join } from 'node:path';
import type { Layout } from '../../boot/layout.ts';
import type { Clock } from '../../system/clock.ts';
import type { Disk } from '../../system/disk.ts';
import type { SnapConfigs } from '../life/world.ts';
import type { SnapRecords } from '../record/store.ts';
import type { SetStore } from './set-store.ts';

export interface SavedWorld {
  readonly layout: Pick<Layout, 'root'>;
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly records: Pick<SnapRecords, 'get'>;
  readonly configs: SnapConfigs;
  readonly sets: SetStore;
  /** How long what is saved by itself is kept, milliseconds; `undefined` where nothing is saved by itself (expiry.ts). */
  automaticRetention(): number | undefined;
}

type Rooted = Pick<SavedWorld, 'layout'>;

/** Where the snapshots are. */
export function snapshotFolder({ layout }: Rooted): string {
  return join(layout.root, 'var/lib/snapd/snapshots');
}

/** Makes it where it is not there. @throws DiskError */
export async function makeSnapshotFolder(world: Pick<SavedWorld, 'layout' | 'disk'>): Promise<string> {
  const folder = snapshotFolder(world);
  await world.disk.mkdir(dirname(folder));
  await world.disk.mkdir(folder, { mode: 0o700 });
  return folder;
}

/** Where snaps have what belongs to the system, a folder each. */
export function dataFolder({ layout }: Rooted): string {
  return join(layout.root, 'var/snap');
}

export function manifestOf({ layout }: Rooted, instance: string, revision: string): string {
  return join(layout.root, 'snap', instance, revision, 'meta/snapshots.yaml');
}
