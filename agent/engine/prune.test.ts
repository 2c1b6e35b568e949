import t from 'tap';
import { type PruneChange, type PruneView, pruneLimits, pruning } from './prune.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 10);
const ago = (hours: number) => new Date(now - hours * hour).toISOString();
const change = (id: number, spawned: number, ready?: number, isEmpty = false): PruneChange => ({
  id,
  spawnTime: ago(spawned),
  readyTime: ready === undefined ? undefined : ago(ready),
  isEmpty,
});
const limits = { keepMs: hour, abortMs: 3 * hour, maxReady: 100 };
const view: PruneView = { now, start: 0, isProtected: () => false, limits };

t.test('what is over for long is forgotten, what takes too long is given up (K32, K33)', (t) => {
  const changes = [
    change(1, 9, 1.01),
    change(2, 9, 0.5),
    change(3, 3.01),
    change(4, 2.9),
    change(5, 1.01, undefined, true),
  ];
  t.strictSame(pruning(changes, view), { drop: [5, 1], abort: [3] });
  t.strictSame(pruning([change(1, 1, 1), change(2, 3)], view), { drop: [], abort: [] }, 'not at the limit itself');
  t.strictSame(
    pruning([change(1, 9, undefined, true)], view),
    { drop: [1], abort: [] },
    'an empty one is not given up',
  );
  t.strictSame(pruning([change(1, 9)], { ...view, isProtected: (id) => id === 1 }), { drop: [], abort: [] });
  t.end();
});

t.test('only so many that are over are kept, the newest ones (K34, K35)', (t) => {
  const ready = Array.from({ length: 10 }, (_, at) => change(at + 1, 0.5, 0.1 + at / 100));
  const open = Array.from({ length: 5 }, (_, at) => change(at + 20, 0.5));
  const five = { ...view, limits: { ...limits, maxReady: 5 } };
  t.strictSame(pruning([...open, ...ready], five), { drop: [10, 9, 8, 7, 6], abort: [] });
  const many = Array.from({ length: 10 }, (_, at) => change(at + 20, 0.5));
  t.strictSame(pruning([...many, change(1, 0.5, 0)], { ...view, limits: { ...limits, maxReady: 10 } }), {
    drop: [],
    abort: [],
  });
  const old = [change(1, 9, 5), change(2, 9, 0.1), change(3, 9, 0.2)];
  const two = { ...view, limits: { ...limits, maxReady: 2 } };
  t.strictSame(pruning(old, two), { drop: [1], abort: [] }, 'what is old makes room');
  t.end();
});

t.test('what takes long counts from the start of the daemon on (K36)', (t) => {
  t.strictSame(pruning([change(1, 10)], { ...view, start: now - 2 * hour }).abort, []);
  t.strictSame(pruning([change(1, 10)], { ...view, start: now - 9 * hour }).abort, [1]);
  t.strictSame(pruning([change(1, 10, undefined, true)], { ...view, start: now - hour / 2 }).drop, []);
  t.end();
});

t.test('the numbers are snapd’s', (t) => {
  t.strictSame(pruneLimits, { keepMs: 24 * hour, abortMs: 3 * 24 * hour, maxReady: 500 });
  const { limits: _, ...usual } = view;
  t.strictSame(pruning([change(1, 90, 25), change(2, 90, 23), change(3, 73), change(4, 71)], usual), {
    drop: [1],
    abort: [3],
  });
  t.end();
});
