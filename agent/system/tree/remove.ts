/**
 * Removes a tree, whoever may still change it: nothing outside of it is touched, and nothing that is mounted in it.
 *
 * A tree can be deeper than there are descriptors or than a path can name: what is very deep is moved up first.
 */
import { fchmodSync } from 'node:fs';
import { DiskError, diskErrorFrom } from '../disk-error.ts';
import { CallError, isErrno, type Name, shown, type TreeCalls } from './calls.ts';
import type { Pace } from './pace.ts';
import { DirectoryReader } from './reader.ts';

const maxDepth = 200;
const itself = new Uint8Array(0);

interface Level {
  readonly name: Name;
  readonly fd: number;
  reader: DirectoryReader;
  /** Something of it went in this round. */
  isLess: boolean;
}

/**
 * What has no such name in the open directory `dir` is removed already.
 * @throws DiskError, WorkStopped
 */
export async function removeTree(calls: TreeCalls, dir: number, name: Name, pace: Pace): Promise<void> {
  const remover = new TreeRemover(calls, pace);
  try {
    await remover.run(dir, name);
  } catch (error) {
    throw error instanceof CallError ? diskErrorFrom(error, 'remove', remover.where()) : error;
  } finally {
    remover.close();
  }
}

class TreeRemover {
  readonly #calls: TreeCalls;
  readonly #pace: Pace;
  readonly #levels: Level[] = [];
  #mount = 0n;
  #moved = 0;
  #at: Name = itself;

  constructor(calls: TreeCalls, pace: Pace) {
    this.#calls = calls;
    this.#pace = pace;
  }

  async run(dir: number, name: Name): Promise<void> {
    this.#mount = this.#calls.stat(dir, itself).mount;
    this.#remove(dir, name);
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const entry = level.reader.next();
      if (entry === undefined) this.#leave(level, this.#levels.at(-2)?.fd ?? dir);
      else this.#remove(level.fd, entry);
      const rest = this.#pace.step();
      if (rest !== undefined) await rest;
    }
  }

  where(): string {
    return shown([...this.#levels.map(({ name }) => name), this.#at]);
  }

  close(): void {
    for (const { fd } of this.#levels.splice(0)) this.#calls.close(fd);
  }

  #remove(dir: number, name: Name): void {
    this.#at = name;
    try {
      this.#calls.unlink(dir, name);
      this.#progress();
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return;
      // What unlink(2) says of a directory, on Linux and by POSIX.
      if (!isErrno(error, 'EISDIR', 'EPERM')) throw error;
      if (isErrno(error, 'EPERM') && this.#calls.stat(dir, name).kind !== 'directory') throw error;
      this.#enter(dir, name);
    }
  }

  #enter(dir: number, name: Name): void {
    const top = this.#levels[0];
    if (this.#levels.length >= maxDepth && top !== undefined) {
      this.#moved += 1;
      // A free name: others may have been moved there in an earlier run.
      const { inode } = this.#calls.stat(dir, name);
      this.#calls.rename(dir, name, top.fd, Buffer.from(`.moved-${inode}-${this.#moved}`));
      top.isLess = true;
      return;
    }
    const fd = this.#calls.directory(dir, name);
    try {
      if (this.#calls.stat(fd, itself).mount !== this.#mount) {
        throw new DiskError('busy', 'remove', this.where(), { detail: 'something is mounted there' });
      }
      // Others than root have to be let into what is theirs.
      if (process.geteuid?.() !== 0) fchmodSync(fd, 0o700);
    } catch (error) {
      this.#calls.close(fd);
      throw error;
    }
    this.#levels.push({ name, fd, reader: new DirectoryReader(this.#calls, fd), isLess: false });
  }

  #leave(level: Level, parent: number): void {
    this.#at = itself;
    try {
      this.#calls.rmdir(parent, level.name);
    } catch (error) {
      // Names that came while it was read, or that the file system did not show: once more, as long as that helps.
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST') && level.isLess) {
        this.#again(level);
        return;
      }
      if (!isErrno(error, 'ENOENT')) throw error;
    }
    this.#levels.pop();
    this.#calls.close(level.fd);
    this.#progress();
  }

  #again(level: Level): void {
    const fd = this.#calls.directory(level.fd, Buffer.from('.'));
    this.#calls.close(level.fd);
    this.#levels[this.#levels.length - 1] = {
      ...{ name: level.name, fd, isLess: false },
      reader: new DirectoryReader(this.#calls, fd),
    };
  }

  #progress(): void {
    const level = this.#levels.at(-1);
    if (level !== undefined) level.isLess = true;
  }
}
