/**
 * Schema migrations. A device may go back to the agent it had before, so the older agent has to be able to use a database that
 * the newer one has changed: a migration only adds (tables, indexes, columns that may be left out). Should one ever have to do
 * more, it names the oldest version that still copes (`oldestReader`), and an older agent refuses with `newer`.
 */
import { DatabaseError } from './database-error.ts';
import type { Reader, Writer } from './sql.ts';

export interface Migration {
  /** 1, 2, 3 ... without a gap. */
  readonly version: number;
  /** SQL statements, one each. */
  readonly statements: readonly string[];
  /** The oldest schema version whose agent can use the database after this; as before if not given. */
  readonly oldestReader?: number;
}

/** What of a database is brought up to date. */
interface Migrated extends Reader {
  readonly path: string;
  readonly version: number;
  transaction(name: string, work: (sql: Writer) => void): void;
}

const ADDITIVE = [
  /^CREATE TABLE \w+ *\(/i,
  /^CREATE INDEX \w+ ON /i,
  /^ALTER TABLE \w+ ADD COLUMN (?!.*\bUNIQUE\b)/i,
  /^INSERT INTO /i,
];

const BOOKKEEPING =
  'CREATE TABLE IF NOT EXISTS schema_reader (one INTEGER PRIMARY KEY CHECK (one = 1), oldest INTEGER NOT NULL)';

function check(list: readonly Migration[]): void {
  for (const [index, { version, statements, oldestReader }] of list.entries()) {
    const refuse = (detail: string): never => {
      throw new DatabaseError('misuse', `migrate to schema ${version}`, { detail });
    };
    if (version !== index + 1) refuse(`it is at place ${index + 1} of the list`);
    if (oldestReader !== undefined && (oldestReader < 1 || oldestReader > version)) refuse('no such oldest reader');
    if (oldestReader !== undefined) continue;
    const wrong = statements.find((statement) => !ADDITIVE.some((pattern) => pattern.test(statement.trim())));
    if (wrong !== undefined) refuse(`it does more than add: ${wrong}`);
  }
}

/** The oldest schema version whose agent can use this database. */
function oldestReader(database: Migrated): number {
  const known = database.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_reader'");
  if (known === undefined) return 0;
  return database.get<{ oldest: number }>('SELECT oldest FROM schema_reader')?.oldest ?? 0;
}

/** Runs the migrations that are missing, one transaction `migrate-<version>` each. */
export function migrate(database: Migrated, list: readonly Migration[]): void {
  check(list);
  const oldest = oldestReader(database);
  if (oldest > list.length) {
    throw new DatabaseError('newer', `use ${database.path}`, {
      detail: `it needs schema ${oldest}, here is ${list.length}`,
    });
  }
  for (const migration of list.slice(database.version)) {
    database.transaction(`migrate-${migration.version}`, (sql) => {
      for (const statement of migration.statements) sql.run(statement);
      if (migration.oldestReader !== undefined) {
        sql.run(BOOKKEEPING);
        sql.run('INSERT OR REPLACE INTO schema_reader (one, oldest) VALUES (1, ?)', migration.oldestReader);
      }
      sql.run(`PRAGMA user_version = ${migration.version}`);
    });
  }
}
