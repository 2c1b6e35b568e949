import { readDirectory } from './directory.ts';
import { corrupt, SquashfsError } from './error.ts';
import { FileData } from './file-data.ts';
import type { EntryType, FileInode, Inode } from './inode.ts';
import { DEFAULT_MAX_FILE_BYTES, MAX_WALK_ENTRIES, SUPERBLOCK_BYTES } from './limits.ts';
import { resolvePath } from './resolve.ts';
import type { SquashfsSource } from './source.ts';
import { type SquashfsStat, statOf } from './stat.ts';
import { parseSuperblock, type Superblock } from './superblock.ts';
import { readIds } from './table.ts';
import { type Volume, volumeOf } from './volume.ts';
import { walkTree } from './walk.ts';

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
}

function notAFile(path: string, type: EntryType): SquashfsError {
  return new SquashfsError('not-a-file', `cannot read ${JSON.stringify(path)}: it is a ${type}`);
}

/**
 * A squashfs 4.0 image, read without mounting. Paths are relative to its root and use "/"; symlinks are followed inside the
 * image only. Memory is bounded whatever the image holds: 256 KiB of metadata, two fragment blocks, the id table (at most
 * 256 KiB), and one block for each stream under way.
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
  async stat(path: string): Promise<SquashfsStat> {
    return this.#stat(await resolvePath(this.#volume, path, true));
  }

  /** Like `stat`, but a symlink at the end of the path is reported itself. */
  async lstat(path: string): Promise<SquashfsStat> {
    return this.#stat(await resolvePath(this.#volume, path, false));
  }

  /** The entries of a directory, in the order of their names' bytes. Throws `not-a-directory`, `too-large` (262144). */
  async list(path: string): Promise<DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for await (const run of readDirectory(this.#volume, await this.#directory(path))) {
      for (const { name, type } of run) entries.push({ name: Buffer.from(name).toString(), type });
    }
    return entries;
  }

  /**
   * Everything below a directory, depth first, without the directory itself. Throws `not-a-directory`, `loop`, and
   * `too-large` after `maxEntries` (1048576).
   */
  async *walk(path = '', options: { readonly maxEntries?: number } = {}): AsyncGenerator<WalkEntry> {
    const from = await this.#directory(path);
    for await (const step of walkTree(this.#volume, from, { maxEntries: options.maxEntries ?? MAX_WALK_ENTRIES })) {
      yield { path: step.path, stat: this.#stat(step.inode) };
    }
  }

  /**
   * A whole file. Throws `not-a-file`, and `too-large` before reading where the file is longer than `maxBytes` (64 MiB).
   */
  async readFile(path: string, options: { readonly maxBytes?: number } = {}): Promise<Uint8Array> {
    const file = await this.#file(path, options.maxBytes ?? DEFAULT_MAX_FILE_BYTES);
    const content = new Uint8Array(file.size);
    let done = 0;
    for await (const block of this.#data.blocks(file)) {
      content.set(block, done);
      done += block.byteLength;
    }
    return content;
  }

  /**
   * A file block by block; no more than one block is held. A hole comes as zeros: a small image can describe an enormous
   * file, so give `maxBytes` where its size has not been looked at. Throws `not-a-file`, `too-large`.
   */
  async *stream(path: string, options: { readonly maxBytes?: number } = {}): AsyncGenerator<Uint8Array> {
    yield* this.#data.blocks(await this.#file(path, options.maxBytes ?? Number.MAX_SAFE_INTEGER));
  }

  /** Closes the source. */
  async close(): Promise<void> {
    await this.#source.close?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #directory(path: string) {
    const inode = await resolvePath(this.#volume, path, true);
    if (inode.type === 'directory') return inode;
    throw new SquashfsError('not-a-directory', `cannot list ${JSON.stringify(path)}: it is a ${inode.type}`);
  }

  async #file(path: string, maxBytes: number): Promise<FileInode> {
    const inode = await resolvePath(this.#volume, path, true);
    if (inode.type !== 'file') throw notAFile(path, inode.type);
    if (inode.size <= maxBytes) return inode;
    throw new SquashfsError(
      'too-large',
      `cannot read ${JSON.stringify(path)}: ${inode.size} bytes, at most ${maxBytes} allowed`,
    );
  }

  #stat(inode: Inode): SquashfsStat {
    const uid = this.#ids[inode.uidIndex];
    const gid = this.#ids[inode.gidIndex];
    if (uid === undefined || gid === undefined) throw corrupt(`cannot read inode ${inode.number}: unknown owner`);
    return statOf(inode, uid, gid);
  }
}
