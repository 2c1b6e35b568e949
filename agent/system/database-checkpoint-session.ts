/**
 * Taking a checkpoint, in a worker with connections of its own. The order is what recovery rests on (database-judge.ts):
 *
 * 1. a reader pins what is committed; that is looked through, and copied;
 * 2. the main thread writes the copy to the medium;
 * 3. the log is folded into the file up to what was copied, and no further;
 * 4. the log starts over, unless something came after what was copied.
 *
 * So outside of the pages that are in the log, the file is always equal to the newest checkpoint.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { packCheckpoint } from './database-checkpoint.ts';
import { type DatabaseErrorCode, databaseErrorFrom } from './database-error.ts';
import {
  type ConnectionOptions,
  check,
  closeKeepingLog,
  connect,
  loadSqlite,
  logFrames,
  type Sqlite,
  touch,
} from './database-sqlite.ts';
import type { Talk } from './worker-talk.ts';

export interface CheckpointOrder {
  readonly path: string;
  readonly options: ConnectionOptions;
  readonly sequence: number;
  readonly time: string;
  /** The log is cut down to this when it starts over, bytes. */
  readonly logBytes: number;
}

/** What the session says, in this order; or that it failed. */
export type CheckpointSaid =
  | { readonly kind: 'copy'; readonly file: Uint8Array }
  | { readonly kind: 'folded' }
  | { readonly kind: 'over'; readonly logFrames: number }
  | { readonly kind: 'failed'; readonly code: DatabaseErrorCode; readonly message: string };

/** After the copy: it is `written`. After the folding: `restart` the log. Or `stop` at either. */
export type CheckpointAnswer = 'written' | 'restart' | 'stop';

/** More tries than it takes to find the log between two commits. */
const maxTries = 100;

export async function checkpointSession(talk: Talk): Promise<void> {
  const order = (await talk.hear()) as CheckpointOrder;
  const library = await loadSqlite();
  const open: Sqlite[] = [];
  const say = (said: CheckpointSaid) => talk.say(said, said.kind === 'copy' ? [said.file.buffer as ArrayBuffer] : []);
  try {
    const [own, reader] = [0, 1].map(() => {
      const sqlite = connect(library, order.path, order.options);
      open.push(sqlite);
      return sqlite;
    });
    if (own === undefined || reader === undefined) return;
    own.pragma(`journal_size_limit = ${order.logBytes}`);
    const pinned = pin(order.path, own, reader);
    check(reader);
    say({ kind: 'copy', file: packCheckpoint(reader.serialize(), { ...order, ...pinned }) });
    if (((await talk.hear()) as CheckpointAnswer) !== 'written') return;
    // Onto the medium, and into the file as far as the reader sees.
    own.pragma('wal_checkpoint(PASSIVE)');
    reader.exec('ROLLBACK');
    say({ kind: 'folded' });
    if (((await talk.hear()) as CheckpointAnswer) !== 'restart') return;
    touch(own);
    say({ kind: 'over', logFrames: logFrames(own) });
  } catch (error) {
    const { code, message } = databaseErrorFrom(error, 'take a checkpoint of the database');
    say({ kind: 'failed', code, message });
  } finally {
    const [own, reader] = open;
    reader?.close();
    // The main connection may be closed by now, and this one the last.
    if (own !== undefined) closeKeepingLog(library, order.path, order.options, own);
  }
}

/** Begins to read, and tells where in the log that is. */
function pin(path: string, own: Sqlite, reader: Sqlite): { readonly logSalt: number; readonly logFrames: number } {
  for (let tries = 0; tries < maxTries; tries++) {
    const [salt, frames] = [saltOf(path), logFrames(own)];
    reader.exec('BEGIN');
    reader.prepare('SELECT 1 FROM sqlite_schema').get();
    if (saltOf(path) === salt && logFrames(own) === frames) return { logSalt: salt, logFrames: frames };
    reader.exec('ROLLBACK');
  }
  throw new Error('the database is written to without a break');
}

function saltOf(path: string): number {
  const head = Buffer.alloc(20);
  const fd = openSync(`${path}-wal`, 'r');
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  return head.readUInt32BE(16);
}
