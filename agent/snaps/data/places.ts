/**
 * Where snaps have their data (`snaps.md` §4, §11): for the system below `/var/snap`, for each user below `~/snap`, and what
 * outlives a reset of the device on its save partition.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathAt, type Spot } from '../../system/tree/spot.ts';

/** The directory of one snap in which each of its revisions has one. */
export interface Place {
  readonly owner: 'system' | 'user';
  readonly spot: Spot;
}

export const commonName = 'common';
/** A link of each user's, made when the snap runs. */
export const currentName = 'current';
/** The directory of a place, seen from itself. */
export const placeItself = '.';
const homes = 'home';
const rootHome = 'root';

/** The directory that all snaps' data is in. */
export function systemSpot(root: string): Spot {
  return { base: join(root, 'var/snap'), way: [] };
}

export function systemPlace(root: string, instance: string): Place {
  return { owner: 'system', spot: { ...systemSpot(root), way: [instance] } };
}

/** A user may put anything there, so none of the names below the home is followed. */
export function userPlace(home: string, instance: string): Place {
  return { owner: 'user', spot: { base: home, way: ['snap', instance] } };
}

/** The directory in which snaps have what outlives a reset. */
export function saveSpot(root: string): Spot {
  return { base: join(root, 'var/lib/snapd/save'), way: ['snap'] };
}

/** The name of the snap that this is an instance of. */
export function snapNameOf(instance: string): string {
  return instance.split('_')[0] ?? instance;
}

/** The home directories of this device, root's last; whether they have anything of a snap is not known. */
export async function homesUnder(root: string): Promise<string[]> {
  const names = await readdir(join(root, homes)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return [...names.sort().map((name) => join(root, homes, name)), join(root, rootHome)];
}

/** The same place has the same. */
export function keyOf({ spot }: Pick<Place, 'spot'>): string {
  return pathAt(spot);
}

/** What an earlier revision's data is called while a copy is in its place; snapd's name for it. */
export function oldName(revision: string): string {
  return `${revision}.old`;
}

/** What is to be removed is called this until its change is over. */
export function trashName(name: string, task: number): string {
  return `.${name}.trash-${task}`;
}
