/** The snapshot sets that are there. */
import { join } from 'node:path';
import { reasonOf, SavedError } from './error.ts';
import { fileNameOf, markedSet, parseFileName, type SnapshotName } from './file-name.ts';
import { contentHash, type Snapshot, snapshotJson } from './model.ts';
import { openSnapshot } from './read.ts';
import { type SavedWorld, snapshotFolder } from './world.ts';

/** A file that is there. What cannot be read of it says its name alone. */
export interface SavedFile {
  readonly name: SnapshotName;
  /** The file's own name. */
  readonly file: string;
  /** `undefined` where it is broken. */
  readonly snapshot: Snapshot | undefined;
  /** Why it is. */
  readonly broken: string | undefined;
}

export interface SavedSet {
  readonly id: number;
  /** By snap. */
  readonly files: readonly SavedFile[];
}

export interface SetFilter {
  readonly set?: number;
  /** All where there are none. */
  readonly snaps?: readonly string[];
}

type Reading = Pick<SavedWorld, 'layout' | 'disk'>;

/** The names of the files of all sets; those of an import that is not over do not count. @throws DiskError */
export async function savedNames(world: Reading): Promise<readonly SnapshotName[]> {
  const folder = snapshotFolder(world);
  if ((await world.disk.stat(folder)) === undefined) return [];
  const names = await world.disk.list(folder);
  const importing = new Set(names.map(markedSet));
  return names.flatMap((file) => {
    const name = parseFileName(file);
    return name === undefined || importing.has(name.set) ? [] : [name];
  });
}

/** The highest number in use, also by an import that is not over. @throws DiskError */
export async function highestSet(world: Reading): Promise<number> {
  const folder = snapshotFolder(world);
  if ((await world.disk.stat(folder)) === undefined) return 0;
  const names = await world.disk.list(folder);
  return Math.max(0, ...names.map((file) => parseFileName(file)?.set ?? markedSet(file) ?? 0));
}

/** By number. @throws DiskError */
export async function savedSets(world: Reading, filter: SetFilter = {}): Promise<readonly SavedSet[]> {
  const { set, snaps = [] } = filter;
  const sets = new Map<number, SavedFile[]>();
  for (const name of await savedNames(world)) {
    if ((set !== undefined && name.set !== set) || (snaps.length > 0 && !snaps.includes(name.snap))) continue;
    sets.set(name.set, [...(sets.get(name.set) ?? []), await savedFile(world, name)]);
  }
  return [...sets]
    .sort(([a], [b]) => a - b)
    .map(([id, files]) => ({ id, files: files.sort((a, b) => (a.name.snap < b.name.snap ? -1 : 1)) }));
}

async function savedFile(world: Reading, name: SnapshotName): Promise<SavedFile> {
  const file = fileNameOf(name);
  try {
    using open = await openSnapshot(join(snapshotFolder(world), file));
    return { name, file, snapshot: open.snapshot, broken: undefined };
  } catch (error) {
    return { name, file, snapshot: undefined, broken: reasonOf(error) };
  }
}

/** As `GET /v2/snapshots` answers. @param automatic sets that go by themselves */
export function setJson({ id, files }: SavedSet, automatic: ReadonlyMap<number, Date>) {
  return {
    id,
    snapshots: files.map(({ name, snapshot, broken }) => {
      const auto = automatic.has(id) ? { auto: true } : {};
      if (snapshot !== undefined) {
        // What was set of a snap is not for everybody who may ask what was saved.
        const { conf: _, ...shown } = snapshotJson(snapshot);
        return { ...shown, ...auto };
      }
      const { set, snap, revision, version } = name;
      return { ...{ set, time: '0001-01-01T00:00:00Z', snap, revision, summary: '', version }, broken, ...auto };
    }),
  };
}

/** A set in which the same was saved of the same snaps; `undefined` where there is none. */
export async function sameSet(world: Reading, hash: Uint8Array): Promise<SavedSet | undefined> {
  return (await savedSets(world)).find(({ files }) => {
    const snapshots = files.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]));
    return snapshots.length === files.length && contentHash(snapshots).equals(hash);
  });
}

/** The files of a set that are meant. @throws SavedError `no-set`, `no-snaps` */
export function chosenFiles(sets: readonly SavedSet[], id: number, snaps: readonly string[]): readonly SavedFile[] {
  const set = sets.find((one) => one.id === id);
  if (set === undefined) throw new SavedError('no-set', 'no snapshot set with the given ID');
  const files = set.files.filter(({ name }) => snaps.length === 0 || snaps.includes(name.snap));
  if (files.length > 0) return files;
  throw new SavedError('no-snaps', 'no snapshot for the requested snaps found in the set with the given ID');
}
