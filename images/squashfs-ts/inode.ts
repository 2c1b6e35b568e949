import { safeUint64, viewOf } from './bytes.ts';
import { corrupt } from './error.ts';
import { MAX_TARGET_BYTES } from './limits.ts';
import type { MetadataCursor } from './metadata.ts';
import type { Place } from './place.ts';
import type { Volume } from './volume.ts';

export type EntryType = 'directory' | 'file' | 'symlink' | 'block-device' | 'char-device' | 'fifo' | 'socket';

/** By the number in the image; extended inodes have the same names 7 further on. */
const TYPES: readonly EntryType[] = [
  'directory',
  'file',
  'symlink',
  'block-device',
  'char-device',
  'fifo',
  'socket',
] as const;

/** The type with a number from 1 to 7, as directories give it. Throws `corrupt`. */
export function typeOf(number: number): EntryType {
  const type = TYPES[number - 1];
  if (type === undefined) throw corrupt(`cannot read squashfs: unknown entry type ${number}`);
  return type;
}

interface Common {
  readonly number: number;
  /** Permission bits with set-uid, set-gid and sticky. */
  readonly mode: number;
  readonly uidIndex: number;
  readonly gidIndex: number;
  readonly mtimeSeconds: number;
  readonly links: number;
  /** Number of its set of extended attributes, where it has one. */
  readonly xattrs: number | undefined;
}

export interface DirectoryInode extends Common {
  readonly type: 'directory';
  /** Where its listing begins in the directory table. */
  readonly listing: Place;
  readonly listingBytes: number;
}

export interface FileInode extends Common {
  readonly type: 'file';
  readonly size: number;
  /** Byte of the image where its first block lies. */
  readonly start: number;
  /** Where the list of its block sizes begins in the inode table. */
  readonly blockSizes: Place;
  /** The block shared with other files that holds the tail, if there is one. */
  readonly fragment: { readonly index: number; readonly offset: number } | undefined;
}

export interface SymlinkInode extends Common {
  readonly type: 'symlink';
  readonly target: Uint8Array;
}

export interface DeviceInode extends Common {
  readonly type: 'block-device' | 'char-device';
  readonly major: number;
  readonly minor: number;
}

export interface IpcInode extends Common {
  readonly type: 'fifo' | 'socket';
}

export type Inode = DirectoryInode | FileInode | SymlinkInode | DeviceInode | IpcInode;

type Head = Omit<Common, 'links' | 'xattrs'>;

const NONE = 0xffff_ffff;

/** A number that may be absent, at `offset`; basic inodes do not hold it at all. */
function indexAt(view: DataView, offset: number, extended = true): number | undefined {
  const index = extended ? view.getUint32(offset, true) : NONE;
  return index === NONE ? undefined : index;
}

async function readDirectoryInode(cursor: MetadataCursor, head: Head, extended: boolean): Promise<DirectoryInode> {
  const view = viewOf(await cursor.read(extended ? 24 : 16));
  const links = view.getUint32(extended ? 0 : 4, true);
  const size = extended ? view.getUint32(4, true) : view.getUint16(8, true);
  const block = view.getUint32(extended ? 8 : 0, true);
  const offset = view.getUint16(extended ? 18 : 10, true);
  // The size counts 3 bytes for "." and "..", which are not stored.
  const listingBytes = Math.max(0, size - 3);
  return {
    ...head,
    type: 'directory',
    links,
    xattrs: indexAt(view, 20, extended),
    listing: { block, offset },
    listingBytes,
  };
}

async function readFileInode(cursor: MetadataCursor, head: Head, extended: boolean): Promise<FileInode> {
  const view = viewOf(await cursor.read(extended ? 40 : 16));
  const start = extended ? safeUint64(view, 0) : view.getUint32(0, true);
  const size = extended ? safeUint64(view, 8) : view.getUint32(12, true);
  if (start === undefined || size === undefined) throw corrupt(`cannot read inode ${head.number}: impossible size`);
  const links = extended ? view.getUint32(24, true) : 1;
  const index = indexAt(view, extended ? 28 : 4);
  const offset = view.getUint32(extended ? 32 : 8, true);
  const fragment = index === undefined ? undefined : { index, offset };
  const xattrs = indexAt(view, 36, extended);
  return { ...head, type: 'file', links, xattrs, size, start, blockSizes: cursor.place, fragment };
}

async function readSymlinkInode(cursor: MetadataCursor, head: Head, extended: boolean): Promise<SymlinkInode> {
  const view = viewOf(await cursor.read(8));
  const length = view.getUint32(4, true);
  if (length === 0 || length > MAX_TARGET_BYTES) {
    throw corrupt(`cannot read inode ${head.number}: symlink target of ${length} bytes`);
  }
  const target = await cursor.read(length);
  if (target.includes(0)) throw corrupt(`cannot read inode ${head.number}: NUL in symlink target`);
  const links = view.getUint32(0, true);
  const xattrs = extended ? indexAt(viewOf(await cursor.read(4)), 0) : undefined;
  return { ...head, type: 'symlink', links, xattrs, target };
}

async function readDeviceInode(
  cursor: MetadataCursor,
  head: Head,
  type: 'block-device' | 'char-device',
  extended: boolean,
): Promise<DeviceInode> {
  const view = viewOf(await cursor.read(extended ? 12 : 8));
  const device = view.getUint32(4, true);
  // The kernel's "new" encoding: 12 bits of major between 8 low and 12 high bits of minor.
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return { ...head, type, links: view.getUint32(0, true), xattrs: indexAt(view, 8, extended), major, minor };
}

async function readIpcInode(
  cursor: MetadataCursor,
  head: Head,
  type: 'fifo' | 'socket',
  extended: boolean,
): Promise<IpcInode> {
  const view = viewOf(await cursor.read(extended ? 8 : 4));
  return { ...head, type, links: view.getUint32(0, true), xattrs: indexAt(view, 4, extended) };
}

/** Reads the inode at a place of the inode table, basic or extended. Throws `corrupt`. */
export async function readInode({ storage, metadata }: Volume, place: Place): Promise<Inode> {
  const { inodeTableStart, directoryTableStart } = storage.superblock;
  const cursor = metadata.cursor({ start: inodeTableStart, end: directoryTableStart }, place);
  const view = viewOf(await cursor.read(16));
  const number = view.getUint16(0, true);
  const extended = number > TYPES.length;
  const type = typeOf(extended ? number - TYPES.length : number);
  const head: Head = {
    mode: view.getUint16(2, true) & 0o7777,
    uidIndex: view.getUint16(4, true),
    gidIndex: view.getUint16(6, true),
    mtimeSeconds: view.getUint32(8, true),
    number: view.getUint32(12, true),
  };
  switch (type) {
    case 'directory':
      return readDirectoryInode(cursor, head, extended);
    case 'file':
      return readFileInode(cursor, head, extended);
    case 'symlink':
      return readSymlinkInode(cursor, head, extended);
    case 'block-device':
    case 'char-device':
      return readDeviceInode(cursor, head, type, extended);
    case 'fifo':
    case 'socket':
      return readIpcInode(cursor, head, type, extended);
  }
}
