/** The device's files at start-up: directories that must be there, and what a cut left behind. */
import { join } from 'node:path';
import { readBootState, SLOTS } from '../../bootloader/protocol/index.ts';
import type { Layout } from '../boot/layout.ts';
import type { Change } from '../engine/model.ts';
import { earlierInstall } from '../snaps/boot-set/earlier.ts';
import { parseFileName } from '../snaps/file-name.ts';
import { prepareFolders } from '../snaps/life/folders.ts';
import { setupIn, setupKey } from '../snaps/plan/setup.ts';
import { openSnap } from '../snaps/read-snap.ts';
import { type Disk, temporaryName } from '../system/disk.ts';
import type { Parts } from './parts.ts';
import { uploadPrefix } from './upload.ts';

/** Makes the directories that every later write needs, and removes what writes cut short have left in them. */
export async function prepareDirectories(disk: Disk, layout: Layout): Promise<void> {
  for (const path of [layout.snaps, layout.digests]) {
    await disk.mkdir(path);
    await disk.sweep(path);
  }
  // These may never be written again. Their directories are others' too, who may be writing there by now: no sweep.
  for (const path of [layout.maintenance, layout.healthProbe]) await disk.remove(temporaryName(path));
  if ((await disk.stat(layout.bootPartition))?.kind === 'directory') await disk.sweep(layout.bootPartition);
  await disk.remove(layout.maintenance);
  await prepareFolders({ disk, layout });
}

/** Removes uploads that no open change will ever install. */
export async function removeUploads(disk: Disk, layout: Layout, open: readonly Change[]): Promise<void> {
  const wanted = new Set(open.flatMap(uploadsOf));
  for (const name of await disk.list(layout.snaps)) {
    const path = join(layout.snaps, name);
    if (name.startsWith(uploadPrefix) && !wanted.has(path)) await disk.remove(path);
  }
}

/** What was uploaded for a change, as long as it is there. */
export function uploadsOf({ data, tasks }: Change): string[] {
  const earlier = earlierInstall(data);
  const sources = tasks.flatMap((task) => (task.data[setupKey] === undefined ? [] : [setupIn(task.data).source]));
  const paths = sources.map((source) => (source.kind === 'file' ? source.path : undefined));
  return [...paths, earlier?.upload].filter((path) => path !== undefined);
}

/** Brings the list of snaps in line with the files. On the first start of a new device this is where it comes from. */
export async function takeInventory({ world, env, inventory }: Parts): Promise<void> {
  const { disk, layout } = world;
  const files: { file: string; size: number }[] = [];
  for (const file of await disk.list(layout.snaps)) {
    const info = parseFileName(file) === undefined ? undefined : await disk.stat(join(layout.snaps, file));
    if (info?.kind === 'file') files.push({ file, size: info.size });
  }
  await inventory.sync(files, async (file) => {
    try {
      const { info, image } = await openSnap(join(layout.snaps, file), file);
      await image.close();
      return { type: info.type, version: info.version };
    } catch (error) {
      world.say(`cannot read ${file}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  });
  const { good } = readBootState(await env.read());
  const there = new Set(files.map(({ file }) => file));
  for (const slot of SLOTS) {
    const file = good[slot];
    if (file !== undefined && !there.has(file)) world.say(`the good ${slot} ${file} is not in ${layout.snaps}`);
  }
}
