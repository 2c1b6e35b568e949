/** Saves the data of one snap: a zip file that comes into being under a temporary name, is read back, and then is there. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SnapRecord } from '../record/model.ts';
import { sideInfoOf } from '../record/model.ts';
import { archiveOf, sizeOf } from './archive.ts';
import { SavedError } from './error.ts';
import { checkExcludes, exclusion, maxManifestBytes, parseManifest } from './exclude.ts';
import { fileNameOf } from './file-name.ts';
import { encodeMeta, metaDigestFile, metaFile, type Snapshot } from './model.ts';
import { foldersIn, openPlace, type Place, systemPlace, userPlace } from './place.ts';
import { checkSnapshot, openSnapshot } from './read.ts';
import { gzipped, untilAborted } from './streams.ts';
import { allUsers, chosenUsers } from './users.ts';
import { makeSnapshotFolder, manifestOf, type SavedWorld } from './world.ts';
import { type ZipWriter, zipOf } from './zip-write.ts';

export interface SaveRequest {
  readonly set: number;
  readonly snap: string;
  /** By name or number; all where there are none. */
  readonly users: readonly string[];
  /** Left out beside what the snap itself wants left out. */
  readonly exclude?: readonly string[];
}

export interface SaveReport {
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** @throws SavedError `bad-request` where the snap is not there */
export function recordToSave(
  world: Pick<SavedWorld, 'records'>,
  snap: string,
): SnapRecord & { readonly current: string } {
  const record = world.records.get(snap);
  if (record?.current === undefined) throw new SavedError('bad-request', `snap "${snap}" is not installed`);
  return { ...record, current: record.current };
}

/** The file that a request would write; its name alone. @throws SavedError `bad-request` */
export function fileOfRequest(world: Pick<SavedWorld, 'records'>, { set, snap }: SaveRequest): string {
  const { version, current } = recordToSave(world, snap);
  return fileNameOf({ set, snap, version, revision: current });
}

/** @throws SavedError; DiskError; what the file system throws */
export async function writeSnapshot(world: SavedWorld, request: SaveRequest, report: SaveReport): Promise<Snapshot> {
  const record = recordToSave(world, request.snap);
  const { exclude = [] } = request;
  checkExcludes(exclude);
  const excludes = [...(await manifestPaths(world, request.snap, record.current)), ...exclude];
  const places = await placesToSave(world, request);
  const conf = world.configs.read(request.snap);
  const time = new Date(world.clock.wallMs());
  const blank: Snapshot = {
    ...{ set: request.set, time: time.toISOString(), snap: request.snap, revision: record.current },
    ...{ snapId: sideInfoOf(record, record.current)?.snapId ?? '', epoch: record.epoch },
    ...{ summary: '', version: record.version, conf, digests: {}, size: 0 },
    ...(exclude.length > 0 ? { options: { exclude } } : {}),
  };
  let written = blank;
  const zip = zipOf(time, async (writer) => {
    for (const place of places) written = await addPlace(writer, written, place, excludes, report);
    if (Object.keys(written.digests).length === 0) {
      // A snapshot without any archive counts as broken everywhere.
      written = await addArchive(writer, written, systemPlace(world, request.snap).archive, emptyArchive());
    }
    const meta = encodeMeta(written);
    writer.bytes(metaFile, meta);
    writer.bytes(metaDigestFile, Buffer.from(`${sha3(meta)}\n`));
  });
  const path = join(await makeSnapshotFolder(world), fileNameOf(blank));
  await world.disk.writeStream(path, untilAborted(zip, report.signal), {
    maxBytes: Number.MAX_SAFE_INTEGER,
    mode: 0o600,
  });
  using snapshot = await openSnapshot(path);
  await checkSnapshot(snapshot);
  return written;
}

async function manifestPaths(world: SavedWorld, snap: string, revision: string): Promise<readonly string[]> {
  const path = manifestOf(world, snap, revision);
  if ((await world.disk.stat(path))?.kind !== 'file') return [];
  return parseManifest(Buffer.from(await world.disk.readFile(path, { maxBytes: maxManifestBytes })).toString());
}

async function placesToSave(world: SavedWorld, { snap, users }: SaveRequest): Promise<Place[]> {
  const chosen = chosenUsers(await allUsers(world), users);
  return [systemPlace(world, snap), ...chosen.map((user) => userPlace(world, snap, user))];
}

async function addPlace(
  zip: ZipWriter,
  snapshot: Snapshot,
  place: Place,
  excludes: readonly string[],
  { note }: SaveReport,
): Promise<Snapshot> {
  await using base = await openPlace(place);
  const folders = base === undefined ? [] : await foldersIn(base, snapshot.revision);
  if (base === undefined || folders.length === 0) return snapshot;
  const excluded = exclusion(excludes, place.of, snapshot.revision);
  const reader = place.user === undefined ? {} : { reader: place.user };
  return await addArchive(zip, snapshot, place.archive, archiveOf({ base, folders, excluded, note, ...reader }));
}

async function* emptyArchive(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1024);
}

async function addArchive(
  zip: ZipWriter,
  snapshot: Snapshot,
  name: string,
  tar: AsyncIterable<Uint8Array>,
): Promise<Snapshot> {
  const hash = createHash('sha3-384');
  let size = 0;
  const hashed = async function* () {
    for await (const piece of gzipped(tar)) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  };
  await zip.stream(name, hashed());
  return { ...snapshot, digests: { ...snapshot.digests, [name]: hash.digest('hex') }, size: snapshot.size + size };
}

function sha3(bytes: Uint8Array): string {
  return createHash('sha3-384').update(bytes).digest('hex');
}

/** What saving a snap may take, bytes: all of its data, and nothing is counted on from compressing it. */
export async function snapshotSize(
  world: Pick<SavedWorld, 'layout' | 'disk' | 'records' | 'configs'>,
  snap: string,
): Promise<number> {
  const record = world.records.get(snap);
  if (record?.current === undefined) return 0;
  let total = Buffer.byteLength(JSON.stringify(world.configs.read(snap)));
  const users = chosenUsers(await allUsers(world), []);
  for (const place of [systemPlace(world, snap), ...users.map((user) => userPlace(world, snap, user))]) {
    await using base = await openPlace(place);
    if (base !== undefined) total += await sizeOf(base, await foldersIn(base, record.current));
  }
  return total;
}
