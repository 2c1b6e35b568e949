/** A snapshot set as one stream, to be imported elsewhere: an uncompressed tar archive of its files. */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { SavedError } from './error.ts';
import { contentHash } from './model.ts';
import { chosenFiles, savedSets } from './sets.ts';
import { encodeHeader, letters, padding, type TarHeader, tarEnd } from './tar-header.ts';
import { type SavedWorld, snapshotFolder } from './world.ts';

export const contentFile = 'content.json';
export const exportFile = 'export.json';
/** Of this form, `export.json` says. */
export const exportFormat = 1;

export interface SnapshotExport {
  /** Bytes of the whole stream. */
  readonly size: number;
  /** Once. Files that are forgotten meanwhile are in it nevertheless. */
  stream(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Those under way: their sets are not forgotten. */
export class Exports {
  readonly #world: Pick<SavedWorld, 'layout' | 'disk' | 'clock'>;
  readonly #open = new Map<SnapshotExport, number>();

  constructor(world: Pick<SavedWorld, 'layout' | 'disk' | 'clock'>) {
    this.#world = world;
  }

  /** Sets that are being exported. */
  get sets(): ReadonlySet<number> {
    return new Set(this.#open.values());
  }

  /** Whoever opens one closes it. @throws SavedError `no-set`, `damaged`; DiskError */
  async open(set: number): Promise<SnapshotExport> {
    const opened = await openExport(this.#world, set, () => this.#open.delete(opened));
    this.#open.set(opened, set);
    return opened;
  }
}

interface Part {
  readonly header: TarHeader;
  readonly content: Uint8Array | fs.FileHandle;
}

async function openExport(
  world: Pick<SavedWorld, 'layout' | 'disk' | 'clock'>,
  set: number,
  onClose: () => void,
): Promise<SnapshotExport> {
  const files = chosenFiles(await savedSets(world, { set }), set, []);
  const snapshots = files.map(({ file, snapshot, broken }) => {
    if (snapshot === undefined) throw new SavedError('damaged', `cannot export ${file}: ${broken}`);
    return snapshot;
  });
  const handles: fs.FileHandle[] = [];
  const close = async () => {
    onClose();
    await Promise.all(handles.splice(0).map((handle) => handle.close()));
  };
  try {
    const now = Math.floor(world.clock.wallMs() / 1000);
    const text = (name: string, value: object): Part => {
      const content = Buffer.from(JSON.stringify(value));
      return { header: headerOf(name, content.length, now, 0o640), content };
    };
    const parts = [text(contentFile, { 'content-hash': contentHash(snapshots).toString('base64') })];
    for (const { file } of files) {
      const handle = await fs.open(join(snapshotFolder(world), file));
      handles.push(handle);
      const { size, mtimeMs } = await handle.stat();
      parts.push({ header: headerOf(file, size, Math.floor(mtimeMs / 1000), 0o600), content: handle });
    }
    const date = new Date(now * 1000).toISOString();
    parts.push(text(exportFile, { format: exportFormat, date, files: files.map(({ file }) => file) }));
    return { size: sizeOfParts(parts), stream: () => streamOf(parts), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function headerOf(name: string, size: number, mtime: number, mode: number): TarHeader {
  return { name, letter: letters.file, size, mtime, mode, uid: 0, gid: 0, link: '' };
}

function sizeOfParts(parts: readonly Part[]): number {
  const sizes = parts.map(({ header }) => {
    return encodeHeader(header).length + header.size + padding(header.size).length;
  });
  return sizes.reduce((sum, size) => sum + size, tarEnd.length);
}

const pieceBytes = 1 << 18;

async function* streamOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const { header, content } of parts) {
    yield encodeHeader(header);
    if (content instanceof Uint8Array) yield content;
    else yield* piecesOf(content, header);
    yield padding(header.size);
  }
  yield tarEnd;
}

async function* piecesOf(handle: fs.FileHandle, { name, size }: TarHeader): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const piece = Buffer.alloc(Math.min(pieceBytes, size - at));
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new SavedError('damaged', `cannot export ${name}: it has become shorter`);
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
