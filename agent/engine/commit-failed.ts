/** Tells a handler's own writes that went wrong from a database that takes no write. */
import type { Writer } from '../system/database.ts';
import { DatabaseError, type DatabaseErrorCode } from '../system/database-error.ts';

/** What a handler wanted to write cannot be written; nothing of the commit was. */
export class CommitFailed extends Error {
  override readonly name = 'CommitFailed';
}

/** Codes that speak of the statement, not of the database. */
const faults: ReadonlySet<DatabaseErrorCode> = new Set<DatabaseErrorCode>(['constraint', 'misuse']);

/** Runs a handler's writes. @throws CommitFailed for its fault, what the database throws for any other */
export function guarded(commit: ((sql: Writer) => void) | undefined, sql: Writer): void {
  try {
    commit?.(sql);
  } catch (cause) {
    if (cause instanceof DatabaseError && !faults.has(cause.code)) throw cause;
    throw new CommitFailed(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
