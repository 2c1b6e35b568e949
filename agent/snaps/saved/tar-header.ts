/** The head of an entry of a tar archive, in GNU's form, which snapd writes; POSIX's is read, too. Pure. */
import { SavedError } from './error.ts';
import type { Name } from './tree.ts';

export const blockBytes = 512;

/** What an entry is, by the letter that tar has for it. */
export const letters = {
  ...{ file: '0', hardlink: '1', symlink: '2', directory: '5' },
  ...{ longName: 'L', longLink: 'K', sparse: 'S', pax: 'x', paxGlobal: 'g' },
} as const;

export interface TarHeader {
  /** One of `letters`, or another that archives may have. */
  readonly letter: string;
  readonly name: Name;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes that follow. */
  readonly size: number;
  readonly link: Name;
}

/** Where in a file its content is; what is between is a hole. Bytes. */
export interface Segment {
  readonly offset: number;
  readonly size: number;
}

export interface SparseMap {
  readonly segments: readonly Segment[];
  /** Of the file with its holes. */
  readonly size: number;
}

const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  letter: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
  realSize: [483, 12],
} as const;

/** In a head of a sparse file, and in each block that goes on with its map. */
const inHead = { at: 386, count: 4, more: 482 };
const inBlock = { at: 0, count: 21, more: 504 };

const gnuMagic = 'ustar  \0';
const longNameHeader = { name: '././@LongLink', mode: 0o644, uid: 0, gid: 0, mtime: 0, link: '' };

/** The blocks of an entry's head: before it, those of names that are too long for it; behind it, those of a long map. */
export function encodeHeader(header: TarHeader, sparse?: SparseMap): Buffer {
  const blocks: Buffer[] = [];
  for (const [letter, name] of [
    [letters.longLink, header.link],
    [letters.longName, header.name],
  ] as const) {
    if (name.length <= fields.name[1]) continue;
    const text = Buffer.from(`${name}\0`, 'latin1');
    blocks.push(encodeOne({ ...longNameHeader, letter, size: text.length }), padded(text));
  }
  blocks.push(encodeOne(header, sparse));
  for (let at = inHead.count; at < (sparse?.segments.length ?? 0); at += inBlock.count) {
    const block = Buffer.alloc(blockBytes);
    putSegments(block, sparse?.segments.slice(at) ?? [], inBlock);
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

function encodeOne(header: TarHeader, sparse?: SparseMap): Buffer {
  const block = Buffer.alloc(blockBytes);
  const text = ([at, length]: readonly [number, number], value: string) => block.write(value, at, length, 'latin1');
  text(fields.name, header.name);
  text(fields.link, header.link);
  text(fields.letter, header.letter);
  text(fields.magic, gnuMagic);
  for (const key of ['mode', 'uid', 'gid', 'size', 'mtime'] as const) putNumber(block, fields[key], header[key]);
  if (sparse !== undefined) {
    putNumber(block, fields.realSize, sparse.size);
    putSegments(block, sparse.segments, inHead);
  }
  text(fields.checksum, `${checksumOf(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

function putSegments(block: Buffer, segments: readonly Segment[], { at, count, more }: typeof inHead): void {
  for (const [place, { offset, size }] of segments.slice(0, count).entries()) {
    putNumber(block, [at + place * 24, 12], offset);
    putNumber(block, [at + place * 24 + 12, 12], size);
  }
  if (segments.length > count) block[more] = 1;
}

/** Octal digits; what does not fit, and what is negative, in bytes behind a mark. */
function putNumber(block: Buffer, [at, length]: readonly [number, number], value: number): void {
  const digits = value.toString(8).padStart(length - 1, '0');
  if (value >= 0 && digits.length < length) {
    block.write(digits, at, 'latin1');
    return;
  }
  const bits = BigInt.asUintN(length * 8, BigInt(value))
    .toString(16)
    .padStart(length * 2, '0');
  block.write(bits, at, 'hex');
  block[at] = value < 0 ? 0xff : 0x80;
}

/** The head in a block; `undefined` for one of zeros, which ends an archive. @throws SavedError `not-a-snapshot` */
export function decodeHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
  if (numberAt(bytes, fields.checksum) !== checksumOf(bytes)) throw bad('the checksum of a header is wrong');
  // Only POSIX's form has the first part of a long name in a place of its own.
  const prefix = textAt(bytes, fields.magic).startsWith('ustar ') ? '' : prefixOf(bytes);
  const name = textAt(bytes, fields.name);
  const letter = textAt(bytes, fields.letter);
  return {
    letter: letter === '' || letter === '7' ? letters.file : letter,
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: numberAt(bytes, fields.mode) & 0o7777,
    uid: numberAt(bytes, fields.uid),
    gid: numberAt(bytes, fields.gid),
    mtime: numberAt(bytes, fields.mtime),
    size: sizeAt(bytes, fields.size),
    link: textAt(bytes, fields.link),
  };
}

function prefixOf(bytes: Buffer): string {
  return textAt(bytes, fields.magic).startsWith('ustar') ? textAt(bytes, fields.prefix) : '';
}

/** What a head says of a sparse file's map, and whether a block with more of it follows. */
export function decodeSparse(block: Uint8Array): SparseMap & { readonly more: boolean } {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
  return { ...segmentsIn(bytes, inHead), size: sizeAt(bytes, fields.realSize) };
}

export function decodeMoreSparse(block: Uint8Array): { readonly segments: readonly Segment[]; readonly more: boolean } {
  return segmentsIn(Buffer.from(block.buffer, block.byteOffset, block.length), inBlock);
}

function segmentsIn(bytes: Buffer, { at, count, more }: typeof inHead) {
  const segments: Segment[] = [];
  for (let place = 0; place < count; place++) {
    const start = at + place * 24;
    // An empty field ends the list; a hole at the end is told by a segment of size 0.
    if (bytes[start] === 0 && bytes[start + 12] === 0) break;
    segments.push({ offset: sizeAt(bytes, [start, 12]), size: sizeAt(bytes, [start + 12, 12]) });
  }
  return { segments, more: bytes[more] === 1 };
}

function textAt(bytes: Buffer, [at, length]: readonly [number, number]): string {
  const text = bytes.toString('latin1', at, at + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function sizeAt(bytes: Buffer, place: readonly [number, number]): number {
  const value = numberAt(bytes, place);
  if (value < 0) throw bad('a size in a header is negative');
  return value;
}

function numberAt(bytes: Buffer, [at, length]: readonly [number, number]): number {
  const first = bytes[at] ?? 0;
  if (first >= 0x80) {
    const bits = BigInt(`0x${bytes.toString('hex', at, at + length)}`);
    const value = first === 0xff ? BigInt.asIntN(length * 8, bits) : BigInt.asUintN(length * 8 - 1, bits);
    return safe(Number(value));
  }
  const digits = textAt(bytes, [at, length]).trim();
  if (!/^[0-7]*$/.test(digits)) throw bad('a number in a header is none');
  return safe(Number.parseInt(digits || '0', 8));
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw bad('a number in a header is too large');
  return value;
}

/** The sum of all bytes, those of the checksum itself taken as blanks. */
function checksumOf(block: Uint8Array): number {
  const [at, length] = fields.checksum;
  let sum = 0;
  for (const [place, byte] of block.entries()) sum += place >= at && place < at + length ? 0x20 : byte;
  return sum;
}

/** Zeros up to the next whole block. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, padding(bytes.length)]);
}

/** What ends an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

export function bad(why: string): SavedError {
  return new SavedError('not-a-snapshot', `cannot read a tar archive: ${why}`);
}
