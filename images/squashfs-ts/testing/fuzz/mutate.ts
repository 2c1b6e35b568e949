import type { Compression } from '../../superblock.ts';
import { PACKERS } from '../pack.ts';
import { randomBytesOf } from '../random.ts';
import type { Anatomy } from './anatomy.ts';
import { type Assembled, assemble, type Pack } from './assemble.ts';
import { type Field, readField, SUPERBLOCK_FIELDS, type TableName, writeField } from './fields.ts';

type Random = (below: number) => number;

/** A changed image, and what was changed. */
export interface Mutant {
  readonly bytes: Uint8Array;
  readonly notes: readonly string[];
}

function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random(from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

const BIG_ENDIAN_MAGIC = 0x68737173n;

/** A value that is likely to be at a border: of the field, of the old value, of a block. */
function borderValue(random: Random, { width }: Field, old: bigint, blockSize: number): bigint {
  const top = (1n << BigInt(8 * width)) - 1n;
  const step = BigInt(1 + random(4));
  const values = [
    0n,
    1n,
    2n,
    top,
    top - 1n,
    top >> 1n,
    old + step,
    old - step,
    old * 2n,
    old ^ (1n << BigInt(random(8 * width))),
  ];
  values.push(
    BIG_ENDIAN_MAGIC,
    8191n,
    8192n,
    8193n,
    65535n,
    BigInt(blockSize) - 1n,
    BigInt(blockSize),
    BigInt(blockSize) + 1n,
  );
  values.push(
    BigInt(random(256)),
    BigInt(random(2 ** 31)),
    1n << 24n,
    (1n << 24n) | BigInt(random(5000)),
    1n << 40n,
    1n << 53n,
  );
  return pick(random, values);
}

/** An image under change: its tables are copied when they are first written to. */
class Patient {
  readonly tables: Map<TableName, Buffer>;
  readonly touched = new Set<TableName>();
  readonly notes: string[] = [];
  readonly anatomy: Anatomy;
  readonly random: Random;
  data: Buffer;

  constructor(anatomy: Anatomy, random: Random) {
    this.anatomy = anatomy;
    this.random = random;
    this.tables = new Map(anatomy.tables);
    this.data = anatomy.data;
  }

  content(table: TableName): Buffer {
    return this.tables.get(table) ?? Buffer.alloc(0);
  }

  writable(table: TableName): Buffer {
    const known = this.content(table);
    if (this.touched.has(table)) return known;
    this.touched.add(table);
    const copy = Buffer.from(known);
    this.tables.set(table, copy);
    return copy;
  }

  /** Sets a field, if its table was not made shorter before. */
  set(field: Field, value: bigint): void {
    if (field.at + field.width > this.content(field.table).byteLength) return;
    writeField(this.writable(field.table), field, value);
    this.notes.push(`${field.table} ${field.kind} at ${field.at} = ${value}`);
  }

  /** Of all kinds of fields one, and of that kind one: what is rare is as likely as what is common. */
  pickField(): Field {
    return pick(this.random, pick(this.random, [...this.anatomy.fieldsByKind.values()]));
  }

  pickOf(kind: string): Field {
    return pick(this.random, this.anatomy.fieldsByKind.get(kind) ?? []);
  }
}

function changeField(patient: Patient): void {
  const field = patient.pickField();
  const old = readField(patient.anatomy.tables.get(field.table) ?? Buffer.alloc(8), field);
  patient.set(field, borderValue(patient.random, field, old, patient.anatomy.blockSize));
}

/** Gives a field the value of another of its kind: loops, things listed twice, lists that overlap. */
function swapField(patient: Patient): void {
  const field = patient.pickField();
  const other = patient.pickOf(field.kind);
  patient.set(field, readField(patient.anatomy.tables.get(other.table) ?? Buffer.alloc(8), other));
}

function changeTable(patient: Patient): void {
  const { random } = patient;
  const table = pick(random, [...patient.tables.keys()]);
  const content = patient.writable(table);
  if (table === 'superblock' || content.byteLength === 0) return;
  const at = random(content.byteLength);
  const end = Math.min(content.byteLength, at + 1 + random(40));
  const changes: (() => Buffer)[] = [
    () => Buffer.from(content).fill(pick(random, [0, 0x2e, 0x2f, random(256)]), at, at + 1),
    () => content.subarray(0, at),
    () => Buffer.concat([content.subarray(0, at), content.subarray(end)]),
    () => Buffer.concat([content.subarray(0, end), content.subarray(at)]),
    () => Buffer.concat([content, randomBytesOf(random(1e9), random(100))]),
    () => Buffer.concat(Array.from({ length: 2 + random(4) }, () => content)),
  ];
  const which = random(changes.length);
  patient.tables.set(table, changes[which]?.() ?? content);
  patient.notes.push(`${table} changed (${which}) at ${at} to ${end}`);
}

const blocks = new Map<string, Buffer>();

/** So many zeros, or bytes that cannot be compressed, packed once. */
function blockOf(compression: Compression | 'stored', size: number, zeros: boolean): Buffer {
  const key = `${compression} ${size} ${zeros}`;
  const known = blocks.get(key);
  if (known !== undefined) return known;
  const content = zeros ? Buffer.alloc(size) : randomBytesOf(size, size);
  const block = Buffer.from(compression === 'stored' ? content : PACKERS[compression](content));
  blocks.set(key, block);
  return block;
}

/** A block of data that decompresses to something else than belongs there, and a file or fragment that points to it. */
function changeData(patient: Patient): void {
  const { random, anatomy } = patient;
  const { fields, blockSize, compression } = anatomy;
  const starts = anatomy.fieldsByKind.get('block-start');
  if (starts === undefined) return;
  const start = pick(random, starts);
  const word = fields.slice(fields.indexOf(start)).find(({ kind }) => kind === 'block-word');
  if (word === undefined) return;
  const size = pick(random, [0, 1, 7, 100, 4095, 4096, 4097, 8192, Math.min(blockSize, 65536), 100_000]);
  const packed = blockOf(pick(random, [compression, compression, 'stored']), size, random(2) === 0);
  patient.set(start, BigInt(96 + patient.data.byteLength));
  patient.set(word, BigInt(packed.byteLength) | (random(4) === 0 ? 1n << 24n : 0n));
  patient.data = Buffer.concat([patient.data, packed]);
  patient.notes.push(`data of ${size} bytes`);
}

/** The tables that were not changed, packed once. */
const packedTables = new WeakMap<Buffer, Uint8Array>();

function packerOf({ anatomy, random, tables }: Patient): Pack {
  const { compression } = anatomy;
  const compressed = random(100) < 60;
  const bomb = random(60) === 0 ? pick(random, [...tables.keys()]) : undefined;
  return (table, block, isLast) => {
    if (table === bomb) return blockOf(compression, pick(random, [8193, 100_000]), true);
    if (!compressed || !isLast) return undefined;
    const whole = anatomy.tables.get(table);
    const isOriginal = whole !== undefined && whole === tables.get(table);
    const packed = (isOriginal ? packedTables.get(whole) : undefined) ?? PACKERS[compression](block);
    if (isOriginal) packedTables.set(whole, packed);
    return packed.byteLength < block.byteLength ? packed : undefined;
  };
}

/** Changes what only shows once the image is put together. */
function changeBytes(random: Random, { bytes, heads, indexes, streams }: Assembled, notes: string[]): Uint8Array {
  const set = (at: number, width: 2 | 4 | 8, kind: string, value: bigint) => {
    writeField(bytes, { at, width }, value);
    notes.push(`${kind} at ${at} = ${value}`);
  };
  const old = (at: number, width: 2 | 4 | 8) => readField(bytes, { at, width });
  const field = { table: 'superblock', at: 0, width: 8, kind: 'position' } as const;
  const changes: (() => Uint8Array)[] = [
    () => {
      const at = pick(random, heads);
      const head = old(at, 2);
      set(at, 2, 'head', pick(random, [head ^ 0x8000n, 0n, 0x8000n, head + 1n, head - 1n, 8192n, 8193n, 0xffffn]));
      return bytes;
    },
    () => {
      const at = pick(random, indexes);
      set(at, 8, 'index', borderValue(random, field, old(at, 8), bytes.byteLength));
      return bytes;
    },
    () => {
      const { at, width, kind, ...rest } = pick(random, SUPERBLOCK_FIELDS);
      set(at, width, kind, borderValue(random, { ...rest, at, width, kind }, old(at, width), bytes.byteLength));
      return bytes;
    },
    () => {
      const [from, to] = streams.length > 0 ? pick(random, streams) : [96, bytes.byteLength];
      for (let left = 1 + random(4); left > 0 && to > from; left -= 1) {
        // A stream's head decides how it is read.
        const at = from + random(random(2) === 0 ? Math.min(24, to - from) : to - from);
        bytes[at] = pick(random, [random(256), (bytes[at] ?? 0) ^ (1 << random(8)), 0, 255]);
        notes.push(`byte ${at} = ${bytes[at]}`);
      }
      return bytes;
    },
    () => {
      const end = random(bytes.byteLength);
      if (random(2) === 0 && end > 96) set(40, 8, 'position', BigInt(end));
      notes.push(`cut at ${end}`);
      return bytes.subarray(0, end);
    },
  ];
  return pick(random, changes)();
}

/** Bytes changed blindly, as a bad medium does it. */
function damage({ bytes }: Anatomy, random: Random): Mutant {
  const changed = Buffer.from(bytes);
  const notes: string[] = ['damage'];
  const tables = Number(changed.readBigUInt64LE(64));
  for (let left = 1 + random(6); left > 0; left -= 1) {
    const from = random(2) === 0 ? tables : 96;
    const at = random(20) === 0 ? random(96) : from + random(bytes.byteLength - from);
    changed[at] = random(256);
    notes.push(`byte ${at} = ${changed[at]}`);
  }
  return { bytes: changed, notes };
}

/** Changes a good image. The same numbers give the same mutant. */
export function mutate(anatomy: Anatomy, random: Random): Mutant {
  if (random(5) === 0) return damage(anatomy, random);
  const patient = new Patient(anatomy, random);
  const changes = [changeField, changeField, changeField, swapField, swapField, changeTable, changeData];
  for (let left = random(4); left > 0; left -= 1) pick(random, changes)(patient);
  const assembled = assemble(patient.tables, patient.data, packerOf(patient));
  const { notes } = patient;
  if (notes.length > 0 && random(4) > 0) return { bytes: assembled.bytes, notes };
  return { bytes: changeBytes(random, assembled, notes), notes };
}
