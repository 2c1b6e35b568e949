import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { type Database, openDatabase } from './database.ts';
import { readLog } from './database-log.ts';
import { frameBytes } from './database-sqlite.ts';

/** A database of one page in its file, and everything else in its log. */
async function logOf(t: Test) {
  const folder = t.testdir();
  const path = join(folder, 'state.db');
  const database = await openDatabase(path);
  database.migrate([{ version: 1, statements: ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'] }]);
  const add = (text: string, into: Database = database) =>
    into.transaction('note', (sql) => sql.run('INSERT INTO notes (text) VALUES (?)', text));
  for (let n = 0; n < 12; n++) add(`${n} ${'x'.repeat(700)}`);
  await database.close();
  return { folder, path, bytes: readFileSync(`${path}-wal`) };
}

/** How many frames of a log SQLite itself takes, and how many notes it finds. */
function sqliteSays(folder: string, path: string, bytes: Uint8Array) {
  const copy = join(folder, 'copy.db');
  copyFileSync(path, copy);
  writeFileSync(`${copy}-wal`, bytes);
  const sqlite = new Sqlite(copy);
  try {
    sqlite.prepare('SELECT 1 FROM sqlite_schema').get();
    const [row] = sqlite.pragma('wal_checkpoint(NOOP)') as { log: number }[];
    return Math.max(0, row?.log ?? 0);
  } finally {
    sqlite.close();
  }
}

t.test('of a whole log all is known', async (t) => {
  const { folder, path, bytes } = await logOf(t);
  const log = readLog(bytes);
  t.equal(log?.salt, bytes.readUInt32BE(16));
  t.equal(log?.pageBytes, 4096);
  t.equal(log?.frames, sqliteSays(folder, path, bytes));
  t.equal(log?.frames, (bytes.length - 32) / frameBytes);
  t.equal(log?.unusable, 0);
  t.strictSame([...(log?.pages ?? [])].sort(), [1, 2, 3, 4, 5], 'the schema, the root, and the leaves');
});

t.test('wherever a bit flips, it is taken as SQLite takes it, and what is behind is counted', async (t) => {
  const { folder, path, bytes } = await logOf(t);
  const frames = (bytes.length - 32) / frameBytes;
  const isCommit = (n: number) => bytes.readUInt32BE(32 + n * frameBytes + 4) !== 0;
  const commitsFrom = (from: number) =>
    Array.from({ length: frames - from }, (_, n) => from + n).filter(isCommit).length;
  for (const offset of [1, 30, 33, 36, 50, 300, 4000, frameBytes * 3 + 40, frameBytes * 7 + 100, bytes.length - 1]) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(offset) ^ 0x10, offset);
    const log = readLog(damaged);
    t.equal(log?.frames ?? 0, sqliteSays(folder, path, damaged), `bit at ${offset}`);
    if (offset < 32) t.equal(log, undefined, 'the head');
    else t.equal(log?.unusable, commitsFrom(Math.floor((offset - 32) / frameBytes)), `commits behind ${offset}`);
  }
});

t.test('wherever it is cut off, it is taken as SQLite takes it', async (t) => {
  const { folder, path, bytes } = await logOf(t);
  for (const length of [0, 10, 31, 32, 60, frameBytes, frameBytes + 32, 5 * frameBytes + 17, bytes.length - 1]) {
    const log = readLog(bytes.subarray(0, length));
    t.equal(log?.frames ?? 0, sqliteSays(folder, path, bytes.subarray(0, length)), `${length} bytes`);
    t.equal(log?.unusable ?? 0, 0, 'nobody can tell that there was more');
    t.equal(log === undefined, length < 32);
  }
});

t.test('frames from before the log started over are not its own', async (t) => {
  const { path, bytes } = await logOf(t);
  const sqlite = new Sqlite(path);
  sqlite.pragma('wal_checkpoint(RESTART)');
  sqlite.exec("INSERT INTO notes (text) VALUES ('after')");
  const restarted = readFileSync(`${path}-wal`);
  sqlite.close();
  const log = readLog(restarted);
  t.equal(restarted.length, bytes.length, 'the old ones are still there');
  t.ok(log !== undefined && log.frames < 4);
  t.equal(log?.unusable, 0);
  t.equal(log?.salt, ((readLog(bytes)?.salt ?? 0) + 1) >>> 0, 'the salt has gone on by one');
});

t.test('a commit that was being written is no damage', async (t) => {
  const { path } = await logOf(t);
  const sqlite = new Sqlite(path);
  sqlite.pragma('wal_autocheckpoint = 0');
  sqlite.exec('BEGIN; INSERT INTO notes (text) VALUES (hex(zeroblob(9000))); COMMIT');
  const bytes = readFileSync(`${path}-wal`);
  sqlite.close();
  const whole = readLog(bytes);
  const cut = readLog(bytes.subarray(0, bytes.length - frameBytes));
  t.ok((cut?.frames ?? 0) < (whole?.frames ?? 0) - 1, 'several pages of it');
  t.equal(cut?.unusable, 0);
});

t.test('bytes of any kind are no log, and no reason to fall', (t) => {
  for (const bytes of [Buffer.alloc(5000), Buffer.alloc(5000, 0xff), Buffer.from('holdfast'.repeat(900))]) {
    t.equal(readLog(bytes), undefined);
  }
  t.end();
});
