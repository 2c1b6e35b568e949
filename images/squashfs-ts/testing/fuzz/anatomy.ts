import { type Decompress, decompressorOf } from '../../compression/decompress.ts';
import { type Compression, parseSuperblock, type Superblock } from '../../superblock.ts';
import {
  directoryFields,
  type Field,
  inodeFields,
  readField,
  rowFields,
  SUPERBLOCK_FIELDS,
  type TableName,
  writeField,
  xattrFields,
} from './fields.ts';

export const METADATA_BYTES = 8192;

/** An image taken apart: what it is made of, decompressed, and where the numbers are in it. */
export interface Anatomy {
  readonly name: string;
  readonly compression: Compression;
  readonly blockSize: number;
  /** The whole image, as it was made. */
  readonly bytes: Buffer;
  /** Compressor options and data blocks: all between the superblock and the inode table. */
  readonly data: Buffer;
  /** What each table holds; the superblock is among them. Tables that the image does not have are missing. */
  readonly tables: ReadonlyMap<TableName, Buffer>;
  readonly fields: readonly Field[];
  readonly fieldsByKind: ReadonlyMap<string, readonly Field[]>;
}

interface Table {
  readonly content: Buffer;
  /** For each block, how far from the table's start it was stored. */
  readonly starts: readonly number[];
}

async function readBlocks(bytes: Buffer, from: number, to: number, decompress: Decompress): Promise<Table> {
  const blocks: Uint8Array[] = [];
  const starts: number[] = [];
  for (let at = from; at < to; ) {
    const header = bytes.readUInt16LE(at);
    const stored = bytes.subarray(at + 2, at + 2 + (header & 0x7fff));
    starts.push(at - from);
    blocks.push((header & 0x8000) !== 0 ? stored : await decompress(stored, METADATA_BYTES));
    at += 2 + stored.byteLength;
  }
  return { content: Buffer.concat(blocks), starts };
}

/** The byte ranges in which the blocks of the tables lie: lookup tables have theirs in front of their index. */
function rangesOf(bytes: Buffer, superblock: Superblock): readonly [TableName, from: number, to: number][] {
  const { inodeTableStart, directoryTableStart, fragmentTableStart, exportTableStart } = superblock;
  const { idTableStart, xattrTableStart } = superblock;
  const first = (index: number): number => Number(bytes.readBigUInt64LE(index));
  const ranges: [TableName, number, number][] = [];
  if (fragmentTableStart !== undefined) ranges.push(['fragments', first(fragmentTableStart), fragmentTableStart]);
  if (exportTableStart !== undefined) ranges.push(['exports', first(exportTableStart), exportTableStart]);
  ranges.push(['ids', first(idTableStart), idTableStart]);
  const directoriesEnd = ranges[0]?.[1] ?? idTableStart;
  if (xattrTableStart !== undefined) {
    const sets = first(xattrTableStart + 16);
    ranges.push(['xattr-pairs', first(xattrTableStart), sets], ['xattr-sets', sets, xattrTableStart]);
  }
  return [
    ['inodes', inodeTableStart, directoryTableStart],
    ['directories', directoryTableStart, directoriesEnd],
    ...ranges,
  ];
}

function fieldsOf(table: TableName, content: Buffer, blockSize: number): readonly Field[] {
  switch (table) {
    case 'superblock':
      return SUPERBLOCK_FIELDS;
    case 'inodes':
      return inodeFields(content, blockSize);
    case 'directories':
      return directoryFields(content);
    case 'fragments':
      return rowFields(content, table, [
        [8, 'block-start'],
        [4, 'block-word'],
        [4, 'unused'],
      ]);
    case 'exports':
      return rowFields(content, table, [[8, 'inode-reference']]);
    case 'ids':
      return rowFields(content, table, [[4, 'id']]);
    case 'xattr-pairs':
      return xattrFields(content);
    case 'xattr-sets':
      return rowFields(content, table, [
        [8, 'xattr-reference'],
        [4, 'count'],
        [4, 'size'],
      ]);
  }
}

/** Which table a field points into, and how many of its low bits are not the block's place. */
const POINTERS: Readonly<Record<string, readonly [TableName, shift: bigint]>> = {
  'listing-block': ['directories', 0n],
  'inode-block': ['inodes', 0n],
  'inode-reference': ['inodes', 16n],
  'xattr-reference': ['xattr-pairs', 16n],
};

/** Makes pointers fit tables whose full blocks are stored as they are: block i then begins at i times 8194. */
function straighten(field: Field, content: Buffer, parts: ReadonlyMap<TableName, Table>): void {
  const [into, shift] = POINTERS[field.kind] ?? [];
  if (into === undefined || shift === undefined) return;
  const value = readField(content, field);
  const index = parts.get(into)?.starts.indexOf(Number(value >> shift)) ?? -1;
  if (index < 0) throw new Error(`${field.kind} at ${field.at} leads nowhere`);
  const low = value & ((1n << shift) - 1n);
  writeField(content, field, (BigInt(index * (METADATA_BYTES + 2)) << shift) | low);
}

/** Takes a good image apart. */
export async function anatomyOf(name: string, bytes: Buffer): Promise<Anatomy> {
  const superblock = parseSuperblock(bytes.subarray(0, 96), bytes.byteLength);
  const decompress = decompressorOf(superblock);
  const parts = new Map<TableName, Table>([
    ['superblock', { content: Buffer.from(bytes.subarray(0, 96)), starts: [] }],
  ]);
  for (const [table, from, to] of rangesOf(bytes, superblock)) {
    parts.set(table, await readBlocks(bytes, from, to, decompress));
  }
  const fields = [...parts].flatMap(([table, { content }]) => fieldsOf(table, content, superblock.blockSize));
  for (const field of fields) straighten(field, parts.get(field.table)?.content ?? Buffer.alloc(0), parts);
  return {
    name,
    compression: superblock.compression,
    blockSize: superblock.blockSize,
    bytes: bytes.subarray(0, superblock.bytesUsed),
    data: bytes.subarray(96, superblock.inodeTableStart),
    tables: new Map([...parts].map(([table, { content }]) => [table, content])),
    fields,
    fieldsByKind: Map.groupBy(fields, ({ kind }) => kind),
  };
}
