import { safeUint64, viewOf } from './bytes.ts';
import { corrupt, SquashfsError } from './error.ts';
import { MAX_BLOCK_BYTES, METADATA_BYTES, MIN_BLOCK_BYTES, SUPERBLOCK_BYTES } from './limits.ts';
import { type InodeReference, placeOf } from './place.ts';

const COMPRESSIONS = new Map([
  [1, 'gzip'],
  [2, 'lzma'],
  [3, 'lzo'],
  [4, 'xz'],
  [5, 'lz4'],
  [6, 'zstd'],
] as const);

export type Compression = 'gzip' | 'lzma' | 'lzo' | 'xz' | 'lz4' | 'zstd';

/** The first 96 bytes of an image, checked against each other and against the size of the source. */
export interface Superblock {
  readonly compression: Compression;
  /** Bytes of a data block: a power of two, 4 KiB to 1 MiB. */
  readonly blockSize: number;
  /** Bytes of the image; the file may be longer (mksquashfs pads to 4 KiB). */
  readonly bytesUsed: number;
  readonly inodeCount: number;
  readonly fragmentCount: number;
  readonly idCount: number;
  /** When the image was made, in seconds since 1970. */
  readonly modifiedSeconds: number;
  /** The raw flag bits. */
  readonly flags: number;
  /** Where the root directory's inode is. */
  readonly rootInode: InodeReference;
  readonly inodeTableStart: number;
  readonly directoryTableStart: number;
  /** Of the list of fragment blocks, where there are fragments. */
  readonly fragmentTableStart: number | undefined;
  /** Of the list of inodes by number, where there is one. */
  readonly exportTableStart: number | undefined;
  readonly idTableStart: number;
  /** Of the list of extended attributes, where there are any. */
  readonly xattrTableStart: number | undefined;
}

const MAGIC = 0x73717368; // "hsqs"
const MAGIC_BIG_ENDIAN = 0x68737173; // "sqsh": only squashfs 1 to 3 were ever written so
const ABSENT = 0xffff_ffff_ffff_ffffn;

function checkFormat(view: DataView, size: number): void {
  const magic = view.byteLength >= 4 ? view.getUint32(0, true) : 0;
  if (magic === MAGIC_BIG_ENDIAN) {
    throw new SquashfsError('unsupported-version', 'cannot read squashfs: big-endian images are older than 4.0');
  }
  if (magic !== MAGIC)
    throw new SquashfsError('not-squashfs', 'cannot read as squashfs: the first bytes are not "hsqs"');
  if (view.byteLength < SUPERBLOCK_BYTES) {
    throw new SquashfsError('truncated', `cannot read squashfs: ${size} bytes do not hold a superblock`);
  }
  const version = `${view.getUint16(28, true)}.${view.getUint16(30, true)}`;
  if (version !== '4.0') {
    throw new SquashfsError('unsupported-version', `cannot read squashfs ${version}: only 4.0 is supported`);
  }
}

function blockSizeOf(view: DataView): number {
  const blockSize = view.getUint32(12, true);
  const log = view.getUint16(22, true);
  if (blockSize < MIN_BLOCK_BYTES || blockSize > MAX_BLOCK_BYTES || blockSize !== 2 ** log) {
    throw corrupt(`cannot read squashfs: impossible block size ${blockSize} (log ${log})`);
  }
  return blockSize;
}

/** Tables as the writer lays them out; a table in another place is a forgery or damage. */
function checkOrder(superblock: Superblock): void {
  const { inodeTableStart, directoryTableStart, fragmentTableStart } = superblock;
  const { exportTableStart, idTableStart, xattrTableStart, bytesUsed } = superblock;
  const starts = [SUPERBLOCK_BYTES, inodeTableStart, directoryTableStart, fragmentTableStart, exportTableStart];
  starts.push(idTableStart, xattrTableStart, bytesUsed);
  const present = starts.filter((start) => start !== undefined);
  if (present.some((start, i) => i > 1 && start <= (present[i - 1] ?? 0)) || inodeTableStart < SUPERBLOCK_BYTES) {
    throw corrupt(`cannot read squashfs: tables out of order (${present.join(', ')})`);
  }
}

function checkCounts(superblock: Superblock): void {
  const { fragmentCount, fragmentTableStart, exportTableStart, inodeCount } = superblock;
  const { idCount, idTableStart, xattrTableStart, bytesUsed } = superblock;
  const indexBytes = (count: number, entryBytes: number) => Math.ceil((count * entryBytes) / METADATA_BYTES) * 8;
  if (idCount === 0 || inodeCount === 0) throw corrupt('cannot read squashfs: no inodes or no user ids');
  if (idTableStart + indexBytes(idCount, 4) > (xattrTableStart ?? bytesUsed)) {
    throw corrupt(`cannot read squashfs: ${idCount} ids do not fit`);
  }
  if (exportTableStart !== undefined && exportTableStart + indexBytes(inodeCount, 8) > idTableStart) {
    throw corrupt(`cannot read squashfs: an export table of ${inodeCount} inodes does not fit`);
  }
  if (fragmentCount === 0) return;
  const fragmentsEnd = exportTableStart ?? idTableStart;
  if (fragmentTableStart === undefined || fragmentTableStart + indexBytes(fragmentCount, 16) > fragmentsEnd) {
    throw corrupt(`cannot read squashfs: ${fragmentCount} fragments do not fit`);
  }
}

function compressionOf(id: number): Compression {
  const name = (COMPRESSIONS as ReadonlyMap<number, Compression>).get(id);
  if (name !== undefined) return name;
  throw new SquashfsError('unsupported-compression', `cannot read squashfs: unknown compression ${id}`);
}

/**
 * Reads the superblock from the first bytes of an image of `size` bytes.
 * Throws `not-squashfs`, `unsupported-version`, `unsupported-compression` (unknown number), `truncated` or `corrupt`.
 */
export function parseSuperblock(bytes: Uint8Array, size: number): Superblock {
  const view = viewOf(bytes);
  checkFormat(view, size);
  const offsetAt = (at: number, what: string): number => {
    const offset = safeUint64(view, at);
    if (offset === undefined) throw corrupt(`cannot read squashfs: impossible offset of ${what}`);
    return offset;
  };
  const optionalAt = (at: number, what: string): number | undefined =>
    view.getBigUint64(at, true) === ABSENT ? undefined : offsetAt(at, what);
  const bytesUsed = offsetAt(40, 'the end');
  if (bytesUsed > size) {
    throw new SquashfsError('truncated', `cannot read squashfs: ${bytesUsed} bytes expected, ${size} bytes there`);
  }
  const root = offsetAt(32, 'the root inode');
  const fragmentCount = view.getUint32(16, true);
  const superblock: Superblock = {
    compression: compressionOf(view.getUint16(20, true)),
    blockSize: blockSizeOf(view),
    bytesUsed,
    inodeCount: view.getUint32(4, true),
    fragmentCount,
    idCount: view.getUint16(26, true),
    modifiedSeconds: view.getUint32(8, true),
    flags: view.getUint16(24, true),
    rootInode: placeOf(root),
    inodeTableStart: offsetAt(64, 'the inode table'),
    directoryTableStart: offsetAt(72, 'the directory table'),
    fragmentTableStart: fragmentCount === 0 ? undefined : optionalAt(80, 'the fragment table'),
    exportTableStart: optionalAt(88, 'the export table'),
    idTableStart: offsetAt(48, 'the id table'),
    xattrTableStart: optionalAt(56, 'the xattr table'),
  };
  checkOrder(superblock);
  checkCounts(superblock);
  return superblock;
}
