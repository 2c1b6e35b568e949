/**
 * The database port: SQLite with a write-ahead log. Every commit is on the medium when the caller hears of it, and every
 * commit is a named durable write that a test can cut the power at (durable.ts).
 *
 * The log is folded into the file only together with a checkpoint (database-checkpoints.ts), and it stays when the database
 * is closed: so the newest checkpoint and the log are at any time all that there is, and damage to the file costs nothing.
 */

import { closeSync, constants, existsSync, fdatasync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type BetterSqlite3 from 'better-sqlite3';
import { DatabaseError, databaseErrorFrom } from './database-error.ts';
import { Group } from './database-group.ts';
import { type Migration, migrate } from './database-schema.ts';
import {
  type ConnectionOptions,
  check,
  closeKeepingLog,
  connect,
  frameBytes,
  loadSqlite,
  logFrames,
  type Sqlite,
  type SqliteLibrary,
  touch,
} from './database-sqlite.ts';
import type { DurableWrite, WriteWitness } from './durable.ts';
import type { Reader, Row, SqlValue, Writer } from './sql.ts';

export type { Reader, Row, SqlValue, Writer };

/**
 * Readers see what is committed at once, also in the moments before it is on the medium. Whoever does something outside on
 * what it has read from another's commit waits for settled() first.
 */
export interface Database extends Reader {
  readonly path: string;
  /** The version of the schema that is in the file (`user_version`). */
  readonly version: number;
  /** Brings the schema up to the last of `list`; a newer schema is left as it is. */
  migrate(list: readonly Migration[]): void;
  /**
   * Runs `work` and commits what it did as one durable write called `name`: on the medium when this returns. Throws what
   * `work` throws, and then nothing is changed. `work` is synchronous, and transactions do not nest. Blocks this thread for as
   * long as the medium takes.
   */
  transaction<T>(name: string, work: (sql: Writer) => T): T;
  /**
   * The same without blocking: on the medium when the promise resolves. `work` runs at once, unless commits are held up; then
   * in the order of the calls. A later commit of either kind is never on the medium without the earlier ones.
   * @throws what `work` throws; DatabaseError `io` where the medium did not take it: what it did is gone then
   */
  commit<T>(name: string, work: (sql: Writer) => T): Promise<T>;
  /** Resolves when all that readers can see now is on the medium. */
  settled(): Promise<void>;
  /** Bytes of the log that are in use. */
  readonly logBytes: number;
  /** Commits since it was opened. */
  readonly commits: number;
  /** `onCommit` is told after each commit how many bytes of the log are in use. */
  watch(onCommit: (logBytes: number) => void): void;
  /** While `work` runs, which has the file open by another connection, the database is neither closed nor read again. */
  beside<T>(work: () => Promise<T>): Promise<T>;
  /** While `work` runs, commit() waits. */
  holding<T>(work: () => Promise<T>): Promise<T>;
  /** Closed when this returns; resolves when nothing has its files open any more. Commits that wait for the medium go on. */
  close(): Promise<void>;
}

export interface DatabaseOptions extends ConnectionOptions {
  readonly onWrite?: WriteWitness;
  /** Brings a file's content onto the medium; fdatasync(2) on a thread of Node's pool unless told. */
  readonly sync?: (fd: number) => Promise<void>;
  /** Drops a file from the page cache, so that what is read after a failed sync is what the medium has. */
  readonly forget?: (fd: number) => void;
  /** Told when the medium has failed, and what came of it. */
  readonly onTrouble?: (text: string) => void;
}

/** More distinct statements than the agent has; one built from data would otherwise grow the cache without end. */
const MAX_STATEMENTS = 500;

class SqliteDatabase implements Database {
  readonly path: string;
  commits = 0;
  readonly #library: SqliteLibrary;
  readonly #options: DatabaseOptions;
  #sqlite: Sqlite;
  /** Of the log, for syncing it. */
  #log: number;
  readonly #witness: WriteWitness;
  readonly #statements = new Map<string, BetterSqlite3.Statement>();
  readonly #group = new Group({ sync: () => this.#sync(), look: (error) => this.#look(error) });
  readonly #beside = new Set<Promise<unknown>>();
  /** Commits that wait, and how many hold them up. */
  readonly #held: (() => void)[] = [];
  #holders = 0;
  /** Why nothing can be relied on: a sync has failed, and the medium has not been read again since. */
  #failure: DatabaseError | undefined;
  #doubt = Promise.withResolvers<never>();
  #closing: Promise<void> | undefined;
  #onCommit: (logBytes: number) => void = () => {};

  constructor(library: SqliteLibrary, path: string, sqlite: Sqlite, options: DatabaseOptions) {
    this.path = path;
    this.#library = library;
    this.#options = options;
    this.#sqlite = sqlite;
    this.#log = openSync(`${path}-wal`, 'r');
    this.#witness = options.onWrite ?? (() => {});
    this.#doubt.promise.catch(() => {});
  }

  get version(): number {
    return Number(this.#sqlite.pragma('user_version', { simple: true }));
  }

  get logBytes(): number {
    return logFrames(this.#sqlite) * frameBytes;
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
    const write = { op: 'commit', path: name } as const;
    const result = this.#execute(write, work);
    this.#witness(write, 'after');
    return result;
  }

  commit<T>(name: string, work: (sql: Writer) => T): Promise<T> {
    if (this.#holders === 0) return this.#commit(name, work);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#held.push(() => void this.#commit(name, work).then(resolve, reject));
    return promise;
  }

  async settled(): Promise<void> {
    this.#assertFree('wait for the medium');
    // Not for what comes after a failure: reading again waits in turn for some that wait here.
    await Promise.race([this.#group.add(logFrames(this.#sqlite)), this.#doubt.promise]);
  }

  watch(onCommit: (logBytes: number) => void): void {
    this.#onCommit = onCommit;
  }

  async beside<T>(work: () => Promise<T>): Promise<T> {
    this.#assertFree('open the database once more');
    const running = work();
    this.#beside.add(running);
    return running.finally(() => this.#beside.delete(running));
  }

  async holding<T>(work: () => Promise<T>): Promise<T> {
    this.#holders += 1;
    try {
      return await work();
    } finally {
      this.#holders -= 1;
      if (this.#holders === 0) this.#release();
    }
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    this.#closing = this.#end();
    this.#release();
    return this.#closing;
  }

  async #end(): Promise<void> {
    closeKeepingLog(this.#library, this.path, this.#options, this.#sqlite);
    await Promise.allSettled([this.#group.idle(), ...this.#beside]);
    closeSync(this.#log);
  }

  async #commit<T>(name: string, work: (sql: Writer) => T): Promise<T> {
    const write = { op: 'commit', path: name } as const;
    let result: T;
    this.#assertFree(`commit ${name}`);
    this.#sqlite.pragma('synchronous = NORMAL');
    try {
      result = this.#execute(write, work);
    } finally {
      this.#sqlite.pragma('synchronous = FULL');
    }
    this.#witness(write, 'inside');
    await this.#group.add(logFrames(this.#sqlite));
    this.#witness(write, 'after');
    return result;
  }

  #execute<T>(write: DurableWrite, work: (sql: Writer) => T): T {
    const action = `commit ${write.path}`;
    this.#assertFree(action);
    this.#guard(action, () => this.#sqlite.exec('BEGIN IMMEDIATE'));
    try {
      const result = work({
        get: (sql, ...values) => this.get(sql, ...values),
        all: (sql, ...values) => this.all(sql, ...values),
        run: (sql, ...values) => this.#run(sql, values),
      });
      if (result instanceof Promise) throw new DatabaseError('misuse', action, { detail: 'the work is asynchronous' });
      this.#witness(write, 'before');
      this.#guard(action, () => this.#sqlite.exec('COMMIT'));
      this.commits += 1;
      this.#onCommit(this.logBytes);
      return result;
    } finally {
      // SQLite has rolled back by itself after some errors, a full disk for one.
      if (this.#sqlite.inTransaction) this.#sqlite.exec('ROLLBACK');
    }
  }

  async #sync(): Promise<void> {
    try {
      await (this.#options.sync ?? syncData)(this.#log);
    } catch (cause) {
      throw new DatabaseError('io', `bring the log of ${this.path} onto the medium`, { detail: String(cause), cause });
    }
  }

  /**
   * After a failed sync the kernel takes the pages for written, and the next sync succeeds over the loss: so everything is
   * forgotten and read again, and what is there then is made durable and is what happened.
   */
  async #look(error: unknown): Promise<number> {
    const failure = databaseErrorFrom(error, 'write its log');
    this.#failure = failure;
    this.#doubt.reject(failure);
    return this.holding(async () => {
      // Their connections keep an index of the log that was.
      await Promise.allSettled([...this.#beside]);
      if (this.#closing !== undefined) throw failure;
      const before = logFrames(this.#sqlite);
      const after = this.#guard('read the database again', () => this.#reopen());
      this.#failure = undefined;
      this.#doubt = Promise.withResolvers();
      this.#doubt.promise.catch(() => {});
      this.#options.onTrouble?.(
        `the medium did not take a commit; the database was read from it again, ` +
          (after < before ? `and the last ${before - after} pages of its log are lost` : 'and nothing is lost'),
      );
      return after;
    }).catch((error: unknown) => {
      this.#options.onTrouble?.(`the database cannot be relied on: ${error instanceof Error ? error.message : error}`);
      throw error;
    });
  }

  /** Reads from the medium what is there, makes sure that it lasts, and tells how much of the log that is. */
  #reopen(): number {
    closeKeepingLog(this.#library, this.path, this.#options, this.#sqlite);
    this.#statements.clear();
    for (const path of [this.path, `${this.path}-wal`]) {
      const fd = openSync(path, 'r');
      this.#options.forget?.(fd);
      closeSync(fd);
    }
    this.#sqlite = connect(this.#library, this.path, this.#options);
    check(this.#sqlite);
    const frames = logFrames(this.#sqlite);
    touch(this.#sqlite);
    const old = this.#log;
    this.#log = openSync(`${this.path}-wal`, 'r');
    closeSync(old);
    return frames;
  }

  #release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  #assertFree(action: string): void {
    if (this.#closing !== undefined) throw new DatabaseError('misuse', action, { detail: 'the database is closed' });
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#sqlite.inTransaction)
      throw new DatabaseError('misuse', action, { detail: 'a transaction is open already' });
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

const syncData = promisify(fdatasync);

/** Opens the database at `path`, creating it if there is none (its directory has to exist). Throws DatabaseErrors. */
export async function openDatabase(path: string, options: DatabaseOptions = {}): Promise<Database> {
  if (!existsSync(dirname(path))) {
    throw new DatabaseError('io', `open the database ${path}`, { detail: 'its directory does not exist' });
  }
  const library = await loadSqlite();
  const isNew = !existsSync(path) || !existsSync(`${path}-wal`);
  let sqlite: Sqlite | undefined;
  try {
    sqlite = connect(library, path, options);
    check(sqlite);
    // The log gets its head now, so that no commit has to wait for that, and so that a missing log is a lost one.
    if (isNew || logFrames(sqlite) === 0) touch(sqlite);
    if (isNew) await syncName(path);
    return new SqliteDatabase(library, path, sqlite, options);
  } catch (error) {
    if (sqlite !== undefined) closeKeepingLog(library, path, options, sqlite);
    throw databaseErrorFrom(error, `open the database ${path}`);
  }
}

/** Makes the new files' names durable. */
async function syncName(path: string): Promise<void> {
  const handle = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync().finally(() => handle.close());
}
