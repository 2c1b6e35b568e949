/**
 * A tar archive of a snap's data, as a stream. Services of the snap may write meanwhile: each file is in it as it was at one
 * moment. A file that was written to while it was read is read again, and stands in the archive once more; the last one counts,
 * as for all readers of tar.
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { SavedError } from './error.ts';
import type { Excluded } from './exclude.ts';
import { mapOf } from './sparse.ts';
import { encodeHeader, letters, padding, type SparseMap, type TarHeader, tarEnd } from './tar-header.ts';
import { absent, type Directory, type Name, shownName } from './tree.ts';

export interface ArchiveRequest {
  /** The folder in which the snap's data is. */
  readonly base: Directory;
  /** What of it is archived: directories. */
  readonly folders: readonly Name[];
  readonly excluded: Excluded;
  /** Only what this user may read is archived. */
  readonly reader?: { readonly name: string; readonly uid: number; readonly gid: number };
  /** Told of what is not in the archive, or may not be as it should. */
  readonly note: (text: string) => void;
}

type Stat = NonNullable<Awaited<ReturnType<Directory['stat']>>>;

/** How often a file that does not come to rest is read. */
const attempts = 3;
const pieceBytes = 1 << 18;

/** @throws SavedError `not-permitted`; what the file system throws */
export async function* archiveOf(request: ArchiveRequest): AsyncGenerator<Uint8Array> {
  const archiver = new Archiver(request);
  for (const folder of request.folders) yield* archiver.entry(request.base, folder, folder);
  yield tarEnd;
}

class Archiver {
  readonly #request: ArchiveRequest;
  /** The path in the archive under which a file with several names stands. */
  readonly #linked = new Map<string, Name>();

  constructor(request: ArchiveRequest) {
    this.#request = request;
  }

  async *entry(parent: Directory, name: Name, path: Name): AsyncGenerator<Uint8Array> {
    const stat = await parent.stat(name);
    // It went while the others were read.
    if (stat === undefined || this.#request.excluded(path)) return;
    if (stat.isDirectory()) yield* this.#directory(parent, name, path, stat);
    else if (stat.isFile()) yield* this.#file(parent, name, path, stat);
    else if (stat.isSymbolicLink()) yield* this.#symlink(parent, name, path, stat);
    else this.#request.note(`${shownName(path)} is not saved: it is a socket, a pipe or a device`);
  }

  async *#directory(parent: Directory, name: Name, path: Name, stat: Stat): AsyncGenerator<Uint8Array> {
    this.#assertReadable(path, stat, 0o5);
    await using directory = await parent.find(name);
    if (directory === undefined) return;
    yield encodeHeader({ ...headerOf(stat, `${path}/`), letter: letters.directory });
    for (const inner of await directory.names()) yield* this.entry(directory, inner, `${path}/${inner}`);
  }

  async *#symlink(parent: Directory, name: Name, path: Name, stat: Stat): AsyncGenerator<Uint8Array> {
    const target = await fs.readlink(parent.path(name), { encoding: 'buffer' }).catch(absent);
    if (target === undefined) return;
    yield encodeHeader({ ...headerOf(stat, path), letter: letters.symlink, link: target.toString('latin1') });
  }

  async *#file(parent: Directory, name: Name, path: Name, stat: Stat): AsyncGenerator<Uint8Array> {
    const id = `${stat.dev}:${stat.ino}`;
    const first = this.#linked.get(id);
    if (stat.nlink > 1n && first !== undefined) {
      yield encodeHeader({ ...headerOf(stat, path), letter: letters.hardlink, link: first });
      return;
    }
    const file = await fs.open(parent.path(name), toRead).catch(absent);
    if (file === undefined) return;
    try {
      yield* this.#content(file, path);
    } finally {
      await file.close();
    }
    if (stat.nlink > 1n) this.#linked.set(id, path);
  }

  async *#content(file: fs.FileHandle, path: Name): AsyncGenerator<Uint8Array> {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const before = await file.stat({ bigint: true });
      // Something else has come in its place.
      if (!before.isFile()) return;
      this.#assertReadable(path, before, 0o4);
      yield* contentOf(file, headerOf(before, path), Number(before.size));
      const after = await file.stat({ bigint: true });
      if (after.mtimeNs === before.mtimeNs && after.size === before.size && after.ctimeNs === before.ctimeNs) return;
    }
    this.#request.note(`${shownName(path)} was written to all the time while it was saved`);
  }

  /** @param bits what others need, as mode bits */
  #assertReadable(path: Name, stat: Stat, bits: number): void {
    const { reader } = this.#request;
    if (reader === undefined || reader.uid === 0 || Number(stat.uid) === reader.uid) return;
    const mode = Number(stat.mode);
    const granted = Number(stat.gid) === reader.gid ? mode >> 3 : mode;
    if ((granted & bits) === bits) return;
    const text = `cannot create archive: ${shownName(path)} in the home of user ${JSON.stringify(reader.name)}: permission denied`;
    throw new SavedError('not-permitted', text);
  }
}

/** A pipe that has come in a file's place must not block, and a link must not lead away. */
const toRead = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The entry with exactly `size` bytes of the file: what is there beyond is not read, what has gone meanwhile is zeros. */
async function* contentOf(file: fs.FileHandle, header: TarHeader, size: number): AsyncGenerator<Uint8Array> {
  const map = await mapOf(file, size);
  const { segments }: Pick<SparseMap, 'segments'> = map ?? { segments: [{ offset: 0, size }] };
  const stored = segments.reduce((sum, segment) => sum + segment.size, 0);
  yield encodeHeader({ ...header, size: stored, letter: map === undefined ? letters.file : letters.sparse }, map);
  for (const segment of segments) {
    for (let at = segment.offset; at < segment.offset + segment.size; ) {
      const piece = Buffer.alloc(Math.min(pieceBytes, segment.offset + segment.size - at));
      for (let filled = 0; filled < piece.length; ) {
        const { bytesRead } = await file.read(piece, filled, piece.length - filled, at + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      yield piece;
      at += piece.length;
    }
  }
  yield padding(stored);
}

function headerOf(stat: Stat, name: Name): TarHeader {
  return {
    ...{ name, letter: letters.file, size: 0, link: '' },
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: Number(stat.mtimeNs / 1_000_000_000n),
  };
}

/** Bytes of all files in these folders, as an archive may have to hold them. */
export async function sizeOf(base: Directory, folders: readonly Name[]): Promise<number> {
  let total = 0;
  for (const folder of folders) {
    const stat = await base.stat(folder);
    if (stat?.isFile() === true) total += Number(stat.size);
    if (stat?.isDirectory() !== true) continue;
    await using directory = await base.find(folder);
    if (directory !== undefined) total += await sizeOf(directory, await directory.names());
  }
  return total;
}
