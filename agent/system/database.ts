/**
 * The database port: SQLite with a write-ahead log, every commit on the medium when it returns (`synchronous=FULL`; one
 * fsync), and every commit a named durable write that a test can cut the power at (durable.ts).
 *
 * better-sqlite3 is loaded on the first open, so that what needs no database starts without it.
 */

import { constants, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { DatabaseError, databaseErrorFrom } from './database-error.ts';
import { type Migration, migrate } from './database-schema.ts';
import type { WriteWitness } from './durable.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

/** Reading; rows in the shape that the caller names. Every statement is prepared once and kept. */
export interface Reader {
  /** The first row; undefined if there is none. */
  get<T = Row>(sql: string, ...values: readonly SqlValue[]): T | undefined;
  all<T = Row>(sql: string, ...values: readonly SqlValue[]): T[];
}

/** What a transaction is given. */
export interface Writer extends Reader {
  /** Runs one statement; how many rows it changed and the id of the last one inserted. */
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number };
}

export interface Database extends Reader {
  readonly path: string;
  /** The version of the schema that is in the file (`user_version`). */
  readonly version: number;
  /** Brings the schema up to the last of `list`; a newer schema is left as it is. */
  migrate(list: readonly Migration[]): void;
  /**
   * Runs `work` and commits what it did as one durable write called `name`. Throws what `work` throws, and then nothing is
   * changed. `work` is synchronous, and transactions do not nest.
   */
  transaction<T>(name: string, work: (sql: Writer) => T): T;
  /** The whole database as the bytes of a file, for a checkpoint. */
  serialize(): Uint8Array;
  close(): void;
}

export interface DatabaseOptions {
  /** Path of better_sqlite3.node, for the shipped bundle, where the library cannot find it by itself. */
  readonly nativeBinding?: string;
  readonly onWrite?: WriteWitness;
  /** How long a statement waits for another process; 5000 ms by default. */
  readonly busyTimeoutMs?: number;
}

/** More distinct statements than the agent has; one built from data would otherwise grow the cache without end. */
const MAX_STATEMENTS = 500;

class SqliteDatabase implements Database {
  readonly path: string;
  readonly #sqlite: BetterSqlite3.Database;
  readonly #witness: WriteWitness;
  readonly #statements = new Map<string, BetterSqlite3.Statement>();

  constructor(path: string, sqlite: BetterSqlite3.Database, witness: WriteWitness) {
    this.path = path;
    this.#sqlite = sqlite;
    this.#witness = witness;
  }

  get version(): number {
    return Number(this.#sqlite.pragma('user_version', { simple: true }));
  }

  get<T = Row>(sql: string, ...values: readonly SqlValue[]): T | undefined {
    return this.#guard(sql, () => this.#reading(sql).get(...values) as T | undefined);
  }

  all<T = Row>(sql: string, ...values: readonly SqlValue[]): T[] {
    return this.#guard(sql, () => this.#reading(sql).all(...values) as T[]);
  }

  migrate(list: readonly Migration[]): void {
    migrate(this, list);
  }

  transaction<T>(name: string, work: (sql: Writer) => T): T {
    const action = `commit ${name}`;
    if (this.#sqlite.inTransaction)
      throw new DatabaseError('misuse', action, { detail: 'a transaction is open already' });
    this.#guard(action, () => this.#sqlite.exec('BEGIN IMMEDIATE'));
    try {
      const result = work({
        get: (sql, ...values) => this.get(sql, ...values),
        all: (sql, ...values) => this.all(sql, ...values),
        run: (sql, ...values) => this.#run(sql, values),
      });
      if (result instanceof Promise) throw new DatabaseError('misuse', action, { detail: 'the work is asynchronous' });
      this.#witness({ op: 'commit', path: name }, 'before');
      this.#guard(action, () => this.#sqlite.exec('COMMIT'));
      this.#witness({ op: 'commit', path: name }, 'after');
      return result;
    } finally {
      // SQLite has rolled back by itself after some errors, a full disk for one.
      if (this.#sqlite.inTransaction) this.#sqlite.exec('ROLLBACK');
    }
  }

  serialize(): Uint8Array {
    return this.#guard('copy the database', () => this.#sqlite.serialize());
  }

  close(): void {
    this.#sqlite.close();
  }

  #run(sql: string, values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number } {
    return this.#guard(sql, () => {
      if (!this.#sqlite.inTransaction) throw new DatabaseError('misuse', sql, { detail: 'its transaction has ended' });
      const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
      return { changes, lastId: Number(lastInsertRowid) };
    });
  }

  #reading(sql: string): BetterSqlite3.Statement {
    const statement = this.#prepare(sql);
    if (statement.readonly) return statement;
    throw new DatabaseError('misuse', `run ${sql}`, { detail: 'only a transaction may write' });
  }

  #prepare(sql: string): BetterSqlite3.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<T>(action: string, body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw databaseErrorFrom(error, action);
    }
  }
}

async function load(): Promise<typeof BetterSqlite3> {
  try {
    return (await import('better-sqlite3')).default;
  } catch (cause) {
    throw new DatabaseError('unavailable', 'open a database', { cause });
  }
}

/** Sets what durability rests on, and makes sure that it took. */
function configure(sqlite: BetterSqlite3.Database): void {
  const settings: readonly (readonly [pragma: string, value: string | number, answer: string | number])[] = [
    ['journal_mode', 'WAL', 'wal'],
    ['synchronous', 'FULL', 2], // the library's build makes it NORMAL under WAL, which loses commits
    ['foreign_keys', 'ON', 1],
    ['trusted_schema', 'OFF', 0],
  ];
  for (const [pragma, value, answer] of settings) {
    sqlite.pragma(`${pragma} = ${value}`);
    const got = sqlite.pragma(pragma, { simple: true });
    if (got !== answer) throw new DatabaseError('unavailable', `set ${pragma}`, { detail: `it is ${String(got)}` });
  }
  const check = sqlite.pragma('quick_check(1)', { simple: true });
  if (check !== 'ok') throw new DatabaseError('corrupt', 'open the database', { detail: String(check) });
}

/** Opens the database at `path`, creating it if there is none (its directory has to exist). Throws DatabaseErrors. */
export async function openDatabase(path: string, options: DatabaseOptions = {}): Promise<Database> {
  if (!existsSync(dirname(path))) {
    throw new DatabaseError('io', `open the database ${path}`, { detail: 'its directory does not exist' });
  }
  const Sqlite = await load();
  const isNew = !existsSync(path);
  let sqlite: BetterSqlite3.Database | undefined;
  try {
    const binding = options.nativeBinding === undefined ? {} : { nativeBinding: options.nativeBinding };
    sqlite = new Sqlite(path, { timeout: options.busyTimeoutMs ?? 5000, ...binding });
    configure(sqlite);
    if (isNew) await syncName(path);
    return new SqliteDatabase(path, sqlite, options.onWrite ?? (() => {}));
  } catch (error) {
    sqlite?.close();
    throw databaseErrorFrom(error, `open the database ${path}`);
  }
}

/** Makes the new file's name durable. */
async function syncName(path: string): Promise<void> {
  const handle = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync().finally(() => handle.close());
}
