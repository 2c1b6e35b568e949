/** Commits that do not block: when they are answered, in which order, and what is left of them when the medium fails. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import { forEachCut } from './power.ts';

const tables = [{ version: 1, statements: ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'] }];

async function opened(t: Test, options: DatabaseOptions = {}, path = join(t.testdir(), 'state.db')): Promise<Database> {
  const database = await openDatabase(path, options);
  t.teardown(() => database.close());
  database.migrate(tables);
  return database;
}

const note = (database: Database, text: string): Promise<unknown> =>
  database.commit(text, (sql) => sql.run('INSERT INTO notes (text) VALUES (?)', text));
const noteNow = (database: Database, text: string): unknown =>
  database.transaction(text, (sql) => sql.run('INSERT INTO notes (text) VALUES (?)', text));
const texts = (database: Database): unknown[] =>
  database.all<{ text: string }>('SELECT text FROM notes ORDER BY id').map(({ text }) => text);
const state = (promise: Promise<unknown>): Promise<string> =>
  Promise.race([promise.then(() => 'there'), new Promise<string>((resolve) => setImmediate(resolve, 'waits'))]);

/** Syncs of the log that end when the test says so. */
function slowMedium() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const sync = () => {
    const one = Promise.withResolvers<void>();
    syncs.push(one);
    return one.promise;
  };
  return { syncs, sync };
}

t.test('a commit is answered when the medium has it, and blocks nobody until then', async (t) => {
  const { syncs, sync } = slowMedium();
  const database = await opened(t, { sync });
  const one = note(database, 'one');
  t.strictSame(texts(database), ['one'], 'readers see it at once');
  t.equal(await state(one), 'waits');
  const settled = database.settled();
  t.equal(syncs.length, 1, 'the log was told to go to the medium');
  syncs[0]?.resolve();
  t.match(await one, { changes: 1 }, 'it answers what its work answers');
  t.equal(await state(settled), 'waits', 'who asks during a sync waits for another one');
  syncs[1]?.resolve();
  await settled;
});

t.test('it leaves later transactions as durable as they were', async (t) => {
  const database = await opened(t);
  const mode = () => Object.values(database.get('PRAGMA synchronous') ?? {})[0];
  await note(database, 'one');
  t.equal(mode(), 2, 'FULL');
  await t.rejects(
    database.commit('failing', () => {
      throw new RangeError('half-way');
    }),
    new RangeError('half-way'),
  );
  t.equal(mode(), 2);
  await t.rejects(
    database.commit('asynchronous', async (sql) => sql.run('DELETE FROM notes')),
    { code: 'misuse' },
  );
  t.strictSame(texts(database), ['one']);
});

t.test('commits and transactions follow each other as they are called', async (t) => {
  const database = await opened(t);
  const all = [note(database, 'a'), note(database, 'b')];
  noteNow(database, 'c');
  all.push(note(database, 'd'));
  t.strictSame(texts(database), ['a', 'b', 'c', 'd']);
  await Promise.all(all);
  let inner: Promise<unknown> | undefined;
  database.transaction('outer', () => {
    inner = note(database, 'inside');
  });
  await t.rejects(inner ?? Promise.resolve(), { code: 'misuse', message: /a transaction is open already/ });
});

t.test('while commits are held up they wait in line, and transactions do not', async (t) => {
  const database = await opened(t);
  const done: string[] = [];
  const all: Promise<unknown>[] = [];
  await database.holding(async () => {
    for (const text of ['a', 'b']) all.push(note(database, text).then(() => done.push(text)));
    await database.holding(async () => {});
    noteNow(database, 'now');
    t.strictSame(texts(database), ['now']);
  });
  all.push(note(database, 'c').then(() => done.push('c')));
  await Promise.all(all);
  t.strictSame(texts(database), ['now', 'a', 'b', 'c']);
  t.strictSame(done, ['a', 'b', 'c']);
});

t.test('closing answers what waits for the medium, and refuses what has not begun', async (t) => {
  const { syncs, sync } = slowMedium();
  const path = join(t.testdir(), 'state.db');
  const database = await opened(t, { sync }, path);
  const begun = note(database, 'begun');
  await Promise.resolve();
  let waiting: Promise<unknown> | undefined;
  const holding = database.holding(async () => {
    waiting = note(database, 'waiting');
    void database.close();
  });
  await t.rejects(waiting ?? Promise.resolve(), { code: 'misuse', message: /the database is closed/ });
  await holding;
  await t.rejects(note(database, 'late'), { code: 'misuse' });
  t.throws(() => noteNow(database, 'late'), { code: 'misuse' });
  const closed = database.close();
  t.equal(await state(closed), 'waits');
  syncs[0]?.resolve();
  await begun;
  await closed;
  t.strictSame(texts(await opened(t, {}, path)), ['begun']);
});

t.test('the power is cut at each moment of commits that share a sync', async (t) => {
  const folder = t.testdir();
  let runs = 0;
  let path = '';
  let answered: string[] = [];
  const writes = await forEachCut(
    async (power) => {
      path = join(folder, `${runs++}.db`);
      answered = [];
      const database = await openDatabase(path, { onWrite: power.onWrite });
      try {
        database.migrate(tables);
        const both = ['a', 'b'].map((text) => note(database, text).then(() => answered.push(text)));
        const results = await Promise.allSettled(both);
        power.assertOn();
        t.ok(results.every(({ status }) => status === 'fulfilled'));
        await note(database, 'c').then(() => answered.push('c'));
      } finally {
        await database.close();
      }
    },
    async (cut, power) => {
      power.restore();
      const database = await openDatabase(path);
      database.migrate(tables);
      const there = texts(database);
      t.strictSame(there.slice(0, answered.length), answered, `${cut.moment} ${cut.at}: what was answered is there`);
      t.strictSame(there, ['a', 'b', 'c'].slice(0, there.length), `${cut.moment} ${cut.at}: without a gap`);
      await database.close();
    },
  );
  t.strictSame(writes, ['commit migrate-1', 'commit a', 'commit b', 'commit c']);
});

/** Flips a bit of the last frame of the log: what is left on the medium of a page that was never written out. */
function loseLastFrame(fd: number): void {
  const at = fstatSync(fd).size - 100;
  const path = `/proc/self/fd/${fd}`;
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  closeSync(file);
}

t.test('a sync that fails: what the medium has is read again, and only what it lacks is refused', async (t) => {
  const said: string[] = [];
  let forgotten = 0;
  let fault: ((fd: number) => void) | undefined;
  const database = await opened(t, {
    sync: async (fd) => {
      if (fault === undefined) return;
      fault(fd);
      fault = undefined;
      throw new Error('EIO');
    },
    forget: () => {
      forgotten += 1;
    },
    onTrouble: (text) => said.push(text),
  });
  await note(database, 'before');
  fault = loseLastFrame;
  const results = await Promise.allSettled([note(database, 'kept'), note(database, 'lost')]);
  t.strictSame(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  t.match(results[1], {
    reason: { code: 'io', message: /^cannot bring the log of .* onto the medium: the medium failed/ },
  });
  t.strictSame(texts(database), ['before', 'kept']);
  t.equal(forgotten, 2, 'the file and its log, as memory knew them');
  t.match(said, [/and the last 1 pages of its log are lost$/]);
  fault = () => {};
  await note(database, 'after');
  t.match(said[1], /and nothing is lost$/);
  noteNow(database, 'and on');
  t.strictSame(texts(database), ['before', 'kept', 'after', 'and on']);
});

t.test('what is committed while the medium is read again waits for that', async (t) => {
  let isBroken = true;
  const database = await opened(t, {
    sync: async (fd) => {
      if (!isBroken) return;
      isBroken = false;
      loseLastFrame(fd);
      throw new Error('EIO');
    },
  });
  const job = Promise.withResolvers<void>();
  const beside = database.beside(() => job.promise);
  const lost = note(database, 'lost');
  const settled = database.settled();
  await t.rejects(settled, { code: 'io' });
  const next = note(database, 'next');
  t.throws(() => noteNow(database, 'now'), { code: 'io' }, 'who cannot wait is refused');
  await t.rejects(
    database.beside(async () => {}),
    { code: 'io' },
  );
  t.equal(await state(lost), 'waits', 'nothing is read again while another connection has its own idea of the log');
  job.resolve();
  await beside;
  await t.rejects(lost, { code: 'io' });
  await next;
  t.strictSame(texts(database), ['next']);
});

t.test('where reading again fails, nothing is believed any more', async (t) => {
  const said: string[] = [];
  const database = await opened(t, {
    sync: () => Promise.reject(new Error('EIO')),
    forget: () => {
      throw new Error('EIO');
    },
    onTrouble: (text) => said.push(text),
  });
  await t.rejects(note(database, 'lost'), { name: 'DatabaseError' });
  t.match(said, [/^the database cannot be relied on: /]);
  t.throws(() => noteNow(database, 'now'), { code: 'io' });
  await t.rejects(note(database, 'later'), { code: 'io' });
});
