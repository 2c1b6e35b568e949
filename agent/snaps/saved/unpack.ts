/**
 * Unpacks a tar archive into a directory that nobody else can reach. The archive may come from anybody: nothing of it gets out
 * of the directory, and it has bounds. All of it is on the medium when this resolves.
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { SavedError } from './error.ts';
import { letters, type TarHeader } from './tar-header.ts';
import { readTar, type TarEntry } from './tar-read.ts';
import { type Directory, type Name, shownName } from './tree.ts';

export interface UnpackOptions {
  /** What may stand at the top. */
  readonly folders: readonly Name[];
  /** More content than this is refused, bytes. */
  readonly maxBytes: number;
  /** Whose all of it becomes; otherwise whose it was. Only root can say so at all. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Told of what could not be unpacked. */
  readonly note: (text: string) => void;
}

const maxEntries = 1_000_000;
const maxNameBytes = 255;
const maxPathBytes = 4095;

/** @throws SavedError `not-a-snapshot`, `too-large`; what the file system throws */
export async function unpack(
  stream: AsyncIterable<Uint8Array>,
  target: Directory,
  options: UnpackOptions,
): Promise<void> {
  const unpacker = new Unpacker(target, options);
  let entries = 0;
  for await (const entry of readTar(stream)) {
    entries += 1;
    if (entries > maxEntries)
      throw new SavedError('too-large', `cannot unpack: it has more than ${maxEntries} entries`);
    await unpacker.take(entry);
  }
  await unpacker.finish();
}

interface Attributes extends Pick<TarHeader, 'mode' | 'uid' | 'gid' | 'mtime'> {}

class Unpacker {
  readonly #target: Directory;
  readonly #options: UnpackOptions;
  readonly #isRoot = process.getuid?.() === 0;
  /** Attributes of directories, by path: they are set when nothing is put into them any more. */
  readonly #directories = new Map<Name, Attributes>();
  #bytes = 0;

  constructor(target: Directory, options: UnpackOptions) {
    this.#target = target;
    this.#options = options;
  }

  async take(entry: TarEntry): Promise<void> {
    const parts = this.#partsOf(entry.name);
    const name = parts.at(-1) ?? '';
    const { letter } = entry;
    const path = parts.join('/');
    await using parent = await this.#parentOf(parts);
    if (letter === letters.directory) {
      await this.#directory(parent, name, path);
      this.#directories.set(path, entry);
      return;
    }
    if (parts.length === 1) throw refuse(`${shownName(name)} in it is no directory`);
    if (letter === letters.file || letter === letters.sparse) await this.#file(parent, name, entry);
    else if (letter === letters.symlink) await this.#symlink(parent, name, entry);
    else if (letter === letters.hardlink) await this.#hardlink(parent, name, entry);
    else this.#options.note(`${shownName(path)} is not restored: it is a pipe or a device`);
  }

  /** Directories get their attributes, the inner ones first, and become durable. */
  async finish(): Promise<void> {
    const deepestFirst = [...this.#directories].sort(([a], [b]) => b.split('/').length - a.split('/').length);
    for (const [path, attributes] of deepestFirst) {
      await using directory = await this.#walk(path.split('/'));
      await this.#attributes(directory.handle, attributes);
      await directory.handle.sync();
    }
    await this.#target.handle.sync();
  }

  #partsOf(path: Name): Name[] {
    const parts = path.split('/').filter((part, at) => part !== '.' && !(part === '' && at > 0));
    const [top = ''] = parts;
    const isWrong = (part: Name) => part === '' || part === '..' || part.length > maxNameBytes || part.includes('\0');
    if (path.length > maxPathBytes || parts.some(isWrong))
      throw refuse(`the path ${shownName(path.slice(0, 200))} is invalid`);
    if (!this.#options.folders.includes(top)) throw refuse(`${shownName(top)} in it is no data of the snap`);
    return parts;
  }

  async #parentOf(parts: readonly Name[]): Promise<Directory> {
    return await this.#walk(parts.slice(0, -1));
  }

  /** An open directory, made with those above it where they are not there yet. Links on the way are never followed. */
  async #walk(parts: readonly Name[]): Promise<Directory> {
    let directory = await this.#target.open('.');
    for (const [at, part] of parts.entries()) {
      const path = parts.slice(0, at + 1).join('/');
      const above = directory;
      try {
        await this.#directory(above, part, path);
        directory = await above.open(part);
      } finally {
        await above.close();
      }
    }
    return directory;
  }

  async #directory(parent: Directory, name: Name, path: Name): Promise<void> {
    const stat = await parent.stat(name);
    if (stat?.isDirectory() === true) return;
    if (stat !== undefined) throw refuse(`${shownName(path)} in it is a directory and something else`);
    await fs.mkdir(parent.path(name), 0o700);
    const { uid, gid } = this.#options.owner ?? { uid: 0, gid: 0 };
    this.#directories.set(path, { mode: 0o755, uid, gid, mtime: Math.floor(Date.now() / 1000) });
  }

  async #file(parent: Directory, name: Name, entry: TarEntry): Promise<void> {
    await this.#makeRoom(parent, name);
    const file = await fs.open(parent.path(name), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      const segments = entry.sparse?.segments ?? [{ offset: 0, size: entry.size }];
      let [at, left, next] = [0, 0, 0];
      for await (const piece of entry.content()) {
        this.#count(piece.length);
        for (let taken = 0; taken < piece.length; ) {
          for (; left === 0; next++) {
            const segment = segments[next];
            if (segment === undefined) throw refuse('a file has more content than its parts');
            [at, left] = [segment.offset, segment.size];
          }
          const part = piece.subarray(taken, taken + left);
          await writeAll(file, part, at);
          [at, left, taken] = [at + part.length, left - part.length, taken + part.length];
        }
      }
      if (entry.sparse !== undefined) await file.truncate(entry.sparse.size);
      await this.#attributes(file, entry);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #symlink(parent: Directory, name: Name, entry: TarEntry): Promise<void> {
    if (entry.link === '' || entry.link.length > maxPathBytes) throw refuse('a symbolic link leads nowhere');
    await this.#makeRoom(parent, name);
    const path = parent.path(name);
    await fs.symlink(Buffer.from(entry.link, 'latin1'), path);
    const { uid, gid } = this.#options.owner ?? entry;
    if (this.#isRoot) await fs.lchown(path, uid, gid);
    await fs.lutimes(path, entry.mtime, entry.mtime);
  }

  async #hardlink(parent: Directory, name: Name, entry: TarEntry): Promise<void> {
    const parts = this.#partsOf(entry.link);
    const first = parts.at(-1) ?? '';
    await using other = await this.#parentOf(parts);
    if ((await other.stat(first))?.isFile() !== true) throw refuse('a hard link leads to what is no file of it');
    if (parts.join('/') === this.#partsOf(entry.name).join('/')) return;
    await this.#makeRoom(parent, name);
    await fs.link(other.path(first), parent.path(name));
  }

  /** An archive may have a file twice; the last one counts. */
  async #makeRoom(parent: Directory, name: Name): Promise<void> {
    const stat = await parent.stat(name);
    if (stat === undefined) return;
    if (stat.isDirectory()) throw refuse(`${shownName(name)} in it is a directory and something else`);
    await fs.unlink(parent.path(name));
  }

  async #attributes(file: fs.FileHandle, { mode, uid, gid, mtime }: Attributes): Promise<void> {
    const owner = this.#options.owner ?? { uid, gid };
    // Changing the owner takes special mode bits away: they come after it.
    if (this.#isRoot) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.utimes(mtime, mtime);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    const { maxBytes } = this.#options;
    if (this.#bytes > maxBytes) throw new SavedError('too-large', `cannot unpack: it has more than ${maxBytes} bytes`);
  }
}

async function writeAll(file: fs.FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

function refuse(why: string): SavedError {
  return new SavedError('not-a-snapshot', `cannot unpack: ${why}`);
}
