/**
 * What the boot script reads of a snap: it cannot read squashfs, so these files are copied to the boot partition, into a
 * directory named after the snap file. A directory of that name is always whole: it is filled under another name first.
 */
import { join } from 'node:path';
import type { SquashfsImage } from 'squashfs-ts';
import type { Slot } from '../../bootloader/protocol/index.ts';
import type { Disk } from '../system/disk.ts';
import { SnapsError } from './error.ts';

export interface Asset {
  /** Relative to the snap's root, and to the directory of assets. */
  readonly path: string;
  readonly size: number;
}

/** Files that must be there, by slot; a kernel may bring device trees, too. */
const required: Readonly<Record<Slot, readonly string[]>> = {
  kernel: ['kernel.img', 'initrd.img'],
  base: [],
  gadget: ['gadget.env'],
};
const deviceTrees = 'dtbs';
const maxDeviceTrees = 4096;
/** A boot partition is smaller than this; anything larger is an attack on the space, not a kernel. */
const maxAssetBytes = 512 << 20;

/**
 * Lists the assets of a snap for its slot.
 * @throws SnapsError `not-a-snap` where one is missing or is no file
 */
export async function listAssets(image: SquashfsImage, slot: Slot): Promise<Asset[]> {
  const assets: Asset[] = [];
  for (const path of required[slot]) {
    const found = (await image.list('')).find((entry) => entry.name === path);
    if (found === undefined) throw new SnapsError('not-a-snap', `cannot use this ${slot} snap: it has no ${path}`);
    assets.push(await assetOf(image, path));
  }
  if (slot === 'kernel' && (await image.list('')).some((e) => e.name === deviceTrees && e.type === 'directory')) {
    for await (const entry of image.walk(deviceTrees, { maxEntries: maxDeviceTrees })) {
      if (entry.stat.type === 'file') assets.push(await assetOf(image, `${deviceTrees}/${entry.path}`));
    }
  }
  return assets;
}

async function assetOf(image: SquashfsImage, path: string): Promise<Asset> {
  const { type, size } = await image.stat(path);
  if (type !== 'file') throw new SnapsError('not-a-snap', `cannot use this snap: its ${path} is no file`);
  if (size > maxAssetBytes) throw new SnapsError('not-a-snap', `cannot use this snap: its ${path} has ${size} bytes`);
  return { path, size };
}

/** The directory in which assets are gathered until they are whole. */
export function gatheringName(directory: string): string {
  return `${directory}.tmp`;
}

/**
 * Copies `assets` into `directory`. Each file is read back from the medium before the directory gets its name; where that
 * directory exists already, it was whole, and nothing is done.
 * @throws DiskError, SquashfsError
 */
export async function extractAssets(
  disk: Disk,
  image: SquashfsImage,
  assets: readonly Asset[],
  directory: string,
  progress: (done: number, total: number) => void,
): Promise<void> {
  if ((await disk.stat(directory)) !== undefined) return;
  const gathering = gatheringName(directory);
  await disk.remove(gathering);
  await disk.mkdir(gathering);
  const total = assets.reduce((sum, asset) => sum + asset.size, 0);
  let done = 0;
  for (const { path, size } of assets) {
    const folders = path.split('/').slice(0, -1);
    if (folders.length > 0) await disk.mkdir(join(gathering, ...folders));
    const content = counted(image.stream(path, { maxBytes: size }), (bytes) => {
      done += bytes;
      progress(done, total);
    });
    // The port reads back and compares with the SHA-256 of what the squashfs gave.
    await disk.writeStream(join(gathering, path), content, { maxBytes: size, expected: { size } });
  }
  await disk.rename(gathering, directory);
}

async function* counted(source: AsyncIterable<Uint8Array>, count: (bytes: number) => void) {
  for await (const chunk of source) {
    count(chunk.length);
    yield chunk;
  }
}
