/**
 * Damage of every kind to the state database of a device that has a life behind it: two checkpoints, and a change after them.
 * After each the state opens, says what was damaged and what is lost, and says nothing any more at the next start.
 */
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../fixture.ts';
import type { Database } from '../system/database.ts';
import { checkpointNames, checkpointPath } from '../system/database-checkpoint.ts';
import { Checkpoints } from '../system/database-checkpoints.ts';
import { readLog } from '../system/database-log.ts';
import { frameBytes } from '../system/database-sqlite.ts';
import { temporaryName } from '../system/disk.ts';
import { realDisk } from '../system/disk-real.ts';
import type { WriteWitness } from '../system/durable.ts';
import { native } from '../system/native/native.ts';
import { forEachCut } from '../system/power.ts';
import { type OpenState, openState } from './open-state.ts';

const times = (function* () {
  for (let second = 0; ; second++) yield new Date(Date.UTC(2026, 0, 1, 0, 0, second));
})();
const now = () => times.next().value;

/** One change, from its creation to its end: two commits. */
function live(database: Database, summary: string): void {
  const id = database.transaction('create', (sql) => {
    const data = JSON.stringify({ text: 'x'.repeat(3000) });
    const columns = '(kind, summary, data, spawn_time)';
    return sql.run(`INSERT INTO changes ${columns} VALUES (?, ?, ?, ?)`, 'install', summary, data, now().toISOString());
  }).lastId;
  database.transaction('end', (sql) =>
    sql.run('UPDATE changes SET ready_time = ? WHERE id = ?', now().toISOString(), id),
  );
}

/** Three changes: the first is in both checkpoints, the second in the newer one, the third in the log only. */
async function makeState(folder: string): Promise<string> {
  const path = join(folder, 'state.db');
  const disk = realDisk(native());
  const { database, newestCheckpoint, damage } = await openState(disk, path, {});
  t.equal(damage, undefined, 'a new one is not damaged');
  const checkpoints = new Checkpoints(
    { database, disk, options: {}, now, say: (text) => t.fail(text) },
    newestCheckpoint,
  );
  for (const summary of ['Install one', 'Install two']) {
    live(database, summary);
    checkpoints.request();
    await checkpoints.idle();
  }
  live(database, 'Install three');
  await checkpoints.stop();
  await database.close();
  return path;
}

const open = (path: string, onWrite: WriteWitness = () => {}): Promise<OpenState> =>
  openState(realDisk(native(), onWrite), path, { onWrite });

const summaries = ({ database }: OpenState) =>
  database.all<{ summary: string }>('SELECT summary FROM changes ORDER BY id').map(({ summary }) => summary.slice(8));

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x04, offset);
  writeFileSync(path, bytes);
}

/** Where in a file a text is that a person would look for. */
function flipText(path: string, text: string): void {
  const at = readFileSync(path).indexOf(text);
  if (at < 0) throw new Error(`there is no "${text}" in ${path}`);
  flip(path, at);
}

/** Where a frame of the log begins. */
const frameAt = (n: number) => 32 + n * frameBytes;
const framesOf = (path: string) => readLog(readFileSync(`${path}-wal`))?.frames ?? 0;
const damageBoth = (path: string) => {
  for (const name of checkpointNames) flip(checkpointPath(path, name), 5000);
};
const remove = (path: string) => rmSync(path);
const all = ['one', 'two', 'three'];
const sinceB = /^lost: what was done after the checkpoint of 2026-/;
const everything = /^lost: all that was asked of this device before/;
const threeIsGone = /^change 3 is not known any more: Install three$/;

interface Row {
  readonly what: string;
  readonly break: (path: string) => void;
  /** The changes that are left. */
  readonly left: readonly string[];
  /** What is said, in this order; nothing for no damage. */
  readonly said: readonly RegExp[];
  readonly rebuilt?: true;
}

const rows: readonly Row[] = [
  { what: 'nothing', break: () => {}, left: all, said: [] },
  {
    what: 'a bit of page 1',
    break: (path) => flip(path, 20),
    left: all,
    said: [/^the file is damaged: page 1 of \d+$/],
  },
  {
    what: 'a bit of a text, in a leaf page, that SQLite would believe',
    break: (path) => flipText(path, 'Install one'),
    left: all,
    said: [/^the file is damaged: page \d+ of \d+$/],
  },
  ...[0, 1, 100, 4096, 9000].map(
    (length): Row => ({
      what: `the file is cut off after ${length} bytes`,
      break: (path) => truncateSync(path, length),
      left: all,
      said: [length === 0 ? /^the file is empty$/ : /^the file is damaged: page \d+(, \d+)* (\.\.\. )?of \d+$/],
    }),
  ),
  { what: 'the file is gone, its log is there', break: remove, left: all, said: [/^the file is missing$/] },
  {
    what: 'a bit in the last commit of the log',
    break: (path) => flip(`${path}-wal`, frameAt(framesOf(path)) - 10),
    left: all,
    said: [
      /^the log is damaged after page \d+ of it$/,
      /^lost: the last commit before the start$/,
      /^of change 3 it is not known any more that it ended: Install three$/,
    ],
  },
  {
    what: 'a bit in the middle of the log',
    break: (path) => flip(`${path}-wal`, frameAt(1) + 500),
    left: ['one', 'two'],
    said: [/^the log is damaged after page 1 of it$/, /^lost: the last 2 commits before the start$/, threeIsGone],
  },
  {
    what: 'a bit in the head of the log',
    break: (path) => flip(`${path}-wal`, 17),
    left: ['one', 'two'],
    said: [/^the head of the log is damaged$/, sinceB],
  },
  {
    what: 'the log is empty',
    break: (path) => truncateSync(`${path}-wal`, 0),
    left: ['one', 'two'],
    said: [/^the log is empty$/, sinceB],
  },
  {
    what: 'the log is cut off inside its head',
    break: (path) => truncateSync(`${path}-wal`, 20),
    left: ['one', 'two'],
    said: [/^the head of the log is damaged$/, sinceB],
  },
  {
    what: 'the log is gone',
    break: (path) => remove(`${path}-wal`),
    left: ['one', 'two'],
    said: [/^the log is missing$/, sinceB],
  },
  {
    what: 'file and log are gone',
    break: (path) => [path, `${path}-wal`].forEach(remove),
    left: ['one', 'two'],
    said: [/^the file is missing$/, /^the log is missing$/, sinceB],
  },
  {
    what: 'file and log are damaged',
    break: (path) => {
      flip(path, 20);
      flip(`${path}-wal`, frameAt(1) + 500);
    },
    left: ['one', 'two'],
    said: [
      /^the file is damaged: page 1 of/,
      /^the log is damaged after page 1 of it$/,
      /^lost: the last 2 commits/,
      threeIsGone,
    ],
  },
  {
    what: 'the newer checkpoint is damaged',
    break: (path) => flip(checkpointPath(path, 'b'), 5000),
    left: all,
    said: [/^checkpoint b is damaged$/],
  },
  {
    what: 'the older checkpoint is gone',
    break: (path) => remove(checkpointPath(path, 'a')),
    left: all,
    said: [/^checkpoint a is missing$/],
  },
  {
    what: 'both checkpoints are damaged',
    break: damageBoth,
    left: all,
    said: [/^checkpoint a is/, /^checkpoint b is/],
  },
  {
    what: 'file, log and newer checkpoint are gone',
    break: (path) => [path, `${path}-wal`, checkpointPath(path, 'b')].forEach(remove),
    left: ['one'],
    said: [/^the file is missing$/, /^the log is missing$/, sinceB],
  },
  {
    what: 'the newer checkpoint is damaged, and so is the file, as SQLite finds',
    break: (path) => {
      flip(checkpointPath(path, 'b'), 5000);
      flip(path, 2);
      flip(`${path}-wal`, 17);
    },
    left: ['one'],
    said: [
      /^the head of the log/,
      /^checkpoint b is damaged$/,
      /it is damaged/,
      sinceB,
      /^change 2 is not known any more: Install two$/,
    ],
  },
  {
    what: 'both checkpoints and the file are damaged',
    break: (path) => {
      damageBoth(path);
      writeFileSync(path, 'this is no database'.repeat(1000));
      remove(`${path}-wal`);
    },
    left: [],
    said: [/^checkpoint a is/, /^checkpoint b is/, /it is damaged/, everything],
    rebuilt: true,
  },
  {
    what: 'everything but the log is gone',
    break: (path) => [path, ...checkpointNames.map((name) => checkpointPath(path, name))].forEach(remove),
    left: [],
    said: [/^the file is missing$/, everything],
    rebuilt: true,
  },
  {
    what: 'another program has folded the log in, and removed it',
    break: (path) => {
      const other = new Sqlite(path);
      other.pragma('wal_checkpoint(TRUNCATE)');
      other.close();
    },
    left: all,
    said: [/^the log is missing$/, /^lost: what was done last, unless another program/],
  },
];

function assertSaid(t: Test, state: OpenState, row: Row): void {
  const evidence = state.damage?.evidence ?? [];
  t.equal(evidence.length, row.said.length, evidence.join('\n'));
  for (const [at, pattern] of row.said.entries()) t.match(evidence[at], pattern);
  const isLoss = evidence.some((line) => line.startsWith('lost: '));
  if (row.said.length === 0) t.equal(state.damage, undefined);
  else t.equal(state.damage?.what, row.rebuilt ? 'state-rebuilt' : 'state-restored');
  if (row.said.length > 0 && !row.rebuilt) t.match(state.damage?.message, isLoss ? /older now/ : /nothing is lost/);
}

t.test('every kind of damage', async (t) => {
  const directory = await temporaryDirectory(t);
  const whole = join(directory, 'whole');
  await makeState(whole);
  for (const [at, row] of rows.entries()) {
    await t.test(row.what, async (t) => {
      const path = join(directory, `${at}`, 'state.db');
      await cp(whole, join(directory, `${at}`), { recursive: true });
      row.break(path);
      const state = await open(path);
      assertSaid(t, state, row);
      t.strictSame(summaries(state), row.left);
      live(state.database, 'Install four');
      await state.database.close();

      const untold = await open(path);
      t.strictSame(untold.damage === undefined, row.said.length === 0, 'it is told until somebody has written it down');
      await untold.forgetDamage();
      const disk = realDisk(native());
      const ports = { database: untold.database, disk, options: {}, now, say: (text: string) => t.fail(text) };
      const checkpoints = new Checkpoints(ports, untold.newestCheckpoint);
      checkpoints.request();
      await checkpoints.idle();
      await untold.database.close();

      const next = await open(path);
      t.equal(next.damage, undefined, 'it comes to rest');
      t.strictSame(summaries(next), [...row.left, 'four']);
      await next.database.close();
    });
  }
});

t.test('what a cut has left of a checkpoint goes when the state is opened', async (t) => {
  const path = await makeState(await temporaryDirectory(t));
  const left = temporaryName(checkpointPath(path, 'a'));
  writeFileSync(left, 'half of it');
  const state = await open(path);
  t.teardown(() => state.database.close());
  t.notOk(existsSync(left));
  t.strictSame([state.damage, summaries(state)], [undefined, ['one', 'two', 'three']], 'and is no damage');
});

t.test('what was damaged is kept, and one of it only', async (t) => {
  const folder = await temporaryDirectory(t);
  const path = await makeState(folder);
  const log = readFileSync(`${path}-wal`);
  flip(path, 20);
  const damaged = readFileSync(path);
  await (await open(path)).database.close();
  t.ok(readFileSync(`${path}.damaged`).equals(damaged));
  t.ok(readFileSync(`${path}.damaged-wal`).equals(log), 'with its log, as SQLite would look for it');
  truncateSync(path, 0);
  await (await open(path)).database.close();
  t.equal(statSync(`${path}.damaged`).size, 0, 'the last one');
});

t.test('a medium or another owner that is the reason changes nothing', async (t) => {
  const folder = await temporaryDirectory(t);
  const path = await makeState(folder);
  const before = readFileSync(path);
  await t.rejects(openState(realDisk(native()), path, { nativeBinding: '/nowhere.node' }), { name: 'DatabaseError' });
  t.ok(readFileSync(path).equals(before));
  t.notOk(existsSync(`${path}.damaged`));
});

const cuts: readonly string[] = [
  'a bit of page 1',
  'file and log are damaged',
  'a bit in the head of the log',
  'file, log and newer checkpoint are gone',
  'both checkpoints and the file are damaged',
];

t.test('the power is cut at each write of making it whole: the story stays the same', async (t) => {
  const directory = await temporaryDirectory(t);
  const whole = join(directory, 'whole');
  await makeState(whole);
  for (const row of rows.filter(({ what }) => cuts.includes(what))) {
    await t.test(row.what, async (t) => {
      const folder = join(directory, 'device');
      const path = join(folder, 'state.db');
      await forEachCut(
        async (power) => {
          rmSync(folder, { recursive: true, force: true });
          await cp(whole, folder, { recursive: true });
          row.break(path);
          await (await open(path, power.onWrite)).database.close();
        },
        async ({ at, moment }) => {
          const state = await open(path);
          const evidence = state.damage?.evidence ?? [];
          for (const pattern of row.said.filter((one) => !String(one).includes('change ')))
            t.ok(
              evidence.some((line) => pattern.test(line)),
              `cut ${moment} ${at}: ${pattern} in ${evidence.join('; ')}`,
            );
          t.strictSame(summaries(state), row.left, `cut ${moment} ${at}`);
          await state.database.close();
        },
      );
    });
  }
});
