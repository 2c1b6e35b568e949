import { join } from 'node:path';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../fixture.ts';
import { openDatabase } from '../system/database.ts';
import { BackOff, backOffTables, delayMillis, type Failure, isBlamed } from './back-off.ts';
import type { CauseCode } from './cause.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);

async function backOffOf(t: Test) {
  const database = await openDatabase(join(await temporaryDirectory(t), 'db'));
  t.teardown(() => database.close());
  database.migrate([{ version: 1, statements: backOffTables }]);
  const clock = { ms: start };
  const backOff = new BackOff(database, () => new Date(clock.ms));
  let attempts = 0;
  const fail = (more: Partial<Failure> = {}) =>
    backOff.failed({
      ...{ name: 'k', revision: '12', cause: 'panic', afterReboot: true, attempt: String(++attempts) },
      ...more,
    });
  return { backOff, clock, fail };
}

t.test('the delays are those of snapd, and twice as long after a reboot', (t) => {
  const rows = [8, 12, 24, 48, 96, 168, 252, 336, 336];
  for (const [at, hours] of rows.entries()) {
    t.equal(delayMillis(at + 1, false), hours * hour, `failure ${at + 1}`);
    t.equal(delayMillis(at + 1, true), 2 * hours * hour, `failure ${at + 1} after a reboot`);
  }
  t.equal(delayMillis(100, false), 336 * hour, 'two weeks is the most');
  t.equal(delayMillis(100, true), 672 * hour);
  t.equal(delayMillis(0, false), 8 * hour, 'a count that cannot be');
  t.end();
});

t.test('only endings that say something about the revision count', async (t) => {
  const { backOff, fail } = await backOffOf(t);
  for (const cause of ['environment', 'power-cut', 'unexplained', 'interrupted'] as const) {
    t.equal(fail({ cause }), undefined, cause);
    t.notOk(isBlamed(cause));
  }
  t.strictSame(backOff.list(), []);
  const counting: readonly CauseCode[] = ['panic', 'verdict', 'rejected', 'hang', 'deadline', 'missing-kernel'];
  for (const [at, cause] of counting.entries()) t.match(fail({ cause }), { failures: at + 1, cause });
});

t.test('a revision that failed is held back until its time, and longer each time', async (t) => {
  const { backOff, clock, fail } = await backOffOf(t);
  t.ok(backOff.mayTry('k', '12'), 'nothing is known of it');
  t.strictSame(fail(), {
    ...{ name: 'k', revision: '12', failures: 1, cause: 'panic' },
    ...{ lastTime: new Date(start).toISOString(), until: new Date(start + 16 * hour).toISOString() },
  });
  clock.ms = start + 16 * hour - 1;
  t.match(backOff.heldBack('k', '12'), { failures: 1 });
  t.notOk(backOff.mayTry('k', '12'));
  t.ok(backOff.mayTry('k', '13'), 'another revision');
  t.ok(backOff.mayTry('b', '12'), 'another snap');
  clock.ms = start - hour;
  t.notOk(backOff.mayTry('k', '12'), 'a clock that was not set yet ends nothing');
  clock.ms = start + 16 * hour;
  t.ok(backOff.mayTry('k', '12'));
  t.match(backOff.list(), [{ failures: 1 }], 'its count is kept for the next failure');
  t.match(fail({ afterReboot: false }), {
    ...{ failures: 2, until: new Date(start + 28 * hour).toISOString() },
  });
});

t.test('an attempt counts once, however often it is written down', async (t) => {
  const { backOff, clock, fail } = await backOffOf(t);
  const first = fail({ attempt: 'trial 7' });
  clock.ms += hour;
  t.strictSame(fail({ attempt: 'trial 7' }), first);
  t.match(fail({ attempt: 'trial 8' }), { failures: 2 });
  t.match(fail({ attempt: 'trial 8', name: 'b' }), { failures: 1 }, 'but for each of its snaps');
  t.equal(backOff.list().length, 2);
});

t.test('another revision, or somebody who asks for it, ends it', async (t) => {
  const { backOff, fail } = await backOffOf(t);
  fail();
  backOff.aimAt('k', '12');
  t.notOk(backOff.mayTry('k', '12'), 'the same one');
  backOff.aimAt('k', '13');
  t.strictSame(backOff.list(), []);
  fail();
  t.match(fail({ revision: '13' }), { failures: 1, revision: '13' }, 'its failures are its own');
  backOff.clear('other');
  t.notOk(backOff.mayTry('k', '13'));
  backOff.clear('k');
  t.ok(backOff.mayTry('k', '13'));
});
