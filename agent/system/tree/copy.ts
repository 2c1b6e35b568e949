/**
 * Copies a tree as `cp -a` does: owners, modes, times, extended attributes and ACLs, holes, hard links inside of it, symlinks as
 * they are, pipes, sockets and devices; shared content where the file system has that. What is mounted in it is not entered.
 *
 * Whoever owns the tree may change it meanwhile: nothing outside of it is read, and what goes away is left out. Memory does not
 * grow with the tree: each file with several names is kept under one more name, in a directory of its own, until all is copied.
 */
import { DiskError, diskErrorFrom } from '../disk-error.ts';
import { CallError, type Entry, isErrno, type Name, shown, type TreeCalls } from './calls.ts';
import { copyFile, type FileCopier } from './copy-file.ts';
import type { Pace } from './pace.ts';
import { DirectoryReader } from './reader.ts';
import { removeTree } from './remove.ts';

/** As deep as a path can name it. */
const maxDepth = 2048;
/** How often it is looked again at what became something else. */
const looks = 3;
const itself = new Uint8Array(0);

interface Level {
  readonly name: Name;
  readonly from: number;
  readonly to: number;
  readonly reader: DirectoryReader;
}

export interface CopyRequest {
  /** The open directory that both names are in. */
  readonly dir: number;
  readonly from: Name;
  /** Not there, and nobody else's. */
  readonly to: Name;
  /** The same, for a while; removed in the end. */
  readonly links: Name;
}

/** @throws DiskError, WorkStopped; what was made so far is left, for whoever removes it */
export async function copyTree(calls: TreeCalls, request: CopyRequest, pace: Pace): Promise<void> {
  const copier = new TreeCopier(calls, request, pace);
  try {
    await copier.run();
  } catch (error) {
    throw error instanceof CallError ? diskErrorFrom(error, 'copy', copier.where()) : error;
  } finally {
    copier.close();
  }
  await removeTree(calls, request.dir, request.links, pace);
}

class TreeCopier implements FileCopier {
  readonly calls: TreeCalls;
  mayClone = true;
  readonly #request: CopyRequest;
  readonly #pace: Pace;
  readonly #levels: Level[] = [];
  #mount = 0n;
  #links: number | undefined;
  #at: Name;

  constructor(calls: TreeCalls, request: CopyRequest, pace: Pace) {
    this.calls = calls;
    this.#request = request;
    this.#pace = pace;
    this.#at = request.from;
  }

  async run(): Promise<void> {
    const { dir, from, to } = this.#request;
    this.#enter(dir, from, dir, to);
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const name = level.reader.next();
      this.#at = name ?? itself;
      if (name === undefined) this.#leave(level);
      else await this.#copy(level, name);
      const rest = this.#pace.step();
      if (rest !== undefined) await rest;
    }
  }

  copied(bytes: number): Promise<void> | undefined {
    return this.#pace.step(bytes);
  }

  /** What it is at, in words. */
  where(): string {
    return shown([...this.#levels.map(({ name }) => name), this.#at]);
  }

  close(): void {
    for (const { from, to } of this.#levels.splice(0)) {
      this.calls.close(from);
      this.calls.close(to);
    }
    if (this.#links !== undefined) this.calls.close(this.#links);
    this.#links = undefined;
  }

  async #copy(level: Level, name: Name): Promise<void> {
    for (let look = 0; look < looks; look++) {
      const entry = this.#look(level, name);
      if (entry === undefined || (await this.#copyEntry(level, name, entry))) return;
    }
  }

  /** Nothing where it is gone. */
  #look(level: Level, name: Name): Entry | undefined {
    try {
      return this.calls.stat(level.from, name);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** @returns false where it has become something else meanwhile */
  async #copyEntry(level: Level, name: Name, entry: Entry): Promise<boolean> {
    if (entry.kind === 'directory') return this.#enter(level.from, name, level.to, name);
    // Mounted over a file of the tree, which nobody sees now.
    if (entry.mount !== this.#mount) return true;
    const isShared = entry.links > 1n;
    if (isShared && this.#linked(entry, level.to, name)) return true;
    const isMade = entry.kind === 'file' ? await copyFile(this, level.from, name, level.to) : this.#node(level, name);
    if (isMade && isShared) this.#remember(entry, level.to, name);
    return isMade;
  }

  #node(level: Level, name: Name): boolean {
    try {
      this.calls.copyNode(level.from, name, level.to);
      return true;
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'EAGAIN')) return false;
      throw error;
    }
  }

  /** @returns false where no directory has that name any more */
  #enter(fromDir: number, name: Name, toDir: number, newName: Name): boolean {
    const isTop = this.#levels.length === 0;
    const from = this.#open(fromDir, name, isTop);
    if (from === undefined) return false;
    let to: number | undefined;
    try {
      const { mount } = this.calls.stat(from, itself);
      if (isTop) this.#mount = mount;
      if (this.#levels.length === maxDepth) {
        throw new DiskError('bad-path', 'copy', this.where(), { detail: `it is deeper than ${maxDepth} directories` });
      }
      this.calls.mkdir(toDir, newName);
      to = this.calls.directory(toDir, newName);
      const level = { name, from, to, reader: new DirectoryReader(this.calls, from) };
      this.#levels.push(level);
      // A place for something mounted stays a place.
      if (mount !== this.#mount) this.#leave(level);
      return true;
    } catch (error) {
      if (this.#levels.at(-1)?.from !== from) this.calls.close(from);
      if (to !== undefined && this.#levels.at(-1)?.to !== to) this.calls.close(to);
      throw error;
    }
  }

  #open(dir: number, name: Name, isTop: boolean): number | undefined {
    try {
      return this.calls.directory(dir, name);
    } catch (error) {
      if (!isTop && isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
  }

  /** Last of all, so that what is in it changes none of its times, and it is as closed as it was. */
  #leave(level: Level): void {
    this.calls.copyAttributes(level.from, level.to);
    this.#levels.pop();
    this.calls.close(level.from);
    this.calls.close(level.to);
  }

  /** Gives a file that was copied under another name this one too. @returns false where it was not */
  #linked({ inode }: Entry, toDir: number, name: Name): boolean {
    if (this.#links === undefined) return false;
    try {
      this.calls.link(this.#links, keyOf(inode), toDir, name);
      return true;
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'EMLINK')) return false;
      throw error;
    }
  }

  #remember({ inode }: Entry, toDir: number, name: Name): void {
    const { dir, links } = this.#request;
    if (this.#links === undefined) {
      this.calls.mkdir(dir, links);
      this.#links = this.calls.directory(dir, links);
    }
    try {
      this.calls.link(toDir, name, this.#links, keyOf(inode));
    } catch (error) {
      // As many names as a file can have, or one whose copy is another one's by now.
      if (!isErrno(error, 'EMLINK', 'EEXIST')) throw error;
    }
  }
}

function keyOf(inode: bigint): Name {
  return Buffer.from(String(inode));
}
