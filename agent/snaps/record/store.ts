/**
 * The records in the database, a document each. A mutation is one transaction; within the commit of a task it is part of
 * that commit, so that the task's end and what it wrote become durable together.
 */
import type { Database, Reader, Writer } from '../../system/database.ts';
import { decodeRecord } from './decode.ts';
import type { SnapRecord } from './model.ts';

/** The table, for the schema's migrations. */
export const recordTables: readonly string[] = [
  'CREATE TABLE snap_records (instance TEXT PRIMARY KEY, record TEXT NOT NULL)',
];

interface Row {
  readonly instance: string;
  readonly record: string;
}

export class SnapRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @param sql where a task's commit has to see its own writes */
  get(instance: string, sql: Reader = this.#db): SnapRecord | undefined {
    const row = sql.get<Row>('SELECT * FROM snap_records WHERE instance = ?', instance);
    return row === undefined ? undefined : decodeRecord(row.instance, row.record);
  }

  /** By instance name. */
  all(): SnapRecord[] {
    const rows = this.#db.all<Row>('SELECT * FROM snap_records ORDER BY instance');
    return rows.map(({ instance, record }) => decodeRecord(instance, record));
  }

  put(record: SnapRecord): void {
    this.#db.transaction('snaps: put', (sql) => this.putIn(sql, record));
  }

  remove(instance: string): void {
    this.#db.transaction('snaps: remove', (sql) => this.removeIn(sql, instance));
  }

  /** As part of a task's commit. A record without revisions is one of a snap that is not installed: it goes. */
  putIn(sql: Writer, record: SnapRecord): void {
    if (record.sequence.length === 0) {
      this.removeIn(sql, record.instance);
      return;
    }
    sql.run(
      'INSERT OR REPLACE INTO snap_records (instance, record) VALUES (?, ?)',
      record.instance,
      JSON.stringify(record),
    );
  }

  removeIn(sql: Writer, instance: string): void {
    sql.run('DELETE FROM snap_records WHERE instance = ?', instance);
  }
}
