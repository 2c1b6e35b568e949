/**
 * The snaps on this device. The files are the truth: the table only remembers what reading them told, and is brought in
 * line with them at each start-up. It also remembers the highest local revision, so that no name is given twice.
 */
import type { Database, Writer } from '../system/database.ts';
import { nextLocalRevision, parseFileName } from './file-name.ts';

/** The tables, for the schema's migrations. */
export const inventoryTables: readonly string[] = [
  `CREATE TABLE snaps (
    file TEXT PRIMARY KEY, name TEXT NOT NULL, revision TEXT NOT NULL, type TEXT NOT NULL, version TEXT NOT NULL,
    size INTEGER NOT NULL, time TEXT NOT NULL
  )`,
  'CREATE TABLE named_files (name TEXT PRIMARY KEY, file TEXT NOT NULL)',
];

export interface KnownSnap {
  readonly file: string;
  readonly name: string;
  readonly revision: string;
  readonly type: string;
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** When it came, or was first seen. */
  readonly time: string;
}

export class Inventory {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** By name, then in the order in which they came. */
  list(): KnownSnap[] {
    return this.#db.all<KnownSnap>('SELECT * FROM snaps ORDER BY name, time, file');
  }

  /**
   * Brings the table in line with the files that are there. `describe` reads one that is new; `undefined` where it cannot
   * be read: such a file is left out, and tried again at the next start.
   */
  async sync(
    files: readonly { readonly file: string; readonly size: number }[],
    describe: (file: string) => Promise<{ readonly type: string; readonly version: string } | undefined>,
  ): Promise<void> {
    const known = new Map(this.list().map((snap) => [snap.file, snap]));
    const found = new Map<string, Omit<KnownSnap, 'time'>>();
    for (const { file, size } of files) {
      const parsed = parseFileName(file);
      if (parsed === undefined || known.get(file)?.size === size) continue;
      const info = await describe(file);
      if (info !== undefined) found.set(file, { file, ...parsed, ...info, size });
    }
    const there = new Set(files.map(({ file }) => file));
    const gone = [...known.keys()].filter((file) => !there.has(file));
    if (found.size === 0 && gone.length === 0) return;
    this.#db.transaction('inventory: sync', (sql) => {
      for (const file of gone) sql.run('DELETE FROM snaps WHERE file = ?', file);
      for (const snap of found.values()) this.#insert(sql, snap);
    });
  }

  /** As part of a task's commit. */
  addIn(sql: Writer, snap: Omit<KnownSnap, 'time'>): void {
    this.#insert(sql, snap);
  }

  remove(files: readonly string[]): void {
    if (files.length === 0) return;
    this.#db.transaction('inventory: remove', (sql) => this.removeIn(sql, files));
  }

  /** As part of a task's commit. */
  removeIn(sql: Writer, files: readonly string[]): void {
    for (const file of files) sql.run('DELETE FROM snaps WHERE file = ?', file);
  }

  /** The revision for the next local file of a snap, also above what `files` name. */
  nextRevision(name: string, files: Iterable<string>): string {
    const before = this.#db.get<{ file: string }>('SELECT file FROM named_files WHERE name = ?', name);
    return nextLocalRevision(name, [...files, ...(before === undefined ? [] : [before.file])]);
  }

  #insert(sql: Writer, snap: Omit<KnownSnap, 'time'>): void {
    sql.run(
      'INSERT OR REPLACE INTO snaps (file, name, revision, type, version, size, time) VALUES (?, ?, ?, ?, ?, ?, ?)',
      snap.file,
      snap.name,
      snap.revision,
      snap.type,
      snap.version,
      snap.size,
      this.#now().toISOString(),
    );
    const highest = sql.get<{ file: string }>('SELECT file FROM named_files WHERE name = ?', snap.name);
    const next = nextLocalRevision(snap.name, highest === undefined ? [] : [highest.file]);
    if (snap.revision.startsWith('x') && Number(snap.revision.slice(1)) >= Number(next.slice(1))) {
      sql.run('INSERT OR REPLACE INTO named_files (name, file) VALUES (?, ?)', snap.name, snap.file);
    }
  }
}
