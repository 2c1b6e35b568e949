import { safeUint64, viewOf } from './bytes.ts';
import { corrupt, SquashfsError } from './error.ts';
import { MAX_XATTR_NAME_BYTES, MAX_XATTR_VALUE_BYTES, MAX_XATTRS, MAX_XATTRS_BYTES } from './limits.ts';
import type { MetadataCursor, Region } from './metadata.ts';
import { placeOf } from './place.ts';
import { readTable } from './table.ts';
import type { Volume } from './volume.ts';

const HEADER_BYTES = 16;
const ENTRY_BYTES = 16;
/** The value is elsewhere: what is here is 8 bytes that say where. */
const OUT_OF_LINE = 0x100;
/** By the number in the image. Linux leaves out what it does not know, and so is done here. */
const PREFIXES: readonly string[] = ['user.', 'trusted.', 'security.'];

/** Extended attributes by full name, `user.comment`; values are bytes. */
export type Xattrs = ReadonlyMap<string, Uint8Array>;

interface XattrTable {
  /** Where names and values are. */
  readonly pairs: Region;
  /** How many sets of attributes there are. */
  readonly count: number;
  /** Of the list of blocks that hold the sets. */
  readonly index: number;
}

async function readXattrTable({ storage }: Volume): Promise<XattrTable> {
  const end = storage.superblock.xattrTableStart;
  if (end === undefined) throw corrupt('cannot read extended attributes: the image has no table of them');
  const header = viewOf(await storage.read(end, HEADER_BYTES));
  const start = safeUint64(header, 0);
  if (start === undefined || start <= storage.superblock.idTableStart || start >= end) {
    throw corrupt('cannot read extended attributes: they are outside their table');
  }
  return { pairs: { start, end }, count: header.getUint32(8, true), index: end + HEADER_BYTES };
}

async function readValue(cursor: MetadataCursor): Promise<Uint8Array> {
  const length = viewOf(await cursor.read(4)).getUint32(0, true);
  if (length > MAX_XATTR_VALUE_BYTES) throw corrupt(`cannot read extended attribute: a value of ${length} bytes`);
  return Uint8Array.prototype.slice.call(await cursor.read(length));
}

async function readDistantValue(volume: Volume, pairs: Region, cursor: MetadataCursor): Promise<Uint8Array> {
  const view = viewOf(await cursor.read(12));
  const place = safeUint64(view, 4);
  if (view.getUint32(0, true) !== 8 || place === undefined) {
    throw corrupt('cannot read extended attribute: impossible place of its value');
  }
  return readValue(volume.metadata.cursor(pairs, placeOf(place)));
}

/**
 * The extended attributes of set `index`. Throws `corrupt`, and `too-large` beyond 4096 attributes or 1 MiB of names and
 * values.
 */
export async function readXattrs(volume: Volume, index: number): Promise<Xattrs> {
  const { pairs, count: sets, index: start } = await readXattrTable(volume);
  if (index >= sets) throw corrupt(`cannot read extended attributes: set ${index} of ${sets}`);
  const entry = viewOf(await readTable(volume, { start, from: index * ENTRY_BYTES, length: ENTRY_BYTES }));
  const place = safeUint64(entry, 0);
  if (place === undefined) throw corrupt(`cannot read extended attributes: impossible place of set ${index}`);
  const cursor = volume.metadata.cursor(pairs, placeOf(place));
  const count = entry.getUint32(8, true);
  const found = new Map<string, Uint8Array>();
  let bytes = 0;
  for (let i = 0; i < count; i += 1) {
    const head = viewOf(await cursor.read(4));
    const type = head.getUint16(0, true);
    const length = head.getUint16(2, true);
    if (length === 0 || length > MAX_XATTR_NAME_BYTES)
      throw corrupt(`cannot read extended attribute: name of ${length} bytes`);
    const name = Buffer.from(await cursor.read(length)).toString();
    const value = await ((type & OUT_OF_LINE) === 0 ? readValue(cursor) : readDistantValue(volume, pairs, cursor));
    bytes += length + value.byteLength;
    if (i >= MAX_XATTRS || bytes > MAX_XATTRS_BYTES) {
      throw new SquashfsError(
        'too-large',
        `cannot read extended attributes: more than ${MAX_XATTRS}, or ${bytes} bytes`,
      );
    }
    const prefix = PREFIXES[type & ~OUT_OF_LINE];
    // Where a name is there twice, Linux finds the first.
    if (prefix !== undefined && !found.has(prefix + name)) found.set(prefix + name, value);
  }
  return found;
}
