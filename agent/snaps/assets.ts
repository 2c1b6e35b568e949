/**
 * What the boot script reads of a snap: it cannot read squashfs, so these files are copied to the boot partition, into a
 * directory named after the snap file. A directory of that name is always whole: it is filled under another name first.
 */
import { join } from 'node:path';
import type { SquashfsImage } from 'squashfs-ts';
import type { Slot } from '../../bootloader/protocol/index.ts';
import type { KernelAsset } from '../../images/snap/index.ts';
import type { Disk } from '../system/disk.ts';
import { SnapsError } from './error.ts';

export type Asset = KernelAsset;

/** What the boot script adds to the kernel command line for a gadget. */
const gadgetEnvironment = 'gadget.env';
/** A line or two; the boot script has room for little more. */
const maxGadgetBytes = 4096;

/**
 * The assets of a snap for its slot.
 * @throws SnapError, SnapsError, SquashfsError where one is missing or cannot be one
 */
export async function listAssets(image: SquashfsImage, slot: Slot): Promise<readonly Asset[]> {
  switch (slot) {
    case 'kernel': {
      const { readKernelAssets } = await import('../../images/snap/index.ts');
      return readKernelAssets(image);
    }
    case 'base':
      return [];
    case 'gadget': {
      const { type, size } = await image.stat(gadgetEnvironment);
      if (type !== 'file' || size > maxGadgetBytes) {
        throw new SnapsError('not-a-snap', `its ${gadgetEnvironment} is no small file`);
      }
      return [{ path: gadgetEnvironment, size, stream: () => image.stream(gadgetEnvironment, { maxBytes: size }) }];
    }
  }
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
  for (const { path, size, stream } of assets) {
    const folders = path.split('/').slice(0, -1);
    if (folders.length > 0) await disk.mkdir(join(gathering, ...folders));
    const content = counted(stream(), (bytes) => {
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
