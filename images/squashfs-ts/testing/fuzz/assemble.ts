import { METADATA_BYTES } from './anatomy.ts';
import type { TableName } from './fields.ts';

/** Stores one block of a table; undefined to store it as it is. */
export type Pack = (table: TableName, block: Buffer, isLast: boolean) => Uint8Array | undefined;

/** An image put together, and where in it the parts are that no table shows. */
export interface Assembled {
  readonly bytes: Buffer;
  /** Positions of the two-byte heads of metadata blocks. */
  readonly heads: readonly number[];
  /** Positions of eight-byte block offsets, and of the header of the extended attributes. */
  readonly indexes: readonly number[];
  /** Byte ranges of what is compressed. */
  readonly streams: readonly (readonly [from: number, to: number])[];
}

class Writer {
  readonly parts: Buffer[] = [];
  readonly heads: number[] = [];
  readonly indexes: number[] = [];
  readonly streams: [number, number][] = [];
  readonly #pack: Pack;
  at = 0;

  constructor(pack: Pack) {
    this.#pack = pack;
  }

  write(bytes: Buffer): void {
    this.parts.push(bytes);
    this.at += bytes.byteLength;
  }

  /** Writes a table's blocks; returns where each begins. */
  table(table: TableName, content: Buffer): number[] {
    const starts: number[] = [];
    for (let from = 0; from < content.byteLength; from += METADATA_BYTES) {
      const block = content.subarray(from, from + METADATA_BYTES);
      const packed = this.#pack(table, block, from + METADATA_BYTES >= content.byteLength);
      const stored = packed === undefined ? block : Buffer.from(packed);
      const head = Buffer.alloc(2);
      head.writeUInt16LE((stored.byteLength & 0x7fff) | (packed === undefined ? 0x8000 : 0));
      starts.push(this.at);
      this.heads.push(this.at);
      this.write(head);
      if (packed !== undefined) this.streams.push([this.at, this.at + stored.byteLength]);
      this.write(stored);
    }
    return starts;
  }

  numbers(values: readonly number[]): number {
    const at = this.at;
    for (const value of values) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      this.indexes.push(this.at);
      this.write(bytes);
    }
    return at;
  }
}

/** Puts an image together from its tables. The superblock's positions are filled in, all else is taken as it is. */
export function assemble(tables: ReadonlyMap<TableName, Buffer>, data: Buffer, pack: Pack): Assembled {
  const superblock = Buffer.from(tables.get('superblock') ?? Buffer.alloc(96));
  const writer = new Writer(pack);
  const contentOf = (table: TableName): Buffer => tables.get(table) ?? Buffer.alloc(0);
  const position = (at: number, value: number) => superblock.writeBigUInt64LE(BigInt(value), at);
  const lookup = (table: TableName, at: number) => {
    if (tables.has(table)) position(at, writer.numbers(writer.table(table, contentOf(table))));
  };
  writer.write(superblock);
  writer.write(data);
  position(64, writer.at);
  writer.table('inodes', contentOf('inodes'));
  position(72, writer.at);
  writer.table('directories', contentOf('directories'));
  lookup('fragments', 80);
  lookup('exports', 88);
  lookup('ids', 48);
  if (tables.has('xattr-sets')) {
    const pairs = writer.at;
    writer.table('xattr-pairs', contentOf('xattr-pairs'));
    const sets = writer.table('xattr-sets', contentOf('xattr-sets'));
    position(56, writer.numbers([pairs, Math.floor(contentOf('xattr-sets').byteLength / 16)]));
    writer.numbers(sets);
  }
  position(40, writer.at);
  const { heads, indexes, streams } = writer;
  return { bytes: Buffer.concat(writer.parts), heads, indexes, streams };
}
