/** Taking checkpoints: what is in the files at each moment, and what happens where one cannot be taken. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import { checkpointNames, checkpointPath, readCheckpoint } from './database-checkpoint.ts';
import { Checkpoints } from './database-checkpoints.ts';
import { judge } from './database-judge.ts';
import { readLog } from './database-log.ts';
import { frameBytes } from './database-sqlite.ts';
import type { Disk } from './disk.ts';
import { DiskError } from './disk-error.ts';
import { realDisk } from './disk-real.ts';
import { native } from './native/native.ts';
import { forEachCut, powerSupply } from './power.ts';

const tables = [{ version: 1, statements: ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'] }];
const noCheckpoint = { sequence: 0, isCurrent: false };

interface Setting {
  readonly path?: string;
  readonly disk?: Partial<Pick<Disk, 'replace' | 'remove'>>;
  readonly options?: DatabaseOptions;
  readonly logBytes?: number;
}

async function setUp(t: Test, setting: Setting = {}) {
  const path = setting.path ?? join(t.testdir(), 'state.db');
  const database = await openDatabase(path, setting.options);
  database.migrate(tables);
  const said: string[] = [];
  const real = realDisk(native());
  const { disk = real } = setting;
  let seconds = 0;
  const checkpoints = new Checkpoints(
    {
      database,
      disk: {
        replace: (...all) => (disk.replace ? disk.replace(...all) : real.replace(...all)),
        remove: (...all) => (disk.remove ? disk.remove(...all) : real.remove(...all)),
      },
      options: {},
      now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds++)),
      say: (text) => said.push(text),
    },
    noCheckpoint,
    setting.logBytes,
  );
  t.teardown(async () => {
    await checkpoints.stop();
    await database.close();
  });
  const take = async () => {
    checkpoints.request();
    await checkpoints.idle();
  };
  return { path, database, checkpoints, said, take };
}

const add = (database: Database, text: string): void => {
  database.transaction('note', (sql) => sql.run('INSERT INTO notes (text) VALUES (?)', text));
};

function filesOf(path: string) {
  const read = (name: string) => (existsSync(name) ? readFileSync(name) : undefined);
  const checkpoints = checkpointNames.map((name) => {
    const bytes = read(checkpointPath(path, name));
    return bytes === undefined ? undefined : (readCheckpoint(bytes) ?? ('damaged' as const));
  });
  return { file: read(path), log: read(`${path}-wal`), checkpoints };
}

const sequences = (path: string) =>
  filesOf(path).checkpoints.map((one) => (typeof one === 'object' ? one.sequence : one));
const framesOf = (path: string) => readLog(filesOf(path).log ?? new Uint8Array())?.frames;

t.test('checkpoints take turns, and the file is equal to the newest one', async (t) => {
  const { path, database, said, take } = await setUp(t);
  for (const [n, expected] of [
    [1, [1, undefined]],
    [2, [1, 2]],
    [3, [3, 2]],
    [4, [3, 4]],
  ] as const) {
    for (let i = 0; i < 30; i++) add(database, `${n}: ${'x'.repeat(1000)}`);
    await take();
    t.strictSame(sequences(path), expected);
    const { file, checkpoints } = filesOf(path);
    const newest = checkpoints[(n + 1) % 2];
    t.ok(typeof newest === 'object' && file?.equals(newest.image), 'bit for bit');
    t.equal(framesOf(path), 1, 'the log has started over');
  }
  t.strictSame(said, []);
  t.match(judge(filesOf(path)), {
    ways: [{ kind: 'as-it-is', lost: [] }],
    damage: [],
    newestCheckpoint: { sequence: 4, isCurrent: true },
  });
});

t.test('a checkpoint can be opened as it is', async (t) => {
  const folder = t.testdir();
  const { path, database, take } = await setUp(t, { path: join(folder, 'state.db') });
  add(database, 'kept');
  await take();
  const copy = join(folder, 'copy.db');
  writeFileSync(copy, readFileSync(checkpointPath(path, 'a')));
  const opened = await openDatabase(copy);
  t.strictSame(opened.all('SELECT text FROM notes'), [{ text: 'kept' }]);
  await opened.close();
});

t.test('none is taken where nothing was committed since', async (t) => {
  const { path, database, take } = await setUp(t);
  await take();
  await take();
  t.strictSame(sequences(path), [1, undefined]);
  add(database, 'new');
  await take();
  t.strictSame(sequences(path), [1, 2]);
});

t.test('after a start none is taken where the newest one has it all', async (t) => {
  const { path, database, checkpoints, take } = await setUp(t);
  add(database, 'kept');
  await take();
  await checkpoints.stop();
  await database.close();
  const { newestCheckpoint } = judge(filesOf(path));
  const again = await openDatabase(path);
  const ports = { database: again, disk: realDisk(native()), options: {}, now: () => new Date(0), say: () => {} };
  const next = new Checkpoints(ports, newestCheckpoint);
  next.request();
  await next.idle();
  t.strictSame(sequences(path), [1, undefined]);
  add(again, 'new');
  next.request();
  await next.idle();
  t.strictSame(sequences(path), [1, 2]);
  await again.close();
});

t.test('the log is folded in when it has grown, without being asked to', async (t) => {
  const { path, database, checkpoints } = await setUp(t, { logBytes: 100_000 });
  let most = 0;
  for (let i = 0; i < 300; i++) {
    await database.commit('note', (sql) => sql.run('INSERT INTO notes (text) VALUES (?)', 'x'.repeat(1000)));
    most = Math.max(most, database.logBytes);
  }
  await checkpoints.idle();
  t.not(sequences(path)[1], undefined, 'there are checkpoints');
  t.ok(most < 4 * 100_000, `the log never had more than ${most} bytes`);
  t.equal(database.get<{ n: number }>('SELECT count(*) AS n FROM notes')?.n, 300);
});

t.test('what is committed meanwhile stays in the log', async (t) => {
  const disk = realDisk(native());
  let during = () => {};
  const { path, database, take } = await setUp(t, {
    disk: {
      async replace(...all) {
        during();
        await disk.replace(...all);
        during();
      },
    },
  });
  add(database, 'before');
  during = () => add(database, 'meanwhile');
  await take();
  const [newest] = filesOf(path).checkpoints;
  t.ok(typeof newest === 'object' && (framesOf(path) ?? 0) > newest.logFrames, 'the log went on');
  t.match(judge(filesOf(path)), { damage: [], ways: [{ kind: 'as-it-is' }] });
  t.equal(judge(filesOf(path)).newestCheckpoint.isCurrent, false);
  t.equal(database.get<{ n: number }>('SELECT count(*) AS n FROM notes')?.n, 3);
});

t.test('a damaged database is not copied over a good checkpoint', async (t) => {
  const { path, database, checkpoints, take } = await setUp(t);
  for (let i = 0; i < 50; i++) add(database, 'x'.repeat(1000));
  await take();
  await take();
  await checkpoints.stop();
  await database.close();
  const file = readFileSync(path);
  for (let at = 4096; at < file.length; at += 4096) file.fill(0xa5, at, at + 64);
  const again = await openDatabase(path).catch((error: unknown) => error);
  t.notMatch(again, { code: 'corrupt' });
  if (again instanceof Error) throw again;
  writeFileSync(path, file);
  const said: string[] = [];
  const ports = {
    database: again as Database,
    disk: realDisk(native()),
    options: {},
    now: () => new Date(0),
    say: (text: string) => said.push(text),
  };
  const next = new Checkpoints(ports, { sequence: 1, isCurrent: false });
  next.request();
  await next.idle();
  await (again as Database).close();
  t.match(said, [/^cannot take a checkpoint of the database: it is damaged/]);
  t.strictSame(sequences(path), [1, undefined]);
});

t.test('where a checkpoint does not fit the log stays, and at last the older checkpoint makes room', async (t) => {
  const real = realDisk(native());
  const removed: string[] = [];
  let room = 2;
  const disk = {
    async replace(path: string, ...rest: [Uint8Array]) {
      if (room === 0) throw new DiskError('no-space', 'write', path);
      await real.replace(path, ...rest);
      room -= 1;
    },
    async remove(path: string) {
      removed.push(path);
      await real.remove(path);
      room += 1;
    },
  };
  const { path, database, said, take } = await setUp(t, { disk, logBytes: 50_000 });
  for (const text of ['first', 'second', 'third']) {
    add(database, text);
    await take();
  }
  t.match(said, [/no space is left/]);
  t.strictSame(sequences(path), [1, 2]);
  t.match(judge(filesOf(path)), { damage: [], ways: [{ kind: 'as-it-is' }] });
  for (let i = 0; i < 60; i++) add(database, 'x'.repeat(1000));
  await take();
  t.equal(removed[0], checkpointPath(path, 'a'), 'the older one');
  t.equal(sequences(path)[0], 3);
  t.match(judge(filesOf(path)), { damage: [], ways: [{ kind: 'as-it-is', lost: [] }] });
});

t.test('no checkpoint is written before the log has what is in it', async (t) => {
  const synced = Promise.withResolvers<void>();
  const events: string[] = [];
  const real = realDisk(native());
  const copied = Promise.withResolvers<void>();
  const { database, checkpoints } = await setUp(t, {
    options: { sync: () => synced.promise },
    disk: {
      async replace(...all) {
        events.push('written');
        await real.replace(...all);
      },
    },
  });
  const settled = database.settled.bind(database);
  database.settled = () => {
    copied.resolve();
    return settled();
  };
  const commit = database.commit('slow', (sql) => sql.run("INSERT INTO notes (text) VALUES ('slow')"));
  checkpoints.request();
  await copied.promise;
  for (let turns = 0; turns < 50; turns++) await turn();
  events.push('synced');
  synced.resolve();
  await commit;
  await checkpoints.idle();
  t.strictSame(events, ['synced', 'written']);
});

t.test('a log that is damaged before what is in the newest checkpoint is not put onto it', async (t) => {
  const real = realDisk(native());
  const { path, database, take } = await setUp(t, {
    disk: {
      async replace(file, ...rest) {
        await real.replace(file, ...rest);
        throw new DiskError('io', 'write', file);
      },
    },
  });
  for (let i = 0; i < 5; i++) add(database, 'x'.repeat(1000));
  await take();
  const found = filesOf(path);
  const log = Buffer.from(found.log ?? []);
  log.writeUInt8(log.readUInt8(32 + 2 * frameBytes + 99) ^ 1, 32 + 2 * frameBytes + 99);
  t.match(judge({ ...found, log }), {
    damage: [/^the log is damaged before what is in the newest checkpoint/],
    ways: [{ kind: 'checkpoint', withLog: false, lost: [/^what was done after the checkpoint of/] }],
  });
});

t.test('the power is cut at each write of a checkpoint', async (t) => {
  const folder = t.testdir();
  let runs = 0;
  let path = '';
  await forEachCut(
    async (power) => {
      path = join(folder, `${runs++}.db`);
      const disk = realDisk(native(), power.onWrite);
      const set = await setUp(t, { path, disk, options: { onWrite: power.onWrite } });
      for (let n = 1; n <= 3; n++) {
        add(set.database, `note ${n}`);
        await set.take();
        power.assertOn();
      }
      await set.checkpoints.stop();
      await set.database.close();
    },
    async (cut) => {
      const what = `${cut.moment} ${cut.at}`;
      const { ways, damage } = judge(filesOf(path));
      t.match(ways[0], { kind: ways.length === 1 ? 'new' : 'as-it-is', lost: [] }, what);
      t.strictSame(damage, [], what);
    },
  );
});

t.test('closing ends what is being taken', async (t) => {
  const { path, database, checkpoints } = await setUp(t);
  add(database, 'kept');
  checkpoints.request();
  await database.close();
  t.ok(existsSync(`${path}-wal`), 'the last connection left the log');
  const { ways, damage } = judge(filesOf(path));
  t.strictSame(damage, []);
  t.match(ways[0], { kind: 'as-it-is', lost: [] });
});

t.test('a supply that is off is no reason to stop', async (t) => {
  const power = powerSupply({ at: 0, moment: 'before' });
  const { database, said, take } = await setUp(t, { disk: realDisk(native(), power.onWrite) });
  add(database, 'kept');
  await take();
  t.match(said, [/the power was cut/]);
});
