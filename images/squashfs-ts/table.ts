import { safeUint64, viewOf } from './bytes.ts';
import { corrupt } from './error.ts';
import { METADATA_BYTES, SUPERBLOCK_BYTES } from './limits.ts';
import type { Volume } from './volume.ts';

/**
 * The `length` bytes of a lookup table from byte `from` of its content on. Such a table is a list of block offsets at
 * `start`, in front of which its metadata blocks lie; the range must not cross a block.
 */
export async function readTable(
  { storage, metadata }: Volume,
  { start, from, length }: { readonly start: number; readonly from: number; readonly length: number },
): Promise<Uint8Array> {
  const entry = start + Math.floor(from / METADATA_BYTES) * 8;
  const at = safeUint64(viewOf(await storage.read(entry, 8)), 0);
  if (at === undefined) throw corrupt(`cannot read table at byte ${start}: impossible block offset`);
  const offset = from % METADATA_BYTES;
  const { bytes } = await metadata.block(at, { start: SUPERBLOCK_BYTES, end: start });
  if (offset + length > bytes.byteLength) throw corrupt(`cannot read table at byte ${start}: it ends early`);
  return bytes.subarray(offset, offset + length);
}

/** The user and group ids that inodes refer to by number: at most 65535, 256 KiB. */
export async function readIds(volume: Volume): Promise<Uint32Array> {
  const { idCount, idTableStart } = volume.storage.superblock;
  const ids = new Uint32Array(idCount);
  const perBlock = METADATA_BYTES / 4;
  for (let first = 0; first < idCount; first += perBlock) {
    const count = Math.min(perBlock, idCount - first);
    const view = viewOf(await readTable(volume, { start: idTableStart, from: first * 4, length: count * 4 }));
    for (let i = 0; i < count; i += 1) ids[first + i] = view.getUint32(i * 4, true);
  }
  return ids;
}
