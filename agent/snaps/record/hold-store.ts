/** The holds in the database, a row each. */
import type { Database, Writer } from '../../system/database.ts';
import type { Hold, HoldLevel } from './holds.ts';

/** The table, for the schema's migrations. */
export const holdTables: readonly string[] = [
  `CREATE TABLE snap_holds (
    snap TEXT NOT NULL, holder TEXT NOT NULL, first_held TEXT NOT NULL, until TEXT NOT NULL, level TEXT NOT NULL,
    PRIMARY KEY (snap, holder)
  )`,
];

interface Row {
  readonly snap: string;
  readonly holder: string;
  readonly first_held: string;
  readonly until: string;
  readonly level: HoldLevel;
}

export class HoldStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** By snap and holder. */
  all(): Hold[] {
    const rows = this.#db.all<Row>('SELECT * FROM snap_holds ORDER BY snap, holder');
    return rows.map(({ snap, holder, first_held, until, level }) => ({
      ...{ snap, holder, firstHeld: new Date(first_held), level },
      until: until === 'forever' ? until : new Date(until),
    }));
  }

  replace(holds: readonly Hold[]): void {
    this.#db.transaction('holds: replace', (sql) => this.replaceIn(sql, holds));
  }

  /** As part of a task's commit. */
  replaceIn(sql: Writer, holds: readonly Hold[]): void {
    sql.run('DELETE FROM snap_holds');
    for (const { snap, holder, firstHeld, until, level } of holds) {
      sql.run(
        'INSERT INTO snap_holds (snap, holder, first_held, until, level) VALUES (?, ?, ?, ?, ?)',
        ...[snap, holder, firstHeld.toISOString(), until === 'forever' ? until : until.toISOString(), level],
      );
    }
  }
}
