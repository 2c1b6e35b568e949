/** What can go wrong with the database, as a closed set. */

export type DatabaseErrorCode =
  | 'corrupt'
  | 'locked'
  | 'newer'
  | 'io'
  | 'no-space'
  | 'read-only'
  | 'constraint'
  | 'misuse'
  | 'unavailable';

const REASONS: Readonly<Record<DatabaseErrorCode, string>> = {
  corrupt: 'it is damaged; go back to a checkpoint',
  locked: 'another process is using it; is a second daemon running?',
  newer: 'a newer agent made it in a way that this one does not understand; start the newer agent',
  io: 'the medium failed; see the kernel log',
  'no-space': 'no space is left; remove something first',
  'read-only': 'the file system is read-only; it may have found errors',
  constraint: 'the data contradict the schema',
  misuse: 'the statement is wrong',
  unavailable: 'the SQLite library could not be loaded',
};

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;

  /** `action` completes "cannot"; `detail` is added to the code's own reason. */
  constructor(code: DatabaseErrorCode, action: string, options: { detail?: string; cause?: unknown } = {}) {
    const detail = options.detail === undefined ? '' : ` (${options.detail})`;
    super(`cannot ${action}: ${REASONS[code]}${detail}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
  }
}

/** SQLite's result codes by their first word: extended codes such as SQLITE_IOERR_FSYNC begin with the plain one. */
const CODE_OF_RESULT: readonly (readonly [prefix: string, code: DatabaseErrorCode])[] = [
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_LOCKED', 'locked'],
  ['SQLITE_FULL', 'no-space'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_CONSTRAINT', 'constraint'],
  ['SQLITE_IOERR', 'io'],
  ['SQLITE_CANTOPEN', 'io'],
];

const IO_RESULT = 10;

/**
 * The code for what a check of the whole database answers, other than `ok`. A page that the medium did not give is no damage:
 * the next reading may succeed, and a database that is put aside for it is lost.
 */
export function codeOfCheck(answer: string): 'corrupt' | 'io' {
  const [, result = '0'] = /unable to get the page\. error code=(\d+)/.exec(answer) ?? [];
  // The low byte is the plain result, whatever an extended one adds.
  return (Number(result) & 0xff) === IO_RESULT ? 'io' : 'corrupt';
}

/** The DatabaseError for what better-sqlite3 threw; what is no SQLite error is a mistake of the caller. */
export function databaseErrorFrom(error: unknown, action: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const result = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const code = CODE_OF_RESULT.find(([prefix]) => result.startsWith(prefix))?.[1] ?? 'misuse';
  const detail = error instanceof Error ? error.message : String(error);
  return new DatabaseError(code, action, { detail, cause: error });
}
