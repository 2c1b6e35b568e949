import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import { codeOfCheck, databaseErrorFrom } from './database-error.ts';
import type { Migration } from './database-schema.ts';
import { forEachCut, powerSupply } from './power.ts';

const NOTES: Migration = {
  version: 1,
  statements: ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'],
};
const KINDS: Migration = {
  version: 2,
  statements: ["ALTER TABLE notes ADD COLUMN kind TEXT NOT NULL DEFAULT 'plain'"],
};

async function opened(t: Test, path: string, options: DatabaseOptions = {}): Promise<Database> {
  const database = await openDatabase(path, options);
  t.teardown(() => database.close());
  return database;
}

const add = (database: Database, text: string): void => {
  database.transaction('note', (sql) => sql.run('INSERT INTO notes (text) VALUES (?)', text));
};
const texts = (database: Database): unknown[] =>
  database.all<{ text: string }>('SELECT text FROM notes ORDER BY id').map(({ text }) => text);

t.test('openDatabase sets what durability rests on', async (t) => {
  const path = join(t.testdir(), 'state.db');
  const database = await opened(t, path);
  const pragma = (name: string): unknown => Object.values(database.get(`PRAGMA ${name}`) ?? {})[0];
  t.equal(readFileSync(path)[18], 2, 'WAL, by the write version in the header of the file');
  t.equal(pragma('synchronous'), 2, 'FULL: the library alone would make it NORMAL');
  t.equal(pragma('foreign_keys'), 1);
  t.equal(pragma('busy_timeout'), 5000);
});

t.test('a transaction keeps all that it did, or nothing', async (t) => {
  const database = await opened(t, join(t.testdir(), 'state.db'));
  database.migrate([NOTES]);
  const result = database.transaction('two notes', (sql) => {
    const first = sql.run('INSERT INTO notes (text) VALUES (?)', 'one');
    sql.run('INSERT INTO notes (text) VALUES (?)', 'two');
    return [first, sql.get('SELECT count(*) AS n FROM notes')];
  });
  t.strictSame(result, [{ changes: 1, lastId: 1 }, { n: 2 }], 'and answers what its work answers');
  const failing = (): void =>
    database.transaction('failing', (sql) => {
      sql.run('DELETE FROM notes');
      throw new RangeError('half-way');
    });
  t.throws(failing, new RangeError('half-way'), 'what the work throws comes out');
  t.strictSame(texts(database), ['one', 'two'], 'and what it did is undone');
});

t.test('values of every kind come back as they went in', async (t) => {
  const database = await opened(t, join(t.testdir(), 'state.db'));
  database.migrate([{ version: 1, statements: ['CREATE TABLE v (a, b, c, d)'] }]);
  database.transaction('values', (sql) =>
    sql.run('INSERT INTO v VALUES (?, ?, ?, ?)', 'é', 2.5, null, Buffer.from([0, 255])),
  );
  t.strictSame(database.get('SELECT * FROM v'), { a: 'é', b: 2.5, c: null, d: Buffer.from([0, 255]) });
  t.equal(database.get('SELECT * FROM v WHERE a = ?', 'none'), undefined);
});

t.test('mistakes are refused and change nothing', async (t) => {
  const database = await opened(t, join(t.testdir(), 'state.db'));
  database.migrate([NOTES]);
  add(database, 'kept');
  let late: (() => unknown) | undefined;
  database.transaction('leaks its writer', (sql) => {
    late = () => sql.run('DELETE FROM notes');
  });
  const rows: readonly [what: string, code: string, mistake: () => unknown][] = [
    ['a write outside a transaction', 'misuse', () => database.get('DELETE FROM notes')],
    ['a write after its transaction', 'misuse', () => late?.()],
    [
      'a transaction inside another',
      'misuse',
      () => database.transaction('a', () => database.transaction('b', () => {})),
    ],
    ['asynchronous work', 'misuse', () => database.transaction('a', async (sql) => sql.run('DELETE FROM notes'))],
    ['a wrong statement', 'misuse', () => database.all('SELECT nothing FROM nowhere')],
    ['two statements in one', 'misuse', () => database.get('SELECT 1; SELECT 2')],
    ['a missing value', 'misuse', () => database.get('SELECT ?')],
    [
      'a broken constraint',
      'constraint',
      () => database.transaction('a', (sql) => sql.run('INSERT INTO notes VALUES (1, 2)')),
    ],
  ];
  for (const [what, code, mistake] of rows)
    t.throws(mistake, { name: 'DatabaseError', code, message: /^cannot / }, what);
  t.strictSame(texts(database), ['kept']);
});

t.test('each commit is one named write, and a cut before it leaves nothing, after it all', async (t) => {
  const folder = t.testdir();
  let runs = 0;
  let path = '';
  const writes = await forEachCut(
    async (power) => {
      path = join(folder, `${runs++}.db`);
      const database = await openDatabase(path, { onWrite: power.onWrite });
      try {
        database.migrate([NOTES]);
        add(database, 'first');
        add(database, 'second');
      } finally {
        await database.close();
      }
    },
    async (cut) => {
      const database = await openDatabase(path);
      const commits = cut.at + (cut.moment === 'after' ? 1 : 0);
      t.equal(database.version, Math.min(1, commits), `${cut.moment} ${cut.at}: schema`);
      database.migrate([NOTES]);
      t.strictSame(
        texts(database),
        ['first', 'second'].slice(0, Math.max(0, commits - 1)),
        `${cut.moment} ${cut.at}: rows`,
      );
      await database.close();
    },
  );
  t.strictSame(writes, ['commit migrate-1', 'commit note', 'commit note']);
});

for (const way of ['transaction', 'commit']) {
  t.test(`what was committed by ${way} is there after SIGKILL`, async (t) => {
    const path = join(t.testdir(), 'state.db');
    const child = spawn(process.execPath, [join(import.meta.dirname, 'database-child.ts'), path, way], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    let last = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line);
      if (last === 25) child.kill('SIGKILL');
    }
    t.equal((await ended)[1], 'SIGKILL', 'the child did not end by itself');
    const database = await opened(t, path);
    const rows = database.all<{ n: number; twice: number }>('SELECT * FROM counts ORDER BY n');
    t.ok(rows.length === last || rows.length === last + 1, `${rows.length} rows for ${last} said to be committed`);
    t.ok(
      rows.every(({ n, twice }, index) => n === index + 1 && twice === 2 * n),
      'without a gap, each whole',
    );
  });
}

t.test('migrate brings an old database up, and the previous agent can use the new one', async (t) => {
  const path = join(t.testdir(), 'state.db');
  const first = await opened(t, path);
  first.migrate([NOTES]);
  add(first, 'old');
  const second = await opened(t, path);
  second.migrate([NOTES, KINDS]);
  second.migrate([NOTES, KINDS]);
  t.equal(second.version, 2);
  const again = await opened(t, path);
  again.migrate([NOTES]);
  add(again, 'by the previous agent');
  t.strictSame(second.all('SELECT text, kind FROM notes'), [
    { text: 'old', kind: 'plain' },
    { text: 'by the previous agent', kind: 'plain' },
  ]);
  t.equal(again.version, 2, 'which leaves the version alone');
});

t.test('an older agent refuses a database that says it would not understand it', async (t) => {
  const path = join(t.testdir(), 'state.db');
  const breaking: Migration = { version: 3, statements: ['ALTER TABLE notes RENAME TO remarks'], oldestReader: 3 };
  (await opened(t, path)).migrate([NOTES, KINDS, breaking]);
  const old = await opened(t, path);
  t.throws(() => old.migrate([NOTES, KINDS]), {
    code: 'newer',
    message: /start the newer agent \(it needs schema 3, here is 2\)/,
  });
  old.migrate([NOTES, KINDS, breaking, { version: 4, statements: ['CREATE INDEX by_text ON remarks (text)'] }]);
  t.equal(old.version, 4);
});

t.test('a migration that does more than add is refused, as is one out of order', async (t) => {
  const database = await opened(t, join(t.testdir(), 'state.db'));
  const rows: readonly (readonly [list: readonly Migration[], why: RegExp])[] = [
    ...[
      'DROP TABLE notes',
      'ALTER TABLE notes RENAME TO x',
      'CREATE UNIQUE INDEX i ON notes (text)',
      'DELETE FROM notes',
    ].map((statement) => [[NOTES, { version: 2, statements: [statement] }], /does more than add/] as const),
    [[{ ...NOTES, version: 2 }], /it is at place 1 of the list/],
    [[NOTES, { ...KINDS, oldestReader: 3 }], /no such oldest reader/],
  ];
  for (const [list, why] of rows) t.throws(() => database.migrate(list), { code: 'misuse', message: why }, String(why));
  t.equal(database.version, 0, 'before anything is done');
});

t.test('a migration that fails leaves the version before it', async (t) => {
  const database = await opened(t, join(t.testdir(), 'state.db'));
  const half: Migration = { version: 2, statements: ['CREATE TABLE b (x)', 'ALTER TABLE missing ADD COLUMN y'] };
  t.throws(() => database.migrate([NOTES, half]), { code: 'misuse' });
  t.equal(database.version, 1);
  t.equal(database.get("SELECT 1 FROM sqlite_schema WHERE name = 'b'"), undefined, 'and nothing of it');
});

t.test('a database that cannot be opened says why', async (t) => {
  const folder = t.testdir({ 'text.db': 'this is no database, and long enough to be taken for one'.repeat(99) });
  await t.rejects(openDatabase(join(folder, 'text.db')), { code: 'corrupt', message: /go back to a checkpoint/ });
  await t.rejects(openDatabase(join(folder, 'no', 'state.db')), {
    code: 'io',
    message: /its directory does not exist/,
  });
  await t.rejects(openDatabase(folder), { code: 'io' });
  t.notOk(existsSync(join(folder, 'no')), 'and creates no directory');

  const torn = join(folder, 'torn.db');
  const database = await openDatabase(torn);
  database.migrate([NOTES]);
  for (let i = 0; i < 50; i++) add(database, 'x'.repeat(1000));
  await database.close();
  t.ok(existsSync(`${torn}-wal`), 'the log outlives the database: one that is missing is lost');
  const other = new Sqlite(torn);
  other.pragma('wal_checkpoint(TRUNCATE)');
  other.close();
  const size = readFileSync(torn).length;
  const fd = openSync(torn, 'r+');
  for (let at = 4096; at < size; at += 4096) writeSync(fd, Buffer.alloc(256, 0xa5), 0, 256, at);
  await t.rejects(openDatabase(torn), { code: 'corrupt' }, 'the check at open finds damaged pages');
});

t.test('a database that another one holds is reported as locked', async (t) => {
  const path = join(t.testdir(), 'state.db');
  const one = await opened(t, path);
  const two = await opened(t, path, { busyTimeoutMs: 0 });
  one.migrate([NOTES]);
  const attempt = (): void => one.transaction('outer', () => add(two, 'blocked'));
  t.throws(attempt, { code: 'locked', message: /is a second daemon running/ });
  add(two, 'free');
  t.strictSame(texts(one), ['free']);
});

t.test('openDatabase loads the library from where it is told', async (t) => {
  const path = join(t.testdir(), 'state.db');
  const library = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));
  await opened(t, path, { nativeBinding: join(library, 'prebuilds', `linux-${process.arch}.node`) });
  await t.rejects(openDatabase(path, { nativeBinding: '/nowhere.node' }), { name: 'DatabaseError' });
});

t.test('a page that the medium does not give is no damage', async (t) => {
  const unread = (code: number) =>
    `*** in database main ***\nTree 2 page 8: unable to get the page. error code=${code}`;
  t.equal(codeOfCheck(unread(10)), 'io');
  t.equal(codeOfCheck(unread(10 | (33 << 8))), 'io', 'also where SQLite says more (SQLITE_IOERR_CORRUPTFS)');
  t.equal(codeOfCheck(unread(11)), 'corrupt', 'a page that contradicts itself');
  t.equal(codeOfCheck('Tree 2 page 8 cell 3: Rowid 5 out of order'), 'corrupt');
});

t.test('the codes of SQLite become ours', async (t) => {
  const rows = [
    ['SQLITE_FULL', 'no-space'],
    ['SQLITE_IOERR_FSYNC', 'io'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['SQLITE_CORRUPT_INDEX', 'corrupt'],
    ['SQLITE_BUSY_SNAPSHOT', 'locked'],
    ['SQLITE_CANTOPEN', 'io'],
    ['SQLITE_ERROR', 'misuse'],
  ] as const;
  for (const [result, code] of rows) {
    t.equal(databaseErrorFrom(Object.assign(new Error('x'), { code: result }), 'commit').code, code, result);
  }
});

t.test('nothing is written once the power is off', async (t) => {
  const power = powerSupply({ at: 1, moment: 'before' });
  const database = await opened(t, join(t.testdir(), 'state.db'), { onWrite: power.onWrite });
  database.migrate([NOTES]);
  for (const text of ['at the cut', 'after it']) t.throws(() => add(database, text), { name: 'PowerCut' });
  t.strictSame(texts(database), []);
});
