import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t from 'tap';
import { isCommit } from './wal.ts';

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

t.test('a frame that ends a transaction is told from the others', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-wal-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const database = new Sqlite(join(folder, 'db'));
  t.teardown(() => database.close());
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE things (name TEXT)');
  const insert = database.prepare('INSERT INTO things VALUES (?)');
  insert.run('small');
  insert.run('large'.repeat(10_000));
  database.transaction(() => {
    insert.run('a');
    insert.run('b');
  })();
  const log = await readFile(join(folder, 'db-wal'));
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  const headers: Buffer[] = [];
  for (let at = LOG_HEADER_BYTES; at < log.length; at += frameBytes)
    headers.push(log.subarray(at, at + FRAME_HEADER_BYTES));
  t.equal(headers.filter(isCommit).length, 4, 'the table, two rows one by one, and two at once');
  t.ok(headers.length > 15, 'among many pages of the large one');
  t.notOk(isCommit(log.subarray(LOG_HEADER_BYTES, LOG_HEADER_BYTES + frameBytes)), 'a page is no header');
});
