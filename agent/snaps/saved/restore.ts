/**
 * Puts saved data in the place of what is there. Everything is unpacked and checked beside it first, in a folder that nobody else
 * can reach; then each folder of the snap's data is exchanged by two renames. What was there stays in that folder until the
 * change is over, and goes back from there. Homes are their users': directories are reached through open ones only (tree.ts).
 */
import * as fs from 'node:fs/promises';
import { spaceMargin } from '../plan/check-free.ts';
import { reasonOf, SavedError } from './error.ts';
import { systemArchive, userOf } from './model.ts';
import { hasTop, openPlace, type Place, systemPlace, userPlace } from './place.ts';
import { archivesFor, checkedArchive, type OpenSnapshot } from './read.ts';
import { gunzipped, untilAborted } from './streams.ts';
import { absent, Directory, removeTree } from './tree.ts';
import { unpack } from './unpack.ts';
import { allUsers } from './users.ts';
import type { SavedWorld } from './world.ts';

export interface RestoreRequest {
  /** The revision whose data it becomes. */
  readonly revision: string;
  /** Only the archives of these beside the system's; all where there are none. */
  readonly users: readonly string[];
  /** Tells what this restoring has put aside from what others have. */
  readonly id: string;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** What was there before, of one archive: plain data, for the task. */
export interface Before {
  readonly archive: string;
  /** How many of the folders that lead to the data were not there. */
  readonly missing: number;
  /** Of the folders of data: those that were not there. */
  readonly absent: readonly string[];
}

function foldersOf(revision: string): readonly string[] {
  return ['common', revision];
}

function scratchOf(id: string): string {
  return `.snapshot-${id}`;
}

/** Where the archives of a snapshot go; those that have no place here are told. @throws DiskError */
export async function placesOf(
  world: Pick<SavedWorld, 'layout' | 'disk'>,
  open: OpenSnapshot,
  { users, note }: Pick<RestoreRequest, 'users' | 'note'>,
): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const archive of archivesFor(open.snapshot, users)) {
    const place = await placeOfArchive(world, open.snapshot.snap, archive);
    if (place === undefined)
      note(`Skipping restore of user "${userOf(archive)}": user: unknown user ${userOf(archive)}.`);
    else if (place.user !== undefined && !(await hasTop(place))) {
      note(`Skipping restore of user "${place.user.name}": "${place.user.home}" doesn't exist.`);
    } else places.push(place);
  }
  return places;
}

async function placeOfArchive(
  world: Pick<SavedWorld, 'layout' | 'disk'>,
  snap: string,
  archive: string,
): Promise<Place | undefined> {
  if (archive === systemArchive) return systemPlace(world, snap);
  const user = (await allUsers(world)).find(({ name }) => name === userOf(archive));
  return user === undefined ? undefined : userPlace(world, snap, user);
}

/** What is there now; nothing is changed. */
export async function lookBefore(places: readonly Place[], revision: string): Promise<readonly Before[]> {
  return await Promise.all(
    places.map(async (place) => {
      const missing = await missingOf(place);
      await using base = await openPlace(place);
      const folders = foldersOf(revision);
      const there = await Promise.all(folders.map(async (folder) => (await base?.stat(folder)) !== undefined));
      return { archive: place.archive, missing, absent: folders.filter((_, at) => there[at] !== true) };
    }),
  );
}

async function missingOf(place: Place): Promise<number> {
  for (let count = place.below.length; count > 0; count--) {
    await using directory = await openPlace({ ...place, below: place.below.slice(0, count) });
    if (directory !== undefined) return place.below.length - count;
  }
  return place.below.length;
}

/** Nothing of an earlier attempt is there. @throws SavedError; DiskError; what the file system throws */
export async function restoreData(
  world: SavedWorld,
  open: OpenSnapshot,
  places: readonly Place[],
  request: RestoreRequest,
): Promise<void> {
  for (const place of places) await unpackPlace(world, open, place, request);
  for (const place of places) await exchange(world, place, request);
}

async function unpackPlace(
  world: SavedWorld,
  open: OpenSnapshot,
  place: Place,
  request: RestoreRequest,
): Promise<void> {
  const { signal, note, id, revision } = request;
  await makeFolders(world, place);
  await using base = await openBase(place);
  await removeScratch(base, id);
  await using scratch = await makePrivate(world, base, scratchOf(id));
  for (const name of ['new', 'old', 'gone']) await world.disk.mkdir(scratch.textPath(name), { mode: 0o700 });
  await using target = await scratch.open('new');
  const saved = open.snapshot.revision;
  const maxBytes = Math.max(0, (await world.disk.free(place.top)) - spaceMargin);
  const owner = place.user === undefined || place.user.uid === 0 ? {} : { owner: place.user };
  let isWhole = false;
  const whole = async function* () {
    yield* untilAborted(checkedArchive(open, place.archive), signal);
    isWhole = true;
  };
  await unpack(gunzipped(whole()), target, { folders: foldersOf(saved), maxBytes, note, ...owner });
  // Its digest is known only with its last byte, which the archive in it may not reach.
  if (!isWhole) throw new SavedError('damaged', `cannot restore ${place.archive}: something stands behind the archive`);
  if (saved !== revision && (await target.stat(saved)) !== undefined) {
    await world.disk.rename(target.textPath(saved), target.textPath(revision));
  }
}

async function exchange(world: SavedWorld, place: Place, { id, revision }: RestoreRequest): Promise<void> {
  await using base = await openBase(place);
  await using scratch = await base.open(scratchOf(id));
  await using fresh = await scratch.open('new');
  await using old = await scratch.open('old');
  for (const folder of foldersOf(revision)) {
    if ((await fresh.stat(folder)) === undefined) continue;
    if ((await base.stat(folder)) !== undefined) await world.disk.rename(base.textPath(folder), old.textPath(folder));
    await world.disk.rename(fresh.textPath(folder), base.textPath(folder));
  }
}

/** What was there is there again; done as often as needed. @throws DiskError; what the file system throws */
export async function revertData(
  world: SavedWorld,
  snap: string,
  before: readonly Before[],
  { id, revision }: Pick<RestoreRequest, 'id' | 'revision'>,
): Promise<void> {
  for (const one of before) {
    const place = await placeOfArchive(world, snap, one.archive);
    if (place === undefined) continue;
    await using base = await openPlace(place);
    await using scratch = await base?.find(scratchOf(id));
    if (base !== undefined && scratch !== undefined) {
      await putBack(world, base, scratch, foldersOf(revision), one);
      await removeScratch(base, id);
    }
    await removeMade(place, one.missing);
  }
}

async function putBack(
  { disk }: SavedWorld,
  base: Directory,
  scratch: Directory,
  folders: readonly string[],
  before: Before,
): Promise<void> {
  await using old = await scratch.find('old');
  await using gone = await scratch.find('gone');
  // Without them nothing was exchanged yet.
  if (old === undefined || gone === undefined) return;
  for (const folder of folders) {
    const isKept = (await old.stat(folder)) !== undefined;
    if (!isKept && !before.absent.includes(folder)) continue;
    const isThere = (await base.stat(folder)) !== undefined;
    if (isThere) await disk.rename(base.textPath(folder), gone.textPath(folder));
    if (isKept) await disk.rename(old.textPath(folder), base.textPath(folder));
  }
}

/** The change is over: what was there before goes. @throws what the file system throws */
export async function dropOld(
  world: SavedWorld,
  snap: string,
  before: readonly Before[],
  { id }: Pick<RestoreRequest, 'id'>,
): Promise<void> {
  for (const { archive } of before) {
    const place = await placeOfArchive(world, snap, archive);
    if (place === undefined) continue;
    await using base = await openPlace(place);
    if (base !== undefined) await removeScratch(base, id);
  }
}

async function removeScratch(base: Directory, id: string): Promise<void> {
  if ((await base.stat(scratchOf(id))) === undefined) return;
  await removeTree(base, scratchOf(id));
  await base.handle.sync();
}

async function openBase(place: Place): Promise<Directory> {
  const base = await openPlace(place);
  if (base !== undefined) return base;
  throw new SavedError('internal', `cannot restore ${place.archive}: the folder for it is not there`);
}

/** The folders that lead to the data; in a home they are its user's. */
async function makeFolders({ disk }: SavedWorld, { top, below, user }: Place): Promise<void> {
  let directory = await Directory.at(top);
  try {
    for (const name of below) {
      const above = directory;
      const isNew = (await above.stat(name)) === undefined;
      if (isNew) await disk.mkdir(above.textPath(name));
      try {
        directory = await above.open(name);
      } catch (cause) {
        throw new SavedError('not-permitted', `cannot restore into "${name}" below ${top}: ${reasonOf(cause)}`, {
          cause,
        });
      } finally {
        if (directory !== above) await above.close();
      }
      if (isNew && user !== undefined && process.getuid?.() === 0) await directory.handle.chown(user.uid, user.gid);
    }
  } finally {
    await directory.close();
  }
}

/** Where the user of a home is faster with that name, it is not used. */
async function makePrivate({ disk }: SavedWorld, base: Directory, name: string): Promise<Directory> {
  await disk.mkdir(base.textPath(name), { mode: 0o700 });
  const directory = await base.open(name);
  const { uid, mode } = await directory.handle.stat();
  if (uid === process.getuid?.() && (mode & 0o777) === 0o700) return directory;
  await directory.close();
  throw new SavedError('not-permitted', `cannot restore: somebody else has made ${name}`);
}

async function removeMade(place: Place, missing: number): Promise<void> {
  for (let made = 0; made < missing; made++) {
    const names = place.below.slice(0, place.below.length - made);
    await using parent = await openPlace({ ...place, below: names.slice(0, -1) });
    if (parent === undefined) continue;
    await fs.rmdir(parent.path(names.at(-1) ?? '')).catch(unlessUsed);
    await parent.handle.sync();
  }
}

function unlessUsed(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') return undefined;
  return absent(error);
}
