import { join } from 'node:path';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { fitDisk, flipped, makeSnaps, seedAsset, seedSnap, worldOf } from '../../fixture-fitness.ts';
import { FakeClock } from '../../system/clock-fake.ts';
import { openDatabase } from '../../system/database.ts';
import { DatabaseError } from '../../system/database-error.ts';
import { FitnessLog, fitnessTables } from './log.ts';
import { Disturbed } from './reading.ts';
import { againMillis, firstMillis, lookMillis, nextCheck, startFitness } from './schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);
const snaps = await makeSnaps(t);

async function bench(t: Test, { lastMs }: { readonly lastMs?: number } = {}) {
  const state = { isDisturbed: false, isFull: false, onRead: () => {} };
  const database = await openDatabase(join(await temporaryDirectory(t), 'db'), {
    onWrite: () => {
      if (state.isFull) throw new DatabaseError('no-space', 'commit');
    },
  });
  t.teardown(() => database.close());
  database.migrate([{ version: 1, statements: fitnessTables }]);
  const clock = new FakeClock({ wallMs: start });
  const log = new FitnessLog(database, () => new Date(clock.wallMs()));
  if (lastMs !== undefined) new FitnessLog(database, () => new Date(lastMs)).add([]);
  const disk = fitDisk(snaps);
  const said: string[] = [];
  /** When a check began, by the monotonic clock. */
  const begun: number[] = [];
  const sets = worldOf(disk);
  const fitness = startFitness({
    ...sets,
    ...{ clock, log, say: (text: string) => void said.push(text), isDisturbed: () => state.isDisturbed },
    env: {
      read: () => {
        begun.push(clock.monotonicMs());
        state.onRead();
        return sets.env.read();
      },
    },
  });
  let running: Promise<unknown> = Promise.resolve();
  const { check } = fitness;
  fitness.check = () => {
    const report = check.call(fitness);
    running = report.catch(() => {});
    return report;
  };
  /** Lets time pass, and what is begun come to its end. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 5 * minute) {
      await clock.advance(Math.min(left, 5 * minute));
      await running;
    }
  };
  t.teardown(() => fitness.stop());
  return { fitness, clock, log, disk, said, begun, state, pass };
}

t.test('the next check is a day after the last', (t) => {
  const rows: readonly (readonly [last: number | undefined, now: number, wait: number])[] = [
    [undefined, start, 0],
    [start, start, day],
    [start, start + hour, day - hour],
    [start, start + day - 1, 1],
    [start, start + day, 0],
    [start, start + 9 * day, 0],
    [start + 1, start, 0],
  ];
  for (const [last, now, wait] of rows) t.equal(nextCheck(last, now), wait, `${last} ${now}`);
  t.end();
});

t.test('some minutes after the start, then daily', async (t) => {
  const { begun, log, pass, said } = await bench(t);
  await pass(firstMillis - 1);
  t.strictSame(begun, []);
  await pass(1);
  t.strictSame(begun, [firstMillis]);
  await pass(3 * day);
  t.equal(begun.length, 4);
  for (const [at, ms] of begun.slice(1).entries()) {
    const late = ms - (firstMillis + (at + 1) * day);
    t.ok(late >= 0 && late <= lookMillis, `day ${at + 1}`);
  }
  t.equal(log.list(10).length, 4);
  t.strictSame(said, [], 'a device that is fit hears nothing of it');
});

t.test('what was checked before the start is not checked again before its time', async (t) => {
  const { begun, pass } = await bench(t, { lastMs: start - 20 * hour });
  await pass(4 * hour - 1);
  t.strictSame(begun, []);
  await pass(lookMillis + 1);
  t.equal(begun.length, 1);
});

t.test('a clock that is set while it waits is seen within the hour', async (t) => {
  const { begun, pass, clock } = await bench(t, { lastMs: start - hour });
  await pass(firstMillis);
  clock.setWall(start + 30 * day);
  await pass(lookMillis);
  t.equal(begun.length, 1);
});

t.test('never while there is something better to do, and soon after', async (t) => {
  const { begun, log, pass, state, said } = await bench(t);
  state.isDisturbed = true;
  await pass(firstMillis + 3 * againMillis);
  t.equal(log.last(), undefined, 'nothing was checked');
  state.isDisturbed = false;
  await pass(againMillis);
  t.equal(log.list(10).length, 1);
  t.equal(begun.length, 5);
  t.strictSame(said, []);
});

t.test('a trial that begins in the middle ends the check', async (t) => {
  const { fitness, state, log } = await bench(t);
  const checking = fitness.check();
  state.isDisturbed = true;
  await t.rejects(checking, new Disturbed());
  t.equal(log.last(), undefined);
});

t.test('what is asked for while a check is under way joins it', async (t) => {
  const { fitness, begun } = await bench(t);
  const [one, other] = await Promise.all([fitness.check(), fitness.check()]);
  t.equal(one, other);
  t.equal(begun.length, 1);
  await fitness.check();
  t.equal(begun.length, 2, 'and later it is a new one');
});

t.test('problems and what was mended are told and kept', async (t) => {
  const { fitness, disk, said, log, clock } = await bench(t);
  seedSnap(disk, 'b_x1.snap', flipped(snaps.get('b_x1.snap')));
  seedAsset(disk, 'k_x1.snap/initrd.img', 'initrd 0ne');
  const report = await fitness.check();
  t.match(said, [
    /^the previous kernel: initrd.img .* it is mended$/,
    /^the good and previous base: b_x1.snap is rotten/,
  ]);
  t.strictSame(log.last(), report);
  t.equal(report.time, new Date(clock.wallMs()).toISOString());
});

t.test('a state that takes no write does not have the sets read over and over', async (t) => {
  const { begun, pass, state, said } = await bench(t);
  state.isFull = true;
  await pass(20 * hour);
  t.strictSame(begun, [firstMillis]);
  t.match(said, [/is not kept: .*no space/]);
});

t.test('a check that fails for another reason is told, and tried again', async (t) => {
  const { begun, pass, state, said, log } = await bench(t);
  state.onRead = () => {
    throw new RangeError('a mistake');
  };
  await pass(firstMillis);
  t.strictSame(said, ['a mistake']);
  state.onRead = () => {};
  await pass(againMillis);
  t.equal(begun.length, 2);
  t.equal(log.list(10).length, 1);
});

t.test('it stops while it sleeps, and while it reads', async (t) => {
  const { fitness, begun, pass, log } = await bench(t);
  const checking = fitness.check();
  const stopped = fitness.stop();
  await t.rejects(checking, new Disturbed());
  await stopped;
  await pass(2 * day);
  t.equal(begun.length, 1);
  t.equal(log.last(), undefined);
});

t.test('the oldest reports go', async (t) => {
  const { log } = await bench(t);
  for (let at = 0; at < 40; at++) log.add([]);
  t.equal(log.list(100).length, 30);
});
