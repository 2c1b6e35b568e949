/**
 * Directories of strangers: what is in one is reached only through the open directory itself, and no name is ever followed, so
 * that whoever moves things about meanwhile leads nobody out of the tree. The kernel shows open directories in `/proc/self/fd`.
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

/** A name or a path of the file system: its bytes as latin1, since they need not be text. */
export type Name = string;

export function nameOf(text: string): Name {
  return Buffer.from(text).toString('latin1');
}

/** For people. */
export function shownName(name: Name): string {
  return JSON.stringify(Buffer.from(name, 'latin1').toString());
}

const asDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export class Directory {
  readonly #handle: fs.FileHandle;

  private constructor(handle: fs.FileHandle) {
    this.#handle = handle;
  }

  /** By its path, which is followed but for its last name. */
  static async at(path: string): Promise<Directory> {
    return new Directory(await fs.open(path, asDirectory));
  }

  /** A name in it, for calls that take a path; never one with a slash. */
  path(name: Name): Buffer {
    return Buffer.concat([Buffer.from(`/proc/self/fd/${this.#handle.fd}/`), Buffer.from(name, 'latin1')]);
  }

  /** The same for callers that take texts; the name is plain ASCII. */
  textPath(name: string): string {
    return `/proc/self/fd/${this.#handle.fd}/${name}`;
  }

  async open(name: Name): Promise<Directory> {
    return new Directory(await fs.open(this.path(name), asDirectory));
  }

  /** `undefined` where none of that name is there; what is no directory does not count. */
  async find(name: Name): Promise<Directory | undefined> {
    return await this.open(name).catch(absent);
  }

  /** Sorted. */
  async names(): Promise<Name[]> {
    const names = await fs.readdir(this.textPath('.'), { encoding: 'buffer' });
    return names.map((name) => name.toString('latin1')).sort();
  }

  /** Of what has that name itself; `undefined` where nothing has. */
  async stat(name: Name): Promise<Awaited<ReturnType<typeof statOf>> | undefined> {
    return await statOf(this.path(name)).catch(absent);
  }

  /** The open directory's own. */
  get handle(): fs.FileHandle {
    return this.#handle;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function statOf(path: Buffer) {
  return await fs.lstat(path, { bigint: true });
}

const absentErrors: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** Nothing, for what is not there or is a symlink or a file in a directory's place. */
export function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && absentErrors.has(error.code)) return undefined;
  throw error;
}

/** Removes what has that name with all that is in it. Nothing there is no error. */
export async function removeTree(parent: Directory, name: Name): Promise<void> {
  const directory = await parent.find(name);
  if (directory === undefined) {
    await fs.unlink(parent.path(name)).catch(absent);
    return;
  }
  try {
    // Whoever owned it may have closed it to its own user.
    await directory.handle.chmod(0o700);
    for (const inner of await directory.names()) await removeTree(directory, inner);
  } finally {
    await directory.close();
  }
  await fs.rmdir(parent.path(name)).catch(absent);
}
