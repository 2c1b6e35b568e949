/**
 * The disk port on real file systems. The order is always the same: write under a temporary name, fsync, (read back,) rename,
 * fsync what was renamed, fsync the directory.
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import {
  DEFAULT_DIRECTORY_MODE,
  DEFAULT_FILE_MODE,
  type Disk,
  type DiskStat,
  isTemporary,
  type ReplaceOptions,
  type StreamOptions,
  type StreamResult,
  temporaryName,
} from './disk.ts';
import { DiskError, diskErrorFrom } from './disk-error.ts';
import { ForeignError, marked, readPieces, readUpTo, syncDirectory, syncMoved, writeAll } from './disk-io.ts';
import type { DurableWrite, Moment, WriteWitness } from './durable.ts';
import { Hasher } from './hashing.ts';

/** What drops the page cache, so that reading back reads the medium; `native()` satisfies it. */
export interface PageCache {
  fadviseDontNeed(fd: number): void;
  blkflsbuf(fd: number): void;
}

/** Nothing, for what is not there. */
function missing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

class RealDisk implements Disk {
  readonly #cache: PageCache;
  readonly #witness: WriteWitness;
  readonly #open = new Set<string>();
  /** Set once the witness has thrown: the power is off, and tidying up would be a lie. */
  #dead = false;

  constructor(cache: PageCache, witness: WriteWitness) {
    this.#cache = cache;
    this.#witness = witness;
  }

  async replace(path: string, bytes: Uint8Array, options: ReplaceOptions = {}): Promise<void> {
    await this.#viaTemporary({ op: 'replace', path }, async (temporary) => {
      const handle = await this.#create(temporary, options.mode);
      try {
        await writeAll(handle, bytes, 0);
        await handle.sync();
        if (options.verify) await this.#compare(handle, bytes, 0, path);
      } finally {
        await handle.close();
      }
    });
  }

  async swapSymlink(target: string, path: string): Promise<void> {
    await this.#viaTemporary({ op: 'symlink', path }, async (temporary) => {
      await fs.rm(temporary, { recursive: true, force: true });
      await fs.symlink(target, temporary);
    });
  }

  async writeStream(path: string, source: AsyncIterable<Uint8Array>, options: StreamOptions): Promise<StreamResult> {
    return await this.#viaTemporary({ op: 'stream', path }, async (temporary) => {
      const handle = await this.#create(temporary, options.mode);
      try {
        const result = await this.#pour(handle, path, source, options.maxBytes);
        const { size = result.size, sha256 = result.sha256 } = options.expected ?? {};
        if (size !== result.size || sha256 !== result.sha256) {
          const detail = `${result.size} bytes with SHA-256 ${result.sha256} came instead of ${size} with ${sha256}`;
          throw new DiskError('mismatch', 'write', path, { detail });
        }
        await handle.sync();
        if (options.verify !== false && (await this.#digestOnMedium(handle)) !== result.sha256) {
          throw new DiskError('read-back', 'write', path);
        }
        return result;
      } finally {
        await handle.close();
      }
    });
  }

  async rewrite(path: string, bytes: Uint8Array, options: { readonly offset?: number } = {}): Promise<void> {
    const { offset = 0 } = options;
    await this.#guard('rewrite', path, async () => {
      const handle = await fs.open(path, constants.O_RDWR);
      try {
        const there = await readUpTo(handle, offset, bytes.length);
        if (there.length !== bytes.length) throw new DiskError('bad-size', 'rewrite', path);
        this.#announce({ op: 'rewrite', path, offset }, 'before');
        await writeAll(handle, bytes, offset);
        this.#announce({ op: 'rewrite', path, offset }, 'inside');
        await handle.sync();
        await this.#compare(handle, bytes, offset, path);
        this.#announce({ op: 'rewrite', path, offset }, 'after');
      } finally {
        await handle.close();
      }
    });
  }

  async mkdir(path: string, options: { readonly mode?: number } = {}): Promise<void> {
    await this.#guard('create', path, async () => {
      const missing: string[] = [];
      for (let at = path; (await this.stat(at)) === undefined; at = dirname(at)) missing.unshift(at);
      for (const folder of missing) {
        this.#announce({ op: 'mkdir', path: folder }, 'before');
        await fs.mkdir(folder);
        await fs.chmod(folder, options.mode ?? DEFAULT_DIRECTORY_MODE);
        this.#announce({ op: 'mkdir', path: folder }, 'inside');
        await syncDirectory(folder);
        await syncDirectory(dirname(folder));
        this.#announce({ op: 'mkdir', path: folder }, 'after');
      }
      if (missing.length === 0 && !(await fs.stat(path)).isDirectory()) throw new DiskError('exists', 'create', path);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#guard('rename', from, async () => {
      if (!isAbsolute(to)) throw new DiskError('bad-path', 'rename to', JSON.stringify(to));
      await fs.lstat(from);
      this.#announce({ op: 'rename', path: to }, 'before');
      await fs.rename(from, to);
      this.#announce({ op: 'rename', path: to }, 'inside');
      await syncMoved(to);
      await syncDirectory(dirname(to));
      if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
      this.#announce({ op: 'rename', path: to }, 'after');
    });
  }

  async remove(path: string): Promise<void> {
    await this.#guard('remove', path, async () => {
      const kind = (await this.stat(path))?.kind;
      if (kind === undefined) return;
      this.#announce({ op: 'remove', path }, 'before');
      if (kind === 'directory') {
        // First out of sight, so that a power cut half-way never leaves a directory that looks whole.
        const temporary = temporaryName(path);
        await fs.rm(temporary, { recursive: true, force: true });
        await fs.rename(path, temporary);
        await syncDirectory(dirname(path));
        this.#announce({ op: 'remove', path }, 'inside');
        await fs.rm(temporary, { recursive: true });
      } else {
        await fs.unlink(path);
        this.#announce({ op: 'remove', path }, 'inside');
      }
      await syncDirectory(dirname(path));
      this.#announce({ op: 'remove', path }, 'after');
    });
  }

  async readFile(path: string, { maxBytes }: { readonly maxBytes: number }): Promise<Uint8Array> {
    const bytes = await this.readRange(path, 0, maxBytes + 1);
    if (bytes.length <= maxBytes) return bytes;
    throw new DiskError('too-large', 'read', path, { detail: `it is larger than ${maxBytes} bytes` });
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
    return await this.#guard('read', path, async () => {
      const handle = await fs.open(path, constants.O_RDONLY);
      try {
        return await readUpTo(handle, offset, length);
      } finally {
        await handle.close();
      }
    });
  }

  async *readStream(path: string): AsyncGenerator<Uint8Array> {
    const handle = await this.#guard('read', path, () => fs.open(path, constants.O_RDONLY));
    try {
      await this.#dropCache(handle);
      yield* readPieces(handle);
      await this.#dropCache(handle);
    } catch (error) {
      throw diskErrorFrom(error, 'read', path);
    } finally {
      await handle.close();
    }
  }

  async readLink(path: string): Promise<string> {
    return await this.#guard('read the link', path, async () => await fs.readlink(path));
  }

  async list(path: string): Promise<string[]> {
    return await this.#guard('list', path, async () =>
      (await fs.readdir(path)).filter((name) => !isTemporary(name)).sort(),
    );
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    return await this.#guard('look at', path, async () => {
      const stats = await fs.lstat(path).catch(missing);
      if (stats === undefined) return undefined;
      const mode = stats.mode & 0o7777;
      if (stats.isFile()) return { kind: 'file', size: stats.size, mode };
      if (stats.isDirectory()) return { kind: 'directory', size: stats.size, mode };
      if (stats.isSymbolicLink()) return { kind: 'symlink', size: stats.size, mode };
      return { kind: stats.isBlockDevice() ? 'device' : 'other', size: 0, mode };
    });
  }

  async free(path: string): Promise<number> {
    return await this.#guard('measure', path, async () => {
      const { bavail, bsize } = await fs.statfs(path);
      return bavail * bsize;
    });
  }

  async sweep(path: string): Promise<string[]> {
    return await this.#guard('sweep', path, async () => {
      const names = (await fs.readdir(path)).filter((name) => isTemporary(name)).sort();
      for (const name of names) await this.remove(join(path, name));
      return names;
    });
  }

  /** Lets `write` make the temporary file and renames it; a failed write leaves nothing. */
  async #viaTemporary<T>(durable: DurableWrite, write: (temporary: string) => Promise<T>): Promise<T> {
    const { path } = durable;
    const temporary = temporaryName(path);
    return await this.#guard('write', path, async () => {
      if (this.#open.has(temporary))
        throw new DiskError('busy', 'write', path, { detail: 'it is being written already' });
      this.#open.add(temporary);
      try {
        this.#announce(durable, 'before');
        const result = await write(temporary);
        this.#announce(durable, 'inside');
        await fs.rename(temporary, path);
        await syncMoved(path);
        await syncDirectory(dirname(path));
        this.#announce(durable, 'after');
        return result;
      } catch (error) {
        // The first error is the one to report; sweep() takes what cannot be removed now.
        if (!this.#dead) await fs.rm(temporary, { force: true }).catch(() => {});
        throw error;
      } finally {
        this.#open.delete(temporary);
      }
    });
  }

  async #create(temporary: string, mode = DEFAULT_FILE_MODE): Promise<fs.FileHandle> {
    await fs.rm(temporary, { recursive: true, force: true });
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const handle = await fs.open(temporary, flags, 0o600);
    try {
      await handle.chmod(mode);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  /** Copies the source to the file, counting and hashing. */
  async #pour(
    handle: fs.FileHandle,
    path: string,
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<StreamResult> {
    const hasher = new Hasher();
    let size = 0;
    for await (const chunk of marked(source)) {
      if (size + chunk.length > maxBytes) {
        throw new DiskError('too-large', 'write', path, { detail: `it is larger than ${maxBytes} bytes` });
      }
      await hasher.update(chunk);
      await writeAll(handle, chunk, size);
      size += chunk.length;
    }
    return { size, sha256: await hasher.digest() };
  }

  async #compare(handle: fs.FileHandle, bytes: Uint8Array, offset: number, path: string): Promise<void> {
    await this.#dropCache(handle);
    const there = await readUpTo(handle, offset, bytes.length);
    if (Buffer.compare(there, bytes) !== 0) throw new DiskError('read-back', 'write', path);
  }

  async #digestOnMedium(handle: fs.FileHandle): Promise<string> {
    await this.#dropCache(handle);
    const hasher = new Hasher();
    for await (const piece of readPieces(handle)) await hasher.update(piece);
    return await hasher.digest();
  }

  async #dropCache(handle: fs.FileHandle): Promise<void> {
    if ((await handle.stat()).isBlockDevice()) this.#cache.blkflsbuf(handle.fd);
    this.#cache.fadviseDontNeed(handle.fd);
  }

  #announce(write: DurableWrite, moment: Moment): void {
    try {
      this.#witness(write, moment);
    } catch (error) {
      this.#dead = true;
      throw error;
    }
  }

  /** Turns what system calls throw into DiskErrors; what the witness or a source threw passes as it is. */
  async #guard<T>(action: string, path: string, body: () => Promise<T>): Promise<T> {
    if (!isAbsolute(path) || path.includes('\0')) throw new DiskError('bad-path', action, JSON.stringify(path));
    try {
      return await body();
    } catch (error) {
      if (this.#dead) throw error;
      if (error instanceof ForeignError) throw error.cause;
      throw diskErrorFrom(error, action, path);
    }
  }
}

/** The disk of this machine. `witness` is called at every moment of every durable write; a product passes none. */
export function realDisk(cache: PageCache, witness: WriteWitness = () => {}): Disk {
  return new RealDisk(cache, witness);
}
