/**
 * Takes a stream that an export has made, here or elsewhere, as a new set. While a mark is there the set does not count; taking
 * the mark away is what makes it one. Whatever was cut short is removed at the next start.
 */
import { join } from 'node:path';
import type { Change } from '../../engine/model.ts';
import { spaceMargin } from '../plan/check-free.ts';
import { reasonOf, SavedError } from './error.ts';
import { contentFile, exportFile, exportFormat } from './export.ts';
import { checkFileName, fileNameOf, importMarkOf, markedSet, parseFileName } from './file-name.ts';
import { checkSnapshot, openSnapshot } from './read.ts';
import { setConflict } from './set-conflict.ts';
import { highestSet, type SavedSet, sameSet } from './sets.ts';
import { letters } from './tar-header.ts';
import { readTar, type TarEntry } from './tar-read.ts';
import { makeSnapshotFolder, type SavedWorld, snapshotFolder } from './world.ts';

export interface Imported {
  readonly set: number;
  readonly snaps: readonly string[];
}

type ImportWorld = Pick<SavedWorld, 'layout' | 'disk' | 'sets'>;

const maxFiles = 1000;
const maxTextBytes = 1 << 20;

/**
 * The set, which is another one's number where the same data is here already. Bounding the stream is the caller's part.
 * @param open the changes that are not over
 * @throws SavedError; DiskError; what the stream throws
 */
export async function importSet(
  world: ImportWorld,
  stream: AsyncIterable<Uint8Array>,
  open: readonly Change[],
): Promise<Imported> {
  const { disk, sets } = world;
  const folder = await makeSnapshotFolder(world);
  const set = await sets.give(await highestSet(world));
  const mark = join(folder, importMarkOf(set));
  await disk.replace(mark, new Uint8Array(), { mode: 0o600 });
  try {
    const received = new Receiver(world, set, open);
    for await (const entry of readTar(stream)) await received.take(entry);
    const snaps = received.end();
    await disk.remove(mark);
    return { set, snaps };
  } catch (error) {
    // What cannot be removed now goes at the next start; why it failed matters more.
    await removeImport(world, set).catch(() => {});
    if (error instanceof SameSet) {
      await sets.dropExpiry(error.same.id);
      return { set: error.same.id, snaps: error.same.files.map(({ name }) => name.snap) };
    }
    if (!(error instanceof SavedError)) throw error;
    throw new SavedError(error.code, `cannot import snapshot ${set}: ${error.message}`, { cause: error });
  }
}

/** The same is here already; nothing more is read. */
class SameSet extends Error {
  readonly same: SavedSet;

  constructor(same: SavedSet) {
    super();
    this.same = same;
  }
}

class Receiver {
  readonly #world: ImportWorld;
  readonly #set: number;
  readonly #open: readonly Change[];
  /** Names in the stream, and the snap that each is of. */
  readonly #files = new Map<string, string>();
  #listed: readonly string[] | undefined;

  constructor(world: ImportWorld, set: number, open: readonly Change[]) {
    this.#world = world;
    this.#set = set;
    this.#open = open;
  }

  async take(entry: TarEntry): Promise<void> {
    if (entry.letter !== letters.file) throw bad('unexpected entry in import file: it is no file');
    if (entry.name === contentFile) await this.#lookForSame(jsonOf(await textOf(entry)));
    else if (entry.name === exportFile) this.#listed = listedIn(jsonOf(await textOf(entry)));
    else await this.#file(entry);
  }

  /** The snaps. @throws SavedError `not-a-snapshot` where something is missing */
  end(): readonly string[] {
    if (this.#listed === undefined) throw bad(`no ${exportFile} file in uploaded data`);
    const missing = this.#listed.filter((file) => !this.#files.has(file));
    if (missing.length > 0 || this.#listed.length !== this.#files.size || this.#files.size === 0) {
      throw bad(`the files in it are not those that its ${exportFile} lists`);
    }
    return [...this.#files.values()];
  }

  async #lookForSame(value: unknown): Promise<void> {
    const hash = typeof value === 'object' && value !== null && 'content-hash' in value ? value['content-hash'] : '';
    const same = await sameSet(this.#world, Buffer.from(String(hash), 'base64'));
    if (same !== undefined && setConflict(this.#open, same.id, ['forget-snapshot']) === undefined)
      throw new SameSet(same);
  }

  async #file(entry: TarEntry): Promise<void> {
    const { disk } = this.#world;
    const name = checkFileName(entry.name);
    if (this.#files.has(entry.name) || [...this.#files.values()].includes(name.snap)) {
      throw bad(`snap "${name.snap}" is in it twice`);
    }
    if (this.#files.size >= maxFiles) throw bad(`it has more than ${maxFiles} files`);
    this.#files.set(entry.name, name.snap);
    const folder = snapshotFolder(this.#world);
    if (entry.size > (await disk.free(folder)) - spaceMargin) {
      throw new SavedError('too-large', `there is no room for the ${entry.size} bytes of ${entry.name}`);
    }
    // The number of its set is the one where it comes from.
    const path = join(folder, fileNameOf({ ...name, set: this.#set }));
    await disk.writeStream(path, entry.content(), {
      maxBytes: entry.size,
      expected: { size: entry.size },
      mode: 0o600,
    });
    using snapshot = await openSnapshot(path);
    await checkSnapshot(snapshot);
  }
}

async function textOf(entry: TarEntry): Promise<string> {
  if (entry.size > maxTextBytes) throw bad(`${entry.name} is too large`);
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.content()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bad(`a description in it is no JSON: ${reasonOf(cause)}`);
  }
}

function listedIn(value: unknown): readonly string[] {
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' ? { ...value } : {};
  const { format, files } = { format: fields['format'], files: fields['files'] };
  if (format !== exportFormat) throw bad(`its ${exportFile} is of a form that is not supported`);
  if (!Array.isArray(files)) throw bad(`its ${exportFile} lists no files`);
  return files.map(String);
}

function bad(why: string): SavedError {
  return new SavedError('not-a-snapshot', why);
}

async function removeImport(world: Pick<SavedWorld, 'layout' | 'disk'>, set: number): Promise<void> {
  const folder = snapshotFolder(world);
  for (const file of await world.disk.list(folder)) {
    if (parseFileName(file)?.set === set) await world.disk.remove(join(folder, file));
  }
  await world.disk.remove(join(folder, importMarkOf(set)));
}

/**
 * At start-up, before any import: the folder is there, and what imports and other writes cut short have left in it goes. The
 * sets that were being imported. @throws DiskError
 */
export async function prepareSnapshots(world: Pick<SavedWorld, 'layout' | 'disk'>): Promise<readonly number[]> {
  const folder = await makeSnapshotFolder(world);
  await world.disk.sweep(folder);
  const cut = (await world.disk.list(folder)).flatMap((file) => markedSet(file) ?? []);
  for (const set of cut) await removeImport(world, set);
  return cut;
}
