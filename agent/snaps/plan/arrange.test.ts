/** Base, gadget and kernel in one reboot, apps after them (lifecycle-vectors.md G8-G16). */
import t from 'tap';
import type { ChangePlan } from '../../engine/plan.ts';
import type { SnapRecord } from '../record/model.ts';
import { failureAt } from './describe-failure.ts';
import { planRefresh } from './refresh.ts';
import {
  bootSnaps,
  bootTypes,
  candidate,
  comesAfter,
  findTasks,
  installed,
  kinds,
  type Scene,
  viewOf,
} from './testing.ts';

const types = { ...bootTypes, snapd: 'snapd', core: 'os' } as const;
const all: readonly SnapRecord[] = [
  ...bootSnaps(),
  installed('some-snap', [1]),
  installed('snapd', [1], { type: 'snapd' }),
  installed('core', [1], { type: 'os' }),
];

function refresh(names: readonly string[], scene: Scene = {}): ChangePlan {
  const typeOf = (name: string) => Object.entries(types).find(([other]) => other === name)?.[1] ?? 'app';
  const candidates = names.map((name) => candidate(name, 2, { type: typeOf(name) }));
  return planRefresh(viewOf({ snaps: all, ...scene }), { names, candidates });
}

const placeOf = (plan: ChangePlan, kind: string, snap: string) => findTasks(plan, kind, snap)[0]?.place ?? -1;
const healthOf = (plan: ChangePlan, snap: string) =>
  findTasks(plan, 'run-hook', snap).find(({ data }) => data?.['hook'] === 'check-health')?.place ?? -1;
const lanesOf = (plan: ChangePlan, snap: string) =>
  new Set(plan.tasks.filter(({ data }) => data?.['snap'] === snap).flatMap(({ lanes }) => lanes ?? [0]));
const boundaries = (plan: ChangePlan) =>
  plan.tasks.flatMap(({ kind, data, boundary }) =>
    boundary === undefined ? [] : [`${String(data?.['snap'])} ${kind} ${boundary}`],
  );

function ordered(plan: ChangePlan, earlier: number, later: number): boolean {
  return earlier >= 0 && comesAfter(plan, later).has(earlier);
}

t.test('G8, G10: base and kernel together', (t) => {
  const plan = refresh(['core20', 'pc-kernel']);
  const at = (kind: string, snap: string) => placeOf(plan, kind, snap);
  t.ok(ordered(plan, at('mount-snap', 'core20'), at('mount-snap', 'pc-kernel')));
  t.ok(ordered(plan, at('link-snap', 'core20'), at('run-hook', 'pc-kernel')));
  t.ok(ordered(plan, at('link-snap', 'pc-kernel'), at('auto-connect', 'core20')));
  t.ok(ordered(plan, healthOf(plan, 'core20'), at('auto-connect', 'pc-kernel')));
  t.strictSame(boundaries(plan), ['core20 unlink-current-snap undo', 'pc-kernel link-snap do'], 'G8: one reboot');
  t.strictSame(
    findTasks(plan, 'link-snap').map(({ data }) => data?.['trial']),
    [undefined, { base: 'core20_2.snap', kernel: 'pc-kernel_2.snap' }],
  );
  t.end();
});

t.test('G9, G11: one that fails takes the other with it, and no app follows', (t) => {
  const plan = refresh(['core20', 'pc-kernel', 'some-snap']);
  const { undone, notRun, restarts } = failureAt(plan.tasks, placeOf(plan, 'auto-connect', 'pc-kernel'));
  t.ok(undone.includes(placeOf(plan, 'link-snap', 'core20')));
  t.ok(undone.includes(placeOf(plan, 'link-snap', 'pc-kernel')));
  t.ok(notRun.includes(placeOf(plan, 'link-snap', 'some-snap')), 'G9');
  t.ok(restarts, 'G11: the way back takes a restart of its own');
  t.notOk(failureAt(plan.tasks, placeOf(plan, 'link-snap', 'core20')).restarts, 'nothing was restarted for yet');
  t.notOk(
    failureAt(plan.tasks, placeOf(plan, 'link-snap', 'some-snap')).undone.includes(
      placeOf(plan, 'link-snap', 'core20'),
    ),
  );
  t.end();
});

t.test('G12, G16: the old core and its kernel share one reboot here', (t) => {
  const uc16 = {
    snaps: [installed('core', [1], { type: 'os' }), installed('pc-kernel', [1], { type: 'kernel' })],
    device: { model: { kernel: 'pc-kernel', gadget: 'pc' } },
  };
  const plan = refresh(['core', 'pc-kernel'], uc16);
  t.strictSame(boundaries(plan), ['core unlink-current-snap undo', 'pc-kernel link-snap do'], 'G12');
  t.strictSame(lanesOf(plan, 'core'), lanesOf(plan, 'pc-kernel'));
  const alone = (name: string) => boundaries(refresh([name]));
  t.strictSame(alone('core20'), ['core20 unlink-current-snap undo', 'core20 link-snap do'], 'G16');
  t.strictSame(alone('pc'), ['pc unlink-current-snap undo', 'pc link-snap do'], 'G16: a gadget has a slot of its own');
  t.strictSame(alone('pc-kernel'), ['pc-kernel unlink-current-snap undo', 'pc-kernel link-snap do'], 'G16');
  t.strictSame(alone('core'), [], 'G16: not the base that boots');
  t.strictSame(alone('some-snap'), [], 'G16');
  const classic = { snaps: all, device: { classic: true } };
  t.strictSame(boundaries(refresh(['core20', 'pc', 'pc-kernel'], classic)), [], 'nothing boots from snaps there');
  t.end();
});

t.test('G13: base, gadget and kernel', (t) => {
  const plan = refresh(['pc-kernel', 'pc', 'core20']);
  const mounts = findTasks(plan, 'mount-snap').map(({ data }) => data?.['snap']);
  t.strictSame(mounts, ['core20', 'pc', 'pc-kernel']);
  const at = (kind: string, snap: string) => placeOf(plan, kind, snap);
  t.ok(ordered(plan, at('mount-snap', 'pc'), at('mount-snap', 'pc-kernel')));
  t.ok(ordered(plan, at('link-snap', 'core20'), at('unlink-current-snap', 'pc')));
  t.ok(ordered(plan, at('link-snap', 'pc-kernel'), at('auto-connect', 'core20')));
  t.strictSame(boundaries(plan), ['core20 unlink-current-snap undo', 'pc-kernel link-snap do']);
  t.ok(
    plan.tasks.every(({ lanes }) => lanes === undefined),
    'one lane: the change',
  );
  t.end();
});

t.test('G14, G15: snapd first, apps last', (t) => {
  const plan = refresh(['some-snap', 'pc-kernel', 'pc', 'core20', 'snapd', 'core']);
  const begins = ['core20', 'pc', 'pc-kernel'].map((snap) => placeOf(plan, 'prerequisites', snap));
  for (const begin of begins) t.ok(ordered(plan, healthOf(plan, 'snapd'), begin));
  const app = placeOf(plan, 'prerequisites', 'some-snap');
  for (const snap of ['core20', 'pc', 'pc-kernel', 'snapd']) t.ok(ordered(plan, healthOf(plan, snap), app), snap);
  t.ok(ordered(plan, healthOf(plan, 'pc-kernel'), placeOf(plan, 'prerequisites', 'core')), 'G15: an ordinary base');
  t.strictSame(boundaries(plan), ['core20 unlink-current-snap undo', 'pc-kernel link-snap do'], 'G15: core has none');
  t.strictSame(lanesOf(plan, 'core20'), lanesOf(plan, 'pc-kernel'));
  t.strictSame(lanesOf(plan, 'core20'), lanesOf(plan, 'pc'));
  const lanes = ['snapd', 'core20', 'core', 'some-snap'].map((snap) => [...lanesOf(plan, snap)].join());
  t.equal(new Set(lanes).size, 4, 'all others have one of their own');
  t.end();
});

t.test('nothing of the boot set is dropped before all of it is well', (t) => {
  const snaps = all.map((record) =>
    record.type === 'app' ? record : installed(record.instance, [7, 8, 9], { type: record.type }),
  );
  const plan = refresh(['core20', 'pc-kernel'], { snaps });
  t.equal(findTasks(plan, 'discard-snap').length, 2);
  for (const { place } of [...findTasks(plan, 'clear-snap'), ...findTasks(plan, 'discard-snap')]) {
    for (const snap of ['core20', 'pc-kernel']) t.ok(ordered(plan, healthOf(plan, snap), place));
  }
  t.strictSame(kinds(plan).slice(-1), ['cleanup']);
  t.end();
});

t.test('every plan waits only for what stands before', (t) => {
  const plan = refresh(['some-snap', 'pc-kernel', 'pc', 'core20', 'snapd', 'core']);
  for (const [place, { waits = [] }] of plan.tasks.entries())
    t.ok(
      waits.every((other) => other < place),
      `${place}`,
    );
  t.end();
});
