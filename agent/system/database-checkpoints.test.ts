/** Taking checkpoints: what is in the files at each moment, and what happens where one cannot be taken. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import { checkpointNames, checkpointPath, readCheckpoint } from './database-checkpoint.ts';
import { Checkpoints } from './database-checkpoints.ts';
import { judge } from './database-judge.ts';
import { readLog } from './database-log.ts';
import type { Disk } from './disk.ts';
import { DiskError } from './disk-error.ts';
import { realDisk } from './disk-real.ts';
import { native } from './native/native.ts';
import { forEachCut, powerSupply } from './power.ts';

const tables = [{ version: 1, statements: ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'] }];
const noCheckpoint = { sequence: 0, isCurrent: false };

interface Setting {
  readonly path?: string;
  readonly disk?: Pick<Disk, 'replace'>;
  readonly options?: DatabaseOptions;
  readonly logBytes?: number;
}

async function setUp(t: Test, setting: Setting = {}) {
  const path = setting.path ?? join(t.testdir(), 'state.db');
  const database = await openDatabase(path, setting.options);
  database.migrate(tables);
  const said: string[] = [];
  let seconds = 0;
  const checkpoints = new Checkpoints(
    {
      database,
      disk: setting.disk ?? realDisk(native()),
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

t.test('where no checkpoint can be written the log stays, until it is far too large', async (t) => {
  const disk: Pick<Disk, 'replace'> = {
    async replace(path) {
      throw new DiskError('no-space', 'write', path);
    },
  };
  const { path, database, said, take } = await setUp(t, { disk, logBytes: 50_000 });
  add(database, 'first');
  await take();
  t.match(said, [/no space is left/]);
  const before = readFileSync(path).length;
  t.equal(before, 4096, 'nothing was folded into the file');
  for (let i = 0; i < 60; i++) add(database, 'x'.repeat(1000));
  await take();
  t.ok(readFileSync(path).length > before, 'it is folded in without a checkpoint');
  t.equal(framesOf(path), 1);
  t.strictSame(judge(filesOf(path)).damage, []);
});

t.test('a file that was folded in without a checkpoint is not compared with the old one', async (t) => {
  const real = realDisk(native());
  let isFull = false;
  const disk: Pick<Disk, 'replace'> = {
    async replace(path, ...rest) {
      if (isFull) throw new DiskError('no-space', 'write', path);
      await real.replace(path, ...rest);
    },
  };
  const { path, database, take } = await setUp(t, { disk, logBytes: 50_000 });
  add(database, 'first');
  await take();
  isFull = true;
  for (let i = 0; i < 60; i++) add(database, 'x'.repeat(1000));
  await take();
  t.equal(framesOf(path), 1);
  t.strictSame(sequences(path), [1, undefined]);
  const { ways, damage } = judge(filesOf(path));
  t.strictSame(damage, []);
  t.match(ways[0], { kind: 'as-it-is', lost: [] });
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
  await checkpoints.stop();
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
