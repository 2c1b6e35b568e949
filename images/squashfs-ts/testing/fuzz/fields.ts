/** Where the numbers are in the tables of an image, so that they can be changed one by one, each as what it is. */

export type TableName =
  | 'inodes'
  | 'directories'
  | 'fragments'
  | 'exports'
  | 'ids'
  | 'xattr-pairs'
  | 'xattr-sets'
  /** Not a table, but handled like one. */
  | 'superblock';

/** A little-endian number. Those of one kind can stand for each other. */
export interface Field {
  readonly table: TableName;
  readonly at: number;
  readonly width: 2 | 4 | 8;
  readonly kind: string;
}

type Layout = readonly (readonly [width: Field['width'], kind: string])[];

const INODE_HEAD: Layout = [
  [2, 'inode-type'],
  [2, 'mode'],
  [2, 'id-index'],
  [2, 'id-index'],
  [4, 'time'],
  [4, 'inode-number'],
];
const LINKS = [4, 'links'] as const;
const XATTR = [4, 'xattr-set'] as const;

/** What follows the head, by type. */
const INODE_BODIES: readonly Layout[] = [
  [],
  [[4, 'listing-block'], LINKS, [2, 'listing-size'], [2, 'listing-offset'], [4, 'inode-number']],
  [
    [4, 'block-start'],
    [4, 'fragment'],
    [4, 'fragment-offset'],
    [4, 'size'],
  ],
  [LINKS, [4, 'target-size']],
  [LINKS, [4, 'device']],
  [LINKS, [4, 'device']],
  [LINKS],
  [LINKS],
  [LINKS, [4, 'listing-size'], [4, 'listing-block'], [4, 'inode-number'], [2, 'count'], [2, 'listing-offset'], XATTR],
  [[8, 'block-start'], [8, 'size'], [8, 'size'], LINKS, [4, 'fragment'], [4, 'fragment-offset'], XATTR],
  [LINKS, [4, 'target-size']],
  [LINKS, [4, 'device'], XATTR],
  [LINKS, [4, 'device'], XATTR],
  [LINKS, XATTR],
  [LINKS, XATTR],
];

export const SUPERBLOCK_FIELDS: readonly Field[] = (
  [
    [0, 4, 'magic'],
    [4, 4, 'count'],
    [8, 4, 'time'],
    [12, 4, 'block-size'],
    [16, 4, 'count'],
    [20, 2, 'compression'],
    [22, 2, 'block-log'],
    [24, 2, 'flags'],
    [26, 2, 'count'],
    [28, 2, 'version'],
    [30, 2, 'version'],
    [32, 8, 'inode-reference'],
    [40, 8, 'position'],
    [48, 8, 'position'],
    [56, 8, 'position'],
    [64, 8, 'position'],
    [72, 8, 'position'],
    [80, 8, 'position'],
    [88, 8, 'position'],
  ] as const
).map(([at, width, kind]) => ({ table: 'superblock', at, width, kind }));

export function readField(bytes: Buffer, { at, width }: Pick<Field, 'at' | 'width'>): bigint {
  return width === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, width));
}

export function writeField(bytes: Buffer, { at, width }: Pick<Field, 'at' | 'width'>, value: bigint): void {
  const field = Buffer.alloc(8);
  field.writeBigUInt64LE(BigInt.asUintN(8 * width, value));
  field.copy(bytes, at, 0, width);
}

/** Takes fields one after the other. */
class Taker {
  readonly fields: Field[] = [];
  readonly #bytes: Buffer;
  readonly #table: TableName;
  at = 0;

  constructor(bytes: Buffer, table: TableName) {
    this.#bytes = bytes;
    this.#table = table;
  }

  get done(): boolean {
    return this.at >= this.#bytes.byteLength;
  }

  take(width: Field['width'], kind: string): number {
    const field = { table: this.#table, at: this.at, width, kind };
    this.fields.push(field);
    this.at += width;
    return Number(readField(this.#bytes, field));
  }

  /** Leaves out bytes that are no number. */
  skip(bytes: number): void {
    this.at += bytes;
  }

  takeAll(layout: Layout): Map<string, number> {
    return new Map(layout.map(([width, kind]) => [kind, this.take(width, kind)]));
  }
}

function blockWords(taker: Taker, values: ReadonlyMap<string, number>, blockSize: number): void {
  const size = values.get('size') ?? 0;
  const hasFragment = values.get('fragment') !== 0xffffffff;
  const count = hasFragment ? Math.floor(size / blockSize) : Math.ceil(size / blockSize);
  for (let i = 0; i < count; i += 1) taker.take(4, 'block-word');
}

export function inodeFields(bytes: Buffer, blockSize: number): Field[] {
  const taker = new Taker(bytes, 'inodes');
  while (!taker.done) {
    const type = taker.takeAll(INODE_HEAD).get('inode-type') ?? 0;
    // An extended file has a second size, of its holes; the first one counts.
    const size = type === 9 ? bytes.readUIntLE(taker.at + 8, 6) : undefined;
    const values = taker.takeAll(INODE_BODIES[type] ?? []);
    if (size !== undefined) values.set('size', size);
    if (type === 2 || type === 9) blockWords(taker, values, blockSize);
    if (type === 3 || type === 10) taker.skip(values.get('target-size') ?? 0);
    if (type === 10) taker.take(...XATTR);
    for (let left = type === 8 ? (values.get('count') ?? 0) : 0; left > 0; left -= 1) {
      taker.take(4, 'listing-size');
      taker.take(4, 'listing-block');
      taker.skip(taker.take(4, 'name-size') + 1);
    }
  }
  return taker.fields;
}

export function directoryFields(bytes: Buffer): Field[] {
  const taker = new Taker(bytes, 'directories');
  while (!taker.done) {
    const count = taker.take(4, 'run-size') + 1;
    taker.take(4, 'inode-block');
    taker.take(4, 'inode-number');
    for (let i = 0; i < count; i += 1) {
      taker.take(2, 'inode-offset');
      taker.take(2, 'inode-delta');
      taker.take(2, 'entry-type');
      taker.skip(taker.take(2, 'name-size') + 1);
    }
  }
  return taker.fields;
}

/** A table of equal entries. */
export function rowFields(bytes: Buffer, table: TableName, layout: Layout): Field[] {
  const taker = new Taker(bytes, table);
  while (!taker.done) taker.takeAll(layout);
  return taker.fields;
}

/** Pairs of names and values: the table is one row of them, whatever set they belong to. */
export function xattrFields(bytes: Buffer): Field[] {
  const taker = new Taker(bytes, 'xattr-pairs');
  while (!taker.done) {
    const type = taker.take(2, 'xattr-type');
    taker.skip(taker.take(2, 'name-size'));
    const size = taker.take(4, 'value-size');
    if ((type & 0x100) !== 0) taker.take(8, 'xattr-reference');
    else taker.skip(size);
  }
  return taker.fields;
}
