/**
 * The state database: opened, or made. It says what was asked for and how far it got; what boots is in the environment, so
 * a device whose database is lost still boots and recovers, and this says what was lost.
 */
import { dirname } from 'node:path';
import { type Database, type DatabaseOptions, openDatabase } from '../system/database.ts';
import { DatabaseError } from '../system/database-error.ts';
import type { Disk } from '../system/disk.ts';
import { migrations } from './schema.ts';

export interface OpenState {
  readonly database: Database;
  /** Why the state there was could not be used; it was put aside as `<file>.damaged`. */
  readonly lost: string | undefined;
}

/**
 * Opens the database at `path`, and makes it where there is none or where it is damaged.
 * @throws DatabaseError where the medium, or another process, is the reason; the file is left alone then
 */
export async function openState(disk: Disk, path: string, options: DatabaseOptions): Promise<OpenState> {
  await disk.mkdir(dirname(path));
  try {
    return { database: await openMigrated(path, options), lost: undefined };
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'corrupt') throw error;
    await disk.rename(path, `${path}.damaged`);
    // A log that belongs to the damaged file would be replayed into the new one.
    for (const suffix of ['-wal', '-shm']) await disk.remove(`${path}${suffix}`);
    return { database: await openMigrated(path, options), lost: error.message };
  }
}

async function openMigrated(path: string, options: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(path, options);
  try {
    database.migrate(migrations);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}
