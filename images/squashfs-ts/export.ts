import { safeUint64, viewOf } from './bytes.ts';
import { corrupt, SquashfsError } from './error.ts';
import { readInode } from './inode.ts';
import { type InodeReference, placeOf } from './place.ts';
import { readTable } from './table.ts';
import type { Volume } from './volume.ts';

const ENTRY_BYTES = 8;

/**
 * Where the inode of that number is, by the export table, which NFS servers use. Throws `not-found` where the image has no
 * such table or no such inode, `corrupt` where another inode is there.
 */
export async function findInode(volume: Volume, number: number): Promise<InodeReference> {
  const { exportTableStart, inodeCount } = volume.storage.superblock;
  if (exportTableStart === undefined) {
    throw new SquashfsError('not-found', `cannot find inode ${number}: the image has no export table`);
  }
  if (!Number.isInteger(number) || number < 1 || number > inodeCount) {
    throw new SquashfsError('not-found', `cannot find inode ${number}: there are ${inodeCount}`);
  }
  const range = { start: exportTableStart, from: (number - 1) * ENTRY_BYTES, length: ENTRY_BYTES };
  const word = safeUint64(viewOf(await readTable(volume, range)), 0);
  if (word === undefined) throw corrupt(`cannot find inode ${number}: impossible place`);
  const place = placeOf(word);
  const inode = await readInode(volume, place);
  if (inode.number !== number) throw corrupt(`cannot find inode ${number}: inode ${inode.number} is in its place`);
  return place;
}
