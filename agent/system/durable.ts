/**
 * What a durable write is called. Any of them can be the last one before the power goes (design.md, principle 1), so the
 * disk and the database announce each to a witness, and a test that throws there cuts the power there.
 */

export type DurableOp =
  | 'replace'
  | 'symlink'
  | 'rewrite'
  | 'mkdir'
  | 'rename'
  | 'remove'
  | 'stream'
  | 'copy'
  | 'commit';

export interface DurableWrite {
  readonly op: DurableOp;
  /** The absolute path written; for `commit`, the transaction's name. */
  readonly path: string;
  /** For `rewrite`: where in the file, bytes. */
  readonly offset?: number;
}

/**
 * `before`: nothing of it is on the medium. `inside`: part of it is (a temporary file, a torn region, a directory half
 * gone). `after`: all of it is, though the caller does not know yet.
 */
export type Moment = 'before' | 'inside' | 'after';

export const MOMENTS: readonly Moment[] = ['before', 'inside', 'after'];

/** Called at every moment of every durable write. What it throws ends the write there, with nothing tidied up. */
export type WriteWitness = (write: DurableWrite, moment: Moment) => void;
