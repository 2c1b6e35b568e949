/** Where a snap's data is: what belongs to the system, and what is in users' homes. Homes are their users': no link is followed. */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { DataOf } from './exclude.ts';
import { systemArchive, userArchiveOf } from './model.ts';
import { absent, Directory } from './tree.ts';
import type { User } from './users.ts';
import { dataFolder, type SavedWorld } from './world.ts';

export interface Place {
  /** The name of its archive in a snapshot. */
  readonly archive: string;
  readonly of: DataOf;
  /** Whose it is; `undefined` for the system's. */
  readonly user: User | undefined;
  /** A directory that is there, by its path. */
  readonly top: string;
  /** From there to the folder with one folder per revision. */
  readonly below: readonly string[];
}

export function systemPlace(world: Pick<SavedWorld, 'layout'>, instance: string): Place {
  return { archive: systemArchive, of: 'system', user: undefined, top: dataFolder(world), below: [instance] };
}

export function userPlace({ layout }: Pick<SavedWorld, 'layout'>, instance: string, user: User): Place {
  const top = join(layout.root, user.home);
  return { archive: userArchiveOf(user.name), of: 'user', user, top, below: ['snap', instance] };
}

/** The folder with the snap's data; `undefined` where the snap has none there. */
export async function openPlace({ top, below }: Place): Promise<Directory | undefined> {
  let directory = await Directory.at(top).catch(absent);
  for (const name of below) {
    const above = directory;
    try {
      directory = await above?.find(name);
    } finally {
      await above?.close();
    }
  }
  return directory;
}

/** The folders of a revision's data that are there. */
export async function foldersIn(base: Directory, revision: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of [revision, 'common']) if ((await base.stat(name))?.isDirectory() === true) found.push(name);
  return found;
}

/** True where data can be put: the system's folder, or a home that is there. */
export async function hasTop({ top }: Place): Promise<boolean> {
  return (await fs.stat(top).catch(absent))?.isDirectory() === true;
}
