/** A plan in words: everything that it does, and what a failure leads to. */
import t from 'tap';
import { planAliases } from './aliases.ts';
import { describePlan } from './describe.ts';
import { kindWords } from './describe-kinds.ts';
import { planText } from './describe-text.ts';
import { planDisable, planEnable } from './enable.ts';
import { planInstall } from './install.ts';
import { planRefresh } from './refresh.ts';
import { planRemove } from './remove.ts';
import { planRevert } from './revert.ts';
import { planSwitch } from './switch.ts';
import { bootSnaps, bootTypes, candidate, file, installed, viewOf } from './testing.ts';

const view = viewOf({ snaps: [installed('some-snap', [1, 2, 3])] });
const refresh = planRefresh(view, { names: ['some-snap'], candidates: [candidate('some-snap', 4)] });

t.test('each task says what it writes and what takes that back', (t) => {
  const { tasks, restarts, space } = describePlan(refresh);
  const of = (kind: string) => tasks.find((task) => task.kind === kind);
  t.equal(restarts, 0);
  t.strictSame(space, [
    { place: '/var/lib/snapd/snaps', bytes: 4096, why: 'file of "some-snap" (4)' },
    { place: '/var/snap/some-snap', why: 'a copy of the data of revision 3' },
  ]);
  t.match(of('mount-snap'), {
    writes: [
      '/var/lib/snapd/snaps/some-snap_4.snap',
      '/var/lib/holdfast/digests/some-snap_4.snap',
      '/snap/some-snap/4',
      '/etc/systemd/system/snap-some\\x2dsnap-4.mount',
      'list of snap files',
    ],
    undo: 'unmounted; the file is removed',
  });
  t.match(of('clear-snap')?.writes[0], '/var/snap/some-snap/1: to the trash', 'of the revision that goes');
  t.equal(of('unlink-current-snap')?.undo, 'revision 3 is linked again');
  t.notOk('undo' in (of('cleanup') ?? {}));
  t.strictSame(of('run-hook')?.writes, ['what the hook writes as some-snap']);
  t.end();
});

t.test('what a failure leads to follows the lanes', (t) => {
  const { tasks } = describePlan(refresh);
  t.match(tasks[0]?.ifItFails, {
    undone: [],
    restart: false,
    meaning: /^nothing has to be taken back; \d+ tasks do not run$/,
  });
  t.match(tasks.at(-1)?.ifItFails, { notRun: [], meaning: /^\d+ tasks before it are undone$/ });
  t.match(tasks[1]?.ifItFails.meaning, /^the task before it is undone; /);
  t.match(tasks.at(-2)?.ifItFails.meaning, /undone; the task after it does not run$/);
  t.equal(tasks.at(-1)?.ifItFails.undone[0], tasks.length - 1, 'the last first');
  const two = viewOf({ snaps: [installed('a-a', [1]), installed('b-b', [1])] });
  const plan = planRefresh(two, { names: ['a-a', 'b-b'], candidates: [candidate('a-a', 2), candidate('b-b', 2)] });
  const last = describePlan(plan).tasks.at(-1);
  t.match(last?.ifItFails.meaning, /tasks of other snaps are not concerned$/);
  t.strictSame(last?.lanes, [2]);
  t.end();
});

t.test('a boot set restarts once, and once more to go back', (t) => {
  const boot = viewOf({ snaps: bootSnaps() });
  const names = ['core20', 'pc-kernel'];
  const plan = planRefresh(boot, {
    names,
    candidates: names.map((name) => candidate(name, 2, { type: bootTypes[name] ?? 'app' })),
  });
  const described = describePlan(plan);
  t.equal(described.restarts, 1);
  const link = described.tasks.find(({ restart }) => restart === true);
  t.match(link, { kind: 'link-snap', snap: 'pc-kernel' });
  t.ok(link?.writes.includes('boot environment: a trial is armed'));
  t.match(link?.ifItFails, { restart: false, meaning: /a trial that fails goes back by itself/ });
  const after = described.tasks.find(({ kind, snap }) => kind === 'start-snap-services' && snap === 'core20');
  t.match(after?.ifItFails, { restart: true, meaning: /the device restarts to go back to what it ran before/ });
  t.ok(described.space.some(({ place }) => place === 'boot partition'));
  t.match(planText(described), /^restarts: 1$/m);
  t.end();
});

t.test('every kind of every plan has its words', (t) => {
  const tree = { driversTree: true };
  const boot = viewOf({ snaps: [...bootSnaps(), installed('snapd', [1], { type: 'snapd' })], device: tree });
  const names = ['core20', 'pc', 'pc-kernel', 'snapd'];
  const types = { ...bootTypes, snapd: 'snapd' as const };
  const candidates = names.map((name) =>
    candidate(name, 2, { type: Object.entries(types).find(([key]) => key === name)?.[1] ?? 'app' }),
  );
  const off = viewOf({ snaps: [installed('some-snap', [1], { active: false })] });
  const aliased = viewOf({
    snaps: [
      installed('a-a', [1], { aliases: { x: { auto: 'a' } }, autoAliasesDisabled: true }),
      installed('b-b', [1], { aliases: { x: { manual: 'b' } } }),
    ],
  });
  const prefer = planAliases(aliased, { action: 'prefer', name: 'a-a' });
  t.match(describePlan(prefer).tasks[0]?.writes, [
    ...['snap record', '/snap/bin', 'snap record of b-b: its aliases are given up'],
  ]);
  const plans = [
    refresh,
    planRefresh(boot, { names, candidates }),
    planRefresh(view, { names: ['some-snap'], candidates: [], channel: 'edge' }),
    planInstall(viewOf(), { files: [file('some-snap')], dangerous: true, flags: {} }),
    planRevert(view, { name: 'some-snap' }),
    planRemove(view, { names: ['some-snap'], terminate: true, snapshotSet: 1 }),
    planEnable(off, 'some-snap'),
    planDisable(view, 'some-snap'),
    planSwitch(view, { name: 'some-snap', channel: 'edge' }),
    planAliases(view, { action: 'alias', name: 'some-snap', app: 'a', alias: 'b' }),
    planAliases(view, { action: 'unalias', name: 'some-snap', alias: '' }),
    planAliases(aliased, { action: 'unalias', name: '', alias: 'x' }),
    prefer,
  ];
  const made = new Set(plans.flatMap(({ tasks }) => tasks.map(({ kind }) => kind)));
  t.strictSame([...made].toSorted(), Object.keys(kindWords).toSorted());
  for (const plan of plans) {
    const described = describePlan(plan);
    t.notMatch(JSON.stringify(described), /undefined|not known/, plan.summary);
    t.strictSame(JSON.parse(JSON.stringify(described)), described, 'it is what --json prints');
  }
  const foreign = { kind: 'x', summary: 'X', data: {}, tasks: [{ kind: 'strange', summary: 'Strange' }] };
  t.strictSame(describePlan(foreign).tasks[0]?.writes, ['not known to this version']);
  const words = { strange: { writes: () => ['a thing'], undo: () => 'gone' } };
  t.match(describePlan(foreign, words).tasks[0], { writes: ['a thing'], undo: 'gone' });
  t.end();
});

t.test('as text', (t) => {
  const text = planText(describePlan(planDisable(view, 'some-snap')));
  t.equal(
    text.split('\n').slice(0, 8).join('\n'),
    [
      'Disable "some-snap" snap (disable-snap)',
      'restarts: none',
      'space: none',
      'tasks:',
      '  1. stop-snap-services: Stop snap "some-snap" (3) services',
      '     writes: snap record',
      '     undo: what ran is started again',
      '     if it fails: nothing has to be taken back; 3 tasks do not run',
    ].join('\n'),
  );
  t.match(planText(describePlan({ kind: 'k', summary: 'S', data: {}, tasks: [] })), /^S \(k\)\n.*\ntasks: none\n$/s);
  const tasks = [
    { kind: 'cleanup', summary: 'A', lanes: [1] },
    { kind: 'cleanup', summary: 'B', waits: [], lanes: [2] },
    { kind: 'cleanup', summary: 'C', waits: [0], lanes: [1] },
  ];
  const parallel = planText(describePlan({ kind: 'k', summary: 'S', data: {}, tasks }));
  t.match(parallel, '  1. cleanup: A, lane 1\n');
  t.match(parallel, '  2. cleanup: B, after nothing, lane 2\n');
  t.match(parallel, '  3. cleanup: C, after 1, lane 1\n');
  t.end();
});
