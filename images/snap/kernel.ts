import { SquashfsError, type SquashfsImage } from 'squashfs-ts';
import { SnapError } from './error.ts';
import { fromSquashfs } from './squashfs-error.ts';

/** A file of a kernel snap that the boot loader needs. */
export interface KernelAsset {
  /** Relative to the snap's root: `kernel.img`, `initrd.img`, `dtbs/...`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Its content block by block; may throw a SquashfsError. */
  stream(): AsyncIterable<Uint8Array>;
}

const REQUIRED = ['kernel.img', 'initrd.img'];
const DEVICE_TREES = 'dtbs';
const MAX_DEVICE_TREE_ENTRIES = 4096;

/** No boot partition holds a file of this size: one that claims it would fill the device with a hole. */
const MAX_ASSET_BYTES = 512 * 1024 * 1024;

async function assetOf(image: SquashfsImage, path: string): Promise<KernelAsset> {
  const { type, size } = await image.stat(path);
  if (type !== 'file') throw new SnapError('bad-asset', `cannot use kernel snap: its ${path} is a ${type}`);
  if (size > MAX_ASSET_BYTES) throw new SnapError('bad-asset', `cannot use kernel snap: its ${path} has ${size} bytes`);
  return { path, size, stream: () => image.stream(path, { maxBytes: size }) };
}

async function deviceTreesOf(image: SquashfsImage): Promise<KernelAsset[]> {
  const hasTrees = (await image.list('')).some(({ name }) => name === DEVICE_TREES);
  if (!hasTrees) return [];
  const { type } = await image.stat(DEVICE_TREES);
  if (type !== 'directory')
    throw new SnapError('bad-asset', `cannot use kernel snap: its ${DEVICE_TREES} is a ${type}`);
  const assets: KernelAsset[] = [];
  for await (const { path, stat } of image.walk(DEVICE_TREES, { maxEntries: MAX_DEVICE_TREE_ENTRIES })) {
    if (stat.type !== 'directory') assets.push(await assetOf(image, `${DEVICE_TREES}/${path}`));
  }
  return assets;
}

/**
 * What of a kernel snap goes to the boot partition: kernel.img, initrd.img and all files below dtbs, symlinks followed
 * inside the snap. Throws `missing-asset`, `bad-asset`, `corrupt`, `truncated`.
 */
export async function readKernelAssets(image: SquashfsImage): Promise<readonly KernelAsset[]> {
  const assets: KernelAsset[] = [];
  try {
    for (const path of REQUIRED) assets.push(await assetOf(image, path));
    return [...assets, ...(await deviceTreesOf(image))];
  } catch (error) {
    if (error instanceof SquashfsError && error.code === 'not-found') {
      const missing = REQUIRED[assets.length] ?? 'a file below dtbs';
      throw new SnapError('missing-asset', `cannot use kernel snap: it has no ${missing}`, { cause: error });
    }
    throw fromSquashfs(error);
  }
}
