/** The configuration of snaps in the database: a row for each first part of a key. */
import type { Database, Writer } from '../system/database.ts';
import type { ConfigDocument, ConfigValue } from './config-document.ts';

/** The table, for the schema's migrations. */
export const configTables: readonly string[] = [
  'CREATE TABLE config (snap TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (snap, key))',
];

export class ConfigStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The whole document; empty where nothing was ever set. */
  read(snap: string): ConfigDocument {
    const rows = this.#db.all<{ key: string; value: string }>('SELECT key, value FROM config WHERE snap = ?', snap);
    return Object.fromEntries(rows.map(({ key, value }) => [key, JSON.parse(value) as ConfigValue]));
  }

  /** Puts `document` in the place of what there was, in one commit. */
  write(snap: string, document: ConfigDocument): void {
    this.#db.transaction('config: write', (sql) => this.put(sql, snap, document));
  }

  /** The same in somebody else's commit. */
  put(sql: Writer, snap: string, document: ConfigDocument): void {
    sql.run('DELETE FROM config WHERE snap = ?', snap);
    for (const [key, value] of Object.entries(document)) {
      sql.run('INSERT INTO config (snap, key, value) VALUES (?, ?, ?)', snap, key, JSON.stringify(value));
    }
  }
}
