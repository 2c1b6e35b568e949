/** The numbers of snapshot sets that were given, and when those that were saved by themselves go. */
import type { Database, Writer } from '../../system/database.ts';

/** The tables, for the schema's migrations. */
export const setTables: readonly string[] = [
  'CREATE TABLE snapshot_counter (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL)',
  'CREATE TABLE snapshot_expiry (set_id INTEGER PRIMARY KEY, expiry TEXT NOT NULL)',
];

export class SetStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The number that the next set gets. @param onDisk the highest one that a file has */
  next(onDisk: number): number {
    const last = this.#db.get<{ last: number }>('SELECT last FROM snapshot_counter')?.last ?? 0;
    return Math.max(last, onDisk) + 1;
  }

  /** The same; it is not given again. */
  async give(onDisk: number): Promise<number> {
    return await this.#db.commit('snapshots: number', (sql) => {
      const set = this.next(onDisk);
      sql.run('INSERT OR REPLACE INTO snapshot_counter (one, last) VALUES (1, ?)', set);
      return set;
    });
  }

  expiryOf(set: number): Date | undefined {
    const row = this.#db.get<{ expiry: string }>('SELECT expiry FROM snapshot_expiry WHERE set_id = ?', set);
    return row === undefined ? undefined : new Date(row.expiry);
  }

  /** Of all sets that have one, by set. */
  expiries(): ReadonlyMap<number, Date> {
    const rows = this.#db.all<{ set_id: number; expiry: string }>('SELECT * FROM snapshot_expiry ORDER BY set_id');
    return new Map(rows.map(({ set_id, expiry }) => [set_id, new Date(expiry)]));
  }

  /** As part of a task's commit; `undefined` takes it away. */
  putExpiry(sql: Writer, set: number, expiry: Date | undefined): void {
    if (expiry === undefined) sql.run('DELETE FROM snapshot_expiry WHERE set_id = ?', set);
    else sql.run('INSERT OR REPLACE INTO snapshot_expiry (set_id, expiry) VALUES (?, ?)', set, expiry.toISOString());
  }

  async dropExpiry(set: number): Promise<void> {
    await this.#db.commit('snapshots: no expiry', (sql) => this.putExpiry(sql, set, undefined));
  }
}
