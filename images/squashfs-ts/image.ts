import { readDirectory } from './directory.ts';
import { corrupt, SquashfsError } from './error.ts';
import { findInode } from './export.ts';
import { type ByteRange, FileData } from './file-data.ts';
import { type EntryType, type FileInode, type Inode, readInode } from './inode.ts';
import { DEFAULT_MAX_FILE_BYTES, MAX_WALK_ENTRIES, SUPERBLOCK_BYTES } from './limits.ts';
import type { InodeReference } from './place.ts';
import { resolvePath } from './resolve.ts';
import type { SquashfsSource } from './source.ts';
import { type SquashfsStat, statOf } from './stat.ts';
import { parseSuperblock, type Superblock } from './superblock.ts';
import { readIds } from './table.ts';
import { type Volume, volumeOf } from './volume.ts';
import { walkTree } from './walk.ts';
import { readXattrs, type Xattrs } from './xattr.ts';

/** What a method works on: a path, or a reference that `walk`, `reference` or the superblock gave. */
export type SquashfsTarget = string | InodeReference;

/** An entry of a directory. */
export interface DirectoryEntry {
  /** Bytes that are not UTF-8 show as U+FFFD; such an entry cannot be opened by path. */
  readonly name: string;
  readonly type: EntryType;
}

/** An entry met by `walk`. */
export interface WalkEntry {
  /** Relative to the directory the walk began in, without a leading slash. */
  readonly path: string;
  readonly stat: SquashfsStat;
  /** In place of the path: with it nothing needs to be looked up again, and names that are not UTF-8 do no harm. */
  readonly reference: InodeReference;
}

/** Part of a file: `length` bytes from `offset` on, or fewer where the file ends. */
export interface RangeOptions {
  readonly offset?: number;
  readonly length?: number;
}

function rangeOf(file: FileInode, { offset = 0, length = Number.MAX_SAFE_INTEGER }: RangeOptions): ByteRange {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new RangeError(`cannot read ${length} bytes at ${offset}: no whole numbers from 0 on`);
  }
  const from = Math.min(offset, file.size);
  return { from, to: from + Math.min(length, file.size - from) };
}

function checkSize(target: SquashfsTarget, { from, to }: ByteRange, maxBytes: number): void {
  if (to - from <= maxBytes) return;
  const what = `cannot read ${JSON.stringify(target)}: ${to - from} bytes, at most ${maxBytes} allowed`;
  throw new SquashfsError('too-large', what);
}

/**
 * A squashfs 4.0 image, read without mounting. Paths are relative to its root and use "/"; symlinks are followed inside the
 * image only. Memory is bounded whatever the image holds: 256 KiB of metadata, two fragment blocks and two data blocks, the
 * id table (at most 256 KiB), and three blocks for each stream under way.
 *
 * Every method may throw a SquashfsError (`corrupt`, `truncated`, and what its own description says).
 */
export class SquashfsImage {
  readonly superblock: Superblock;
  readonly #source: SquashfsSource;
  readonly #volume: Volume;
  readonly #data: FileData;
  readonly #ids: Uint32Array;

  private constructor(source: SquashfsSource, volume: Volume, ids: Uint32Array) {
    this.superblock = volume.storage.superblock;
    this.#source = source;
    this.#volume = volume;
    this.#data = new FileData(volume);
    this.#ids = ids;
  }

  /**
   * Reads superblock and id table. The image takes the source over: it closes it in `close()`, and here if this throws.
   * Throws `not-squashfs`, `unsupported-version`, `unsupported-compression`, `truncated`, `corrupt`.
   */
  static async open(source: SquashfsSource): Promise<SquashfsImage> {
    try {
      const head = await source.read(0, Math.min(SUPERBLOCK_BYTES, source.size));
      const volume = volumeOf(source, parseSuperblock(head, source.size));
      return new SquashfsImage(source, volume, await readIds(volume));
    } catch (error) {
      await source.close?.();
      throw error;
    }
  }

  /** What a path names, symlinks followed. Throws `not-found`, `not-a-directory`, `loop`. */
  async stat(target: SquashfsTarget): Promise<SquashfsStat> {
    return this.#stat(await this.#inode(target, true));
  }

  /** Like `stat`, but a symlink at the end of the path is reported itself. */
  async lstat(target: SquashfsTarget): Promise<SquashfsStat> {
    return this.#stat(await this.#inode(target, false));
  }

  /** Extended attributes, symlinks followed; an empty map where there are none. Throws `too-large` beyond 4096 or 1 MiB. */
  async xattrs(target: SquashfsTarget): Promise<Xattrs> {
    return this.#xattrs(await this.#inode(target, true));
  }

  /** Like `xattrs`, but of a symlink at the end of the path itself. */
  async lxattrs(target: SquashfsTarget): Promise<Xattrs> {
    return this.#xattrs(await this.#inode(target, false));
  }

  /** The inode of that number, by the export table. Throws `not-found` where the image has no such table or inode. */
  reference(inode: number): Promise<InodeReference> {
    return findInode(this.#volume, inode);
  }

  /** The entries of a directory, in the order of their names' bytes. Throws `not-a-directory`, `too-large`. */
  async list(target: SquashfsTarget): Promise<DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for await (const run of readDirectory(this.#volume, await this.#directory(target))) {
      for (const { name, type } of run) entries.push({ name: Buffer.from(name).toString(), type });
    }
    return entries;
  }

  /**
   * Everything below a directory, depth first, without the directory itself. Throws `not-a-directory`, `loop`, and
   * `too-large` after `maxEntries` (1048576).
   */
  async *walk(target: SquashfsTarget = '', options: { readonly maxEntries?: number } = {}): AsyncGenerator<WalkEntry> {
    const from = await this.#directory(target);
    const maxEntries = options.maxEntries ?? MAX_WALK_ENTRIES;
    for await (const { path, inode, reference } of walkTree(this.#volume, from, { maxEntries })) {
      yield { path, stat: this.#stat(inode), reference };
    }
  }

  /**
   * A whole file. Throws `not-a-file`, and `too-large` before reading where the file is longer than `maxBytes` (64 MiB).
   */
  async readFile(target: SquashfsTarget, options: { readonly maxBytes?: number } = {}): Promise<Uint8Array> {
    const file = await this.#file(target);
    const range = rangeOf(file, {});
    checkSize(target, range, options.maxBytes ?? DEFAULT_MAX_FILE_BYTES);
    const content = new Uint8Array(file.size);
    let done = 0;
    for await (const piece of this.#data.pieces(file, range)) {
      content.set(piece, done);
      done += piece.byteLength;
    }
    return content;
  }

  /**
   * Part of a file, for reading here and there: the blocks used last are kept. What is returned is shorter where the file
   * ends. Throws `not-a-file`, and a RangeError for numbers that are none.
   */
  async read(target: SquashfsTarget, range: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    const file = await this.#file(target);
    return this.#data.bytes(file, rangeOf(file, range));
  }

  /**
   * A file, or part of it, block by block. From the second block on two more are read ahead. A hole comes as zeros: a small
   * image can describe an enormous file, so give `maxBytes` where its size has not been looked at. Throws `not-a-file`,
   * `too-large`.
   */
  async *stream(
    target: SquashfsTarget,
    options: RangeOptions & { readonly maxBytes?: number } = {},
  ): AsyncGenerator<Uint8Array> {
    const file = await this.#file(target);
    const range = rangeOf(file, options);
    checkSize(target, range, options.maxBytes ?? Number.MAX_SAFE_INTEGER);
    yield* this.#data.pieces(file, range);
  }

  /** Closes the source. */
  async close(): Promise<void> {
    await this.#source.close?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #inode(target: SquashfsTarget, follow: boolean): Promise<Inode> {
    if (typeof target === 'string') return resolvePath(this.#volume, target, follow);
    const { block, offset } = target;
    if (!Number.isSafeInteger(block) || !Number.isSafeInteger(offset) || block < 0 || offset < 0) {
      throw new RangeError(`cannot read inode at ${block}, ${offset}: no reference to an inode`);
    }
    return readInode(this.#volume, target);
  }

  async #directory(target: SquashfsTarget) {
    const inode = await this.#inode(target, true);
    if (inode.type === 'directory') return inode;
    throw new SquashfsError('not-a-directory', `cannot list ${JSON.stringify(target)}: it is a ${inode.type}`);
  }

  async #file(target: SquashfsTarget): Promise<FileInode> {
    const inode = await this.#inode(target, true);
    if (inode.type === 'file') return inode;
    throw new SquashfsError('not-a-file', `cannot read ${JSON.stringify(target)}: it is a ${inode.type}`);
  }

  async #xattrs({ xattrs }: Inode): Promise<Xattrs> {
    return xattrs === undefined ? new Map() : readXattrs(this.#volume, xattrs);
  }

  #stat(inode: Inode): SquashfsStat {
    const uid = this.#ids[inode.uidIndex];
    const gid = this.#ids[inode.gidIndex];
    if (uid === undefined || gid === undefined) throw corrupt(`cannot read inode ${inode.number}: unknown owner`);
    return statOf(inode, uid, gid);
  }
}
