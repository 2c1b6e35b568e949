/** What the database needs of SQLite itself: the library, connections that keep what durability rests on, and the log. */
import type BetterSqlite3 from 'better-sqlite3';
import { codeOfCheck, DatabaseError } from './database-error.ts';

export type Sqlite = BetterSqlite3.Database;
export type SqliteLibrary = typeof BetterSqlite3;

export interface ConnectionOptions {
  /** Path of better_sqlite3.node, for the shipped bundle, where the library cannot find it by itself. */
  readonly nativeBinding?: string;
  /** How long a statement waits for another connection; 5000 ms by default. */
  readonly busyTimeoutMs?: number;
}

/** A page of the database in its log: the page and a header. */
export const frameBytes = 4096 + 24;

/** Loads the library; on first use, so that what needs no database starts without it. */
export async function loadSqlite(): Promise<SqliteLibrary> {
  try {
    return (await import('better-sqlite3')).default;
  } catch (cause) {
    throw new DatabaseError('unavailable', 'open a database', { cause });
  }
}

/** A connection to the database at `path` that never folds the log in by itself. Throws what SQLite throws. */
export function connect(Library: SqliteLibrary, path: string, options: ConnectionOptions): Sqlite {
  const sqlite = new Library(path, optionsOf(options));
  try {
    configure(sqlite);
    return sqlite;
  } catch (error) {
    // One page that cannot be read or written for a moment must not cost the log.
    closeKeepingLog(Library, path, options, sqlite);
    throw error;
  }
}

function optionsOf({ nativeBinding, busyTimeoutMs = 5000 }: ConnectionOptions): BetterSqlite3.Options {
  return { timeout: busyTimeoutMs, ...(nativeBinding === undefined ? {} : { nativeBinding }) };
}

/** Sets what durability rests on, and makes sure that it took. */
function configure(sqlite: Sqlite): void {
  const settings: readonly (readonly [pragma: string, value: string | number, answer: string | number])[] = [
    ['journal_mode', 'WAL', 'wal'],
    ['synchronous', 'FULL', 2], // the library's build makes it NORMAL under WAL, which loses commits
    ['wal_autocheckpoint', 0, 0], // that is done beside the main thread, and only together with a checkpoint
    ['foreign_keys', 'ON', 1],
    ['trusted_schema', 'OFF', 0],
  ];
  for (const [pragma, value, answer] of settings) {
    sqlite.pragma(`${pragma} = ${value}`);
    const got = sqlite.pragma(pragma, { simple: true });
    if (got !== answer) throw new DatabaseError('unavailable', `set ${pragma}`, { detail: `it is ${String(got)}` });
  }
}

/** Looks through the whole database for damage. Throws DatabaseError: `corrupt`, or `io` where the medium does not let it. */
export function check(sqlite: Sqlite): void {
  const answer = String(sqlite.pragma('integrity_check(1)', { simple: true }));
  if (answer !== 'ok') throw new DatabaseError(codeOfCheck(answer), 'use the database', { detail: answer });
}

/** How many frames the log has; 0 where it was never written. Not inside a transaction. */
export function logFrames(sqlite: Sqlite): number {
  const [row] = sqlite.pragma('wal_checkpoint(NOOP)') as { readonly log: number }[];
  return Math.max(0, row?.log ?? 0);
}

/** Writes a page that says what it said, and syncs the log: the log starts over here if all of it is folded in. */
export function touch(sqlite: Sqlite): void {
  sqlite.pragma('synchronous = FULL');
  sqlite.exec('BEGIN IMMEDIATE');
  sqlite.pragma(`user_version = ${Number(sqlite.pragma('user_version', { simple: true }))}`);
  sqlite.exec('COMMIT');
}

/**
 * Closes a connection and leaves the log where it is: SQLite folds it in and removes it when the last connection that may
 * write is closed, and then nobody could tell a log that was lost from one that was never there. So the last one may not.
 */
export function closeKeepingLog(
  Library: SqliteLibrary,
  path: string,
  options: ConnectionOptions,
  sqlite: Sqlite,
): void {
  let last: Sqlite | undefined;
  // A second time, as what could not be read for a moment must not cost the log either.
  for (let tries = 0; tries < 2; tries++) {
    try {
      last ??= new Library(path, { ...optionsOf(options), readonly: true, fileMustExist: true });
      last.prepare('SELECT 1 FROM sqlite_schema').get();
      break;
    } catch {
      // A database that cannot be read any more is not worth keeping a log for.
    }
  }
  sqlite.close();
  last?.close();
}
