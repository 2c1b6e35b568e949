/**
 * What of a boot set's snaps may go. Space is short (two kernels fill a boot partition), but what any readable copy of the
 * environment names must stay: it is what boots when the newer copy is lost.
 */
import { join } from 'node:path';
import {
  keepRevisions,
  type Medium,
  mayCollect,
  readBootState,
  type SlotNames,
} from '../../bootloader/protocol/index.ts';
import type { Layout } from '../boot/layout.ts';
import type { Disk } from '../system/disk.ts';
import { gatheringName } from './assets.ts';
import { fileNameOf, parseFileName } from './file-name.ts';
import type { Inventory } from './inventory.ts';
import type { SnapRecord } from './record/model.ts';

export interface Garbage {
  readonly snapFiles: readonly string[];
  readonly digests: readonly string[];
  /** Directories on the boot partition. */
  readonly assets: readonly string[];
}

export interface Present {
  readonly snapFiles: readonly string[];
  readonly digests: readonly string[];
  readonly assets: readonly string[];
}

const nothing: Garbage = { snapFiles: [], digests: [], assets: [] };

/**
 * Chooses what goes. Pure. Nothing goes while a trial is open, or while no copy can be read; and only revisions of the
 * snaps that the boot set is made of: other files are not ours to judge. A revision that is only kept to be gone back to by
 * hand keeps its file, and gets its boot assets again then.
 * @param kept files that belong to installed revisions
 */
export function garbageOf(
  present: Present,
  medium: Medium,
  running: SlotNames,
  kept: ReadonlySet<string> = new Set(),
): Garbage {
  if (!mayCollect(medium) || readBootState(medium).mode !== '') return nothing;
  const boots = new Set([...keepRevisions(medium), ...Object.values(running)]);
  const names = new Set([...boots].map((file) => parseFileName(file)?.name));
  const isOurs = (file: string) => names.has(parseFileName(file)?.name ?? '');
  const goes = (file: string) => !boots.has(file) && !kept.has(file) && isOurs(file);
  return {
    snapFiles: present.snapFiles.filter(goes),
    digests: present.digests.filter(goes),
    assets: present.assets.filter((name) => (!boots.has(name) && isOurs(name)) || isGathering(name, names)),
  };
}

/** A directory that was being filled when the power went: nothing ever points at it. */
function isGathering(name: string, names: ReadonlySet<string | undefined>): boolean {
  const suffix = gatheringName('');
  return name.endsWith(suffix) && names.has(parseFileName(name.slice(0, -suffix.length))?.name ?? '');
}

/** Removes what nothing names, and says what went. @throws DiskError */
export async function collectGarbage(world: {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly inventory: Inventory;
  readonly medium: Medium;
  readonly running: SlotNames;
  readonly records: readonly SnapRecord[];
}): Promise<string[]> {
  const { disk, layout, inventory, medium, running, records } = world;
  const list = async (path: string) => ((await disk.stat(path))?.kind === 'directory' ? disk.list(path) : []);
  const present: Present = {
    snapFiles: await list(layout.snaps),
    digests: await list(layout.digests),
    assets: await list(layout.bootPartition),
  };
  const kept = records.flatMap(({ instance, sequence }) =>
    sequence.map(({ revision }) => fileNameOf({ name: instance, revision })),
  );
  const garbage = garbageOf(present, medium, running, new Set(kept));
  for (const name of garbage.assets) await disk.remove(join(layout.bootPartition, name));
  for (const name of garbage.snapFiles) await disk.remove(join(layout.snaps, name));
  for (const name of garbage.digests) await disk.remove(join(layout.digests, name));
  inventory.remove(garbage.snapFiles);
  return [...new Set([...garbage.snapFiles, ...garbage.assets])];
}
