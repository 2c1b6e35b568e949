import { viewOf } from './bytes.ts';
import { corrupt, SquashfsError } from './error.ts';
import { type DirectoryInode, type EntryType, typeOf } from './inode.ts';
import { MAX_DIRECTORY_ENTRIES, MAX_LISTING_BYTES, MAX_NAME_BYTES, MAX_RUN_ENTRIES } from './limits.ts';
import type { Place } from './place.ts';
import type { Volume } from './volume.ts';

const RUN_HEADER_BYTES = 12;
const ENTRY_BYTES = 8;
const SLASH = 0x2f;
const DOT = 0x2e;

/** An entry as it is stored. */
export interface RawEntry {
  readonly name: Uint8Array;
  readonly type: EntryType;
  readonly inode: Place;
}

/** A name that could lead out of the directory, or that no lookup could ever find. */
function isBadName(name: Uint8Array): boolean {
  if (name.includes(SLASH) || name.includes(0)) return true;
  return name[0] === DOT && (name.byteLength === 1 || (name.byteLength === 2 && name[1] === DOT));
}

function checkName(name: Uint8Array, previous: Uint8Array | undefined): void {
  if (isBadName(name)) throw corrupt('cannot read directory: an entry is named ".", ".." or holds "/" or NUL');
  if (previous !== undefined && Buffer.compare(previous, name) >= 0) {
    throw corrupt('cannot read directory: names out of order');
  }
}

/**
 * The entries of a directory in runs of at most 256, in the order of their names' bytes. That order, which also excludes
 * two entries of one name, is checked: the format demands it and the kernel's lookup relies on it.
 * Throws `corrupt`, or `too-large` beyond 262144 entries or 8 MiB.
 */
export async function* readDirectory(
  { storage, metadata }: Volume,
  directory: DirectoryInode,
): AsyncGenerator<readonly RawEntry[]> {
  const { directoryTableStart, fragmentTableStart, exportTableStart, idTableStart } = storage.superblock;
  const region = { start: directoryTableStart, end: fragmentTableStart ?? exportTableStart ?? idTableStart };
  const cursor = metadata.cursor(region, directory.listing);
  let left = directory.listingBytes;
  if (left > MAX_LISTING_BYTES) {
    throw new SquashfsError('too-large', `cannot read directory: a listing of ${left} bytes`);
  }
  let total = 0;
  let previous: Uint8Array | undefined;
  while (left > 0) {
    const header = viewOf(await cursor.read(RUN_HEADER_BYTES));
    left -= RUN_HEADER_BYTES;
    const count = header.getUint32(0, true) + 1;
    if (count > MAX_RUN_ENTRIES) throw corrupt(`cannot read directory: ${count} entries under one header`);
    total += count;
    if (total > MAX_DIRECTORY_ENTRIES) {
      throw new SquashfsError('too-large', `cannot read directory: more than ${MAX_DIRECTORY_ENTRIES} entries`);
    }
    const run: RawEntry[] = [];
    const block = header.getUint32(4, true);
    for (let i = 0; i < count; i += 1) {
      const entry = viewOf(cursor.take(ENTRY_BYTES) ?? (await cursor.read(ENTRY_BYTES)));
      const length = entry.getUint16(6, true) + 1;
      left -= ENTRY_BYTES + length;
      if (left < 0 || length > MAX_NAME_BYTES) throw corrupt(`cannot read directory: name of ${length} bytes`);
      const name = cursor.take(length) ?? (await cursor.read(length));
      checkName(name, previous);
      previous = name;
      run.push({ name, type: typeOf(entry.getUint16(4, true)), inode: { block, offset: entry.getUint16(0, true) } });
    }
    yield run;
  }
}

/** How many more entries a lookup may look at. */
export interface LookupBudget {
  entries: number;
}

/** The entry of that name, or undefined. Only exactly these bytes match. Throws `too-large` when the budget is spent. */
export async function findEntry(
  volume: Volume,
  directory: DirectoryInode,
  name: Uint8Array,
  budget: LookupBudget,
): Promise<RawEntry | undefined> {
  for await (const run of readDirectory(volume, directory)) {
    budget.entries -= run.length;
    if (budget.entries < 0) throw new SquashfsError('too-large', 'cannot look up path: too many entries on the way');
    for (const entry of run) {
      const order = Buffer.compare(entry.name, name);
      if (order === 0) return entry;
      if (order > 0) return undefined;
    }
  }
  return undefined;
}
