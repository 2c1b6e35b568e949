const METADATA_BYTES = 8192;

/** Little-endian fields, each given as [bytes, value]. */
export function fields(...parts: readonly (readonly [bytes: 1 | 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    parts.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      return field.subarray(0, bytes);
    }),
  );
}

/** An inode: the common head (owner 0:0, mode 0644, time 7) and what follows it. */
export function inodeOf(
  type: number,
  number: number,
  body: Uint8Array,
  ids: { uid?: number; gid?: number } = {},
): Buffer {
  const head = fields([2, type], [2, 0o644], [2, ids.uid ?? 0], [2, ids.gid ?? 0], [4, 7], [4, number]);
  return Buffer.concat([head, body]);
}

/** A basic directory: its listing is `bytes` long and begins at `offset` of the directory table. */
export function directoryOf(number: number, listing: { readonly offset?: number; readonly bytes: number }): Buffer {
  const body = fields([4, 0], [4, 2], [2, listing.bytes + 3], [2, listing.offset ?? 0], [4, 1]);
  return inodeOf(1, number, body);
}

/** An extended directory, whose listing may be longer than 64 KiB. */
export function bigDirectoryOf(number: number, listing: { readonly bytes: number }): Buffer {
  const body = fields([4, 2], [4, listing.bytes + 3], [4, 0], [4, 1], [2, 0], [2, 0], [4, 0xffffffff]);
  return inodeOf(8, number, body);
}

/** A basic file with its list of block words. */
export function fileOf(
  number: number,
  file: { start?: number; fragment?: number; offset?: number; size: number; blocks?: readonly number[] },
): Buffer {
  const { start = 96, fragment = 0xffffffff, offset = 0, size, blocks = [] } = file;
  const body = fields([4, start], [4, fragment], [4, offset], [4, size]);
  return inodeOf(2, number, Buffer.concat([body, ...blocks.map((word) => fields([4, word]))]));
}

interface ForgedEntry {
  readonly name: string | Uint8Array;
  readonly type: number;
  /** Offset of its inode in its block of the inode table. */
  readonly inode: number;
}

/**
 * One run of a listing. `count` lies about the number of entries where it is given; `block` is that of the inode table.
 */
export function runOf(entries: readonly ForgedEntry[], count = entries.length, block = 0): Buffer {
  const header = fields([4, count - 1], [4, block], [4, 1]);
  const stored = entries.map(({ name, type, inode }) => {
    const bytes = Buffer.from(name as Uint8Array);
    return Buffer.concat([fields([2, inode], [2, 0], [2, type], [2, bytes.byteLength - 1]), bytes]);
  });
  return Buffer.concat([header, ...stored]);
}

/** A table as uncompressed metadata blocks. */
export function metadataOf(content: Uint8Array): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.byteLength; at += METADATA_BYTES) {
    const part = content.subarray(at, at + METADATA_BYTES);
    blocks.push(fields([2, part.byteLength | 0x8000]), Buffer.from(part));
  }
  return Buffer.concat(blocks);
}

export interface Forgery {
  readonly inodes: readonly Uint8Array[];
  readonly listing?: Uint8Array;
  /** Data blocks, at byte 96. */
  readonly data?: Uint8Array;
  /** Fragment blocks as [start, word]. */
  readonly fragments?: readonly (readonly [number, number])[];
  /** The export table: a place for each inode. */
  readonly exports?: readonly number[];
  /** Names and values, and the sets as [place, count]. */
  readonly xattrs?: { readonly pairs: Uint8Array; readonly sets: readonly (readonly [number, number])[] };
  readonly compression?: number;
  readonly inodeCount?: number;
  /** The tables as stored, in place of the uncompressed form of `inodes` and `listing`. */
  readonly storedInodes?: Uint8Array;
}

/** An extended attribute: the type says the prefix, and whether the value is elsewhere. */
export function xattrOf(type: number, name: string | Uint8Array, value: Uint8Array, bytes = value.byteLength): Buffer {
  const stored = Buffer.from(name as Uint8Array);
  return Buffer.concat([fields([2, type], [2, stored.byteLength]), stored, fields([4, bytes]), value]);
}

/** The parts of an image one behind the other. */
class Parts {
  readonly #parts: Uint8Array[] = [];
  at = 96;

  /** Adds a part and returns where it begins. */
  add(part: Uint8Array): number {
    this.#parts.push(part);
    this.at += part.byteLength;
    return this.at - part.byteLength;
  }

  /** Adds a table, which is found through the index behind it; returns where that begins. */
  addLookup(content: Uint8Array, header: Uint8Array = Buffer.alloc(0)): number {
    const first = this.at;
    const blocks = Math.ceil(content.byteLength / METADATA_BYTES);
    this.add(metadataOf(content));
    const start = this.add(header);
    this.add(fields(...Array.from({ length: blocks }, (_, i) => [8, first + i * (METADATA_BYTES + 2)] as const)));
    return start;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** An image with 4 KiB blocks made of the parts given; the first inode is the root. */
export function forge(forgery: Forgery): Uint8Array {
  const { inodes, listing = Buffer.alloc(1), fragments = [], exports, xattrs, compression = 1 } = forgery;
  const parts = new Parts();
  parts.add(forgery.data ?? Buffer.alloc(0));
  const inodeStart = parts.add(forgery.storedInodes ?? metadataOf(Buffer.concat(inodes)));
  const directoryStart = parts.add(metadataOf(listing));
  const fragmentTable = Buffer.concat(fragments.map(([start, word]) => fields([8, start], [4, word], [4, 0])));
  const fragmentStart = fragments.length > 0 ? parts.addLookup(fragmentTable) : -1;
  const exportStart =
    exports === undefined ? -1 : parts.addLookup(fields(...exports.map((word) => [8, word] as const)));
  const idStart = parts.addLookup(fields([4, 0]));
  let xattrStart = -1;
  if (xattrs !== undefined) {
    const pairs = parts.add(metadataOf(xattrs.pairs));
    const sets = Buffer.concat(xattrs.sets.map(([place, count]) => fields([8, place], [4, count], [4, 0])));
    xattrStart = parts.addLookup(sets, fields([8, pairs], [4, xattrs.sets.length], [4, 0]));
  }
  const head = fields(
    [4, 0x73717368],
    [4, forgery.inodeCount ?? inodes.length],
    [4, 0],
    [4, 4096],
    [4, fragments.length],
    [2, compression],
    [2, 12],
    [2, 0],
    [2, 1],
    [2, 4],
    [2, 0],
    [8, 0],
    [8, parts.at],
    [8, idStart],
    [8, xattrStart],
    [8, inodeStart],
    [8, directoryStart],
    [8, fragmentStart],
    [8, exportStart],
  );
  return Buffer.concat([head, parts.bytes]);
}
