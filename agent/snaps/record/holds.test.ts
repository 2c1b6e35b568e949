/** Who may hold what, and for how long (snaps.md §16.3; lifecycle-vectors.md E18, I23-I25). */
import t from 'tap';
import { afterRefresh, afterRemoval, type Hold, heldSnaps, holdBySnap, holdBySystem, released } from './holds.ts';

const hour = 3600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);
const at = (ms: number) => new Date(start + ms);
const refreshed = () => at(0);
const names = (holds: readonly Hold[]) => holds.map(({ snap, holder }) => `${holder}>${snap}`).join(' ');
const held = (holds: readonly Hold[], level: 'auto-refresh' | 'general', ms: number) =>
  [...heldSnaps(holds, level, at(ms), refreshed).keys()].join();

t.test('a person holds for any time, at two levels', (t) => {
  const holds = [
    ...holdBySystem([], ['a'], 'forever', 'general', at(0)),
    ...holdBySystem([], ['b'], at(day), 'auto-refresh', at(0)),
  ];
  t.equal(held(holds, 'auto-refresh', hour), 'a,b');
  t.equal(held(holds, 'general', hour), 'a', 'I23: only what is held in general');
  t.equal(held(holds, 'auto-refresh', day), 'a,b', 'to the end of the time');
  t.equal(held(holds, 'auto-refresh', day + 1), 'a');
  t.equal(held(holds, 'general', 1000 * day), 'a', 'without end');
  const again = holdBySystem(holds, ['b'], at(2 * day), 'general', at(hour));
  t.match(
    again.find(({ snap }) => snap === 'b'),
    { firstHeld: at(0), until: at(2 * day), level: 'general' },
  );
  t.equal(again.length, 2, 'the new one replaces the old');
  t.equal(names(released(again, 'system', ['a'])), 'system>b');
  t.equal(names(released(again, 'system')), '');
  t.end();
});

t.test('a snap holds others for two days, itself for ninety', (t) => {
  const ask = (holds: readonly Hold[], ms: number, durationMs?: number) =>
    holdBySnap(
      holds,
      { holder: 'a', snaps: ['a', 'b'], lastRefreshOf: refreshed, ...(durationMs === undefined ? {} : { durationMs }) },
      at(ms),
    );
  const most = ask([], 0);
  t.strictSame(
    most.holds.map(({ until }) => until),
    [at(90 * day), at(48 * hour)],
  );
  t.equal(most.leftMs, 48 * hour);
  t.equal(most.error, undefined);
  t.ok(most.holds.every(({ level }) => level === 'auto-refresh'));
  const short = ask([], 0, hour);
  t.strictSame(
    short.holds.map(({ until }) => until),
    [at(hour), at(hour)],
  );
  const later = ask(short.holds, 47 * hour);
  t.equal(later.leftMs, hour, 'counted from the first time');
  const over = ask(short.holds, 48 * hour);
  t.equal(
    over.error?.message,
    'cannot hold some snaps:\n - snap "a" cannot hold snap "b" anymore, maximum refresh postponement exceeded',
  );
  t.strictSame(over.holds, [], 'all or none');
  const long = ask([], 0, 49 * hour);
  t.match(
    long.error?.message,
    'requested holding duration for snap "b" of 49h0m0s by snap "a" exceeds maximum holding time',
  );
  t.end();
});

t.test('no snap holds another for more than 95 days after its last refresh', (t) => {
  const hold: Hold = { snap: 'b', holder: 'a', firstHeld: at(94 * day), until: at(200 * day), level: 'auto-refresh' };
  t.equal(held([hold], 'auto-refresh', 95 * day), 'b');
  t.equal(held([hold], 'auto-refresh', 95 * day + 1), '');
  t.equal(
    heldSnaps([hold], 'auto-refresh', at(95 * day + 1), () => undefined).size,
    1,
    'unless nobody knows when that was',
  );
  const late = holdBySnap([], { holder: 'a', snaps: ['b'], lastRefreshOf: refreshed }, at(89 * day));
  t.strictSame(late.holds[0]?.until, at(90 * day), 'time is left to try the refresh');
  t.end();
});

t.test('I25, E18: what a refresh and a removal end', (t) => {
  const other: Hold = { snap: 'b', holder: 'a', firstHeld: at(0), until: at(day), level: 'auto-refresh' };
  const holds = [other, { ...other, snap: 'c' }, { ...other, holder: 'system' as const }];
  t.equal(names(afterRefresh(holds, ['b'])), 'a>c system>b', 'I25: what a person holds stays');
  t.equal(names(afterRemoval(holds, 'b')), 'a>c', 'E18');
  t.equal(names(afterRemoval(holds, 'a')), 'system>b', 'E18: also as a holder');
  t.end();
});
