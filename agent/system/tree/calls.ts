/**
 * The system calls that work on trees of strangers (native/tree.h): each name is looked up in an open directory and never
 * followed. Names are bytes. Synchronous: for a worker. What the kernel refuses is thrown as a CallError.
 */
import { fsyncSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { addonExports } from '../native/native.ts';

export type Name = Uint8Array;

export interface Entry {
  readonly kind: 'file' | 'directory' | 'node';
  readonly isSymlink: boolean;
  /** Bytes. */
  readonly size: number;
  readonly links: bigint;
  readonly inode: bigint;
  /** Two entries of one mounted file system have the same. */
  readonly mount: bigint;
  /** Tells it from any other that was or will be there: inode and time of birth. Renaming keeps it. */
  readonly identity: string;
  /** Its content, attributes and names are what they were at `earlier`. */
  isAsAt(earlier: Entry): boolean;
  /** Of content, and of anything; ns since the epoch. */
  readonly changed: bigint;
  readonly altered: bigint;
}

export interface TreeCalls {
  /** Opens a directory by its path, which is followed. */
  base(path: string): number;
  directory(dir: number, name: Name): number;
  /** Opens a file to read. */
  file(dir: number, name: Name): number;
  /** Makes an empty file. */
  create(dir: number, name: Name): number;
  close(fd: number): void;
  /** Of the open directory or file itself where `name` is empty. */
  stat(dir: number, name: Name): Entry;
  /** The next entries as getdents64(2) writes them; how many bytes, 0 at the end. */
  list(dir: number, buffer: Uint8Array): number;
  /** With mode 0700. */
  mkdir(dir: number, name: Name): void;
  unlink(dir: number, name: Name): void;
  rmdir(dir: number, name: Name): void;
  /** EEXIST where something has that name already. */
  rename(fromDir: number, from: Name, toDir: number, to: Name): void;
  link(fromDir: number, from: Name, toDir: number, to: Name): void;
  /** Shares the content of a file with an empty one, where the file system can. */
  clone(from: number, to: number): void;
  /** Without holes. */
  copyRange(from: number, to: number, offset: number, end: number): void;
  /** Owner, extended attributes, mode, times. */
  copyAttributes(from: number, to: number): void;
  /** A symlink, pipe, socket or device once more, with its attributes. */
  copyNode(fromDir: number, name: Name, toDir: number): void;
  /** Writes out the file system that this is on. */
  syncfs(fd: number): void;
  /** Writes out the names in this directory. */
  fsync(fd: number): void;
}

export class CallError extends Error {
  override readonly name = 'CallError';
  /** Its name: `ENOENT`. */
  readonly errno: string;

  constructor(call: string, errno: string) {
    super(`cannot ${call}: ${errno}`);
    this.errno = errno;
  }
}

/** True for a CallError of one of these. */
export function isErrno(error: unknown, ...errnos: readonly string[]): boolean {
  return error instanceof CallError && errnos.includes(error.errno);
}

/** A path for people: quoted, and bytes that are no text are shown as such. */
export function shown(names: readonly Name[]): string {
  return JSON.stringify(names.flatMap((name) => (name.length === 0 ? [] : Buffer.from(name).toString())).join('/'));
}

/** What native-tree.c exports: numbers, -errno on failure. */
interface Addon {
  treeBase(path: string): number;
  treeOpen(dir: number, name: Name, how: 0 | 1 | 2): number;
  treeClose(fd: number): number;
  treeStat(dir: number, name: Name, out: BigInt64Array): number;
  treeList(dir: number, buffer: Uint8Array): number;
  treeMkdir(dir: number, name: Name): number;
  treeUnlink(dir: number, name: Name, isDirectory: boolean): number;
  treeRename(fromDir: number, from: Name, toDir: number, to: Name): number;
  treeLink(fromDir: number, from: Name, toDir: number, to: Name): number;
  treeClone(from: number, to: number): number;
  treeCopyRange(from: number, to: number, offset: number, end: number): number;
  treeCopyAttributes(from: number, to: number): number;
  treeCopyNode(fromDir: number, name: Name, toDir: number): number;
  syncfs(fd: number): number;
}

const kindBits = 0o170000n;
const kinds: ReadonlyMap<bigint, Entry['kind']> = new Map([
  [0o040000n, 'directory'],
  [0o100000n, 'file'],
]);
const symlinkBits = 0o120000n;

let loaded: TreeCalls | undefined;

/** Those of this process; loaded when first asked for. Throws NativeError. */
export function treeCalls(): TreeCalls {
  loaded ??= wrapped(addonExports() as Addon);
  return loaded;
}

function wrapped(addon: Addon): TreeCalls {
  const fields = new BigInt64Array(9);
  const done = (call: string, result: number): number => {
    if (result < 0) throw new CallError(call, getSystemErrorName(result));
    return result;
  };
  return {
    base: (path) => done('open', addon.treeBase(path)),
    directory: (dir, name) => done('open', addon.treeOpen(dir, name, 0)),
    file: (dir, name) => done('open', addon.treeOpen(dir, name, 1)),
    create: (dir, name) => done('create', addon.treeOpen(dir, name, 2)),
    close: (fd) => void done('close', addon.treeClose(fd)),
    stat(dir, name) {
      done('look at', addon.treeStat(dir, name, fields));
      return entryOf(fields);
    },
    list: (dir, buffer) => done('list', addon.treeList(dir, buffer)),
    mkdir: (dir, name) => void done('create', addon.treeMkdir(dir, name)),
    unlink: (dir, name) => void done('remove', addon.treeUnlink(dir, name, false)),
    rmdir: (dir, name) => void done('remove', addon.treeUnlink(dir, name, true)),
    rename: (fromDir, from, toDir, to) => void done('rename', addon.treeRename(fromDir, from, toDir, to)),
    link: (fromDir, from, toDir, to) => void done('link', addon.treeLink(fromDir, from, toDir, to)),
    clone: (from, to) => void done('clone', addon.treeClone(from, to)),
    copyRange: (from, to, offset, end) => void done('copy', addon.treeCopyRange(from, to, offset, end)),
    copyAttributes: (from, to) => void done('copy the attributes of', addon.treeCopyAttributes(from, to)),
    copyNode: (fromDir, name, toDir) => void done('copy', addon.treeCopyNode(fromDir, name, toDir)),
    syncfs: (fd) => void done('sync', addon.syncfs(fd)),
    fsync: fsyncSync,
  };
}

function entryOf(fields: BigInt64Array): Entry {
  const [mode = 0n, size = 0n, inode = 0n, links = 0n, device = 0n, mount = 0n, changed = 0n, altered = 0n, born = 0n] =
    fields;
  const bits = mode & kindBits;
  return {
    kind: kinds.get(bits) ?? 'node',
    isSymlink: bits === symlinkBits,
    size: Number(size),
    links,
    inode,
    // Where the kernel tells no mounts, devices stand for them.
    mount: mount === 0n ? device : mount,
    changed,
    altered,
    get identity() {
      return `${inode}:${born}`;
    },
    isAsAt(earlier) {
      return altered === earlier.altered && changed === earlier.changed && this.size === earlier.size;
    },
  };
}
