import t from 'tap';
import type { Change } from '../../engine/model.ts';
import { planRemove } from '../plan/remove.ts';
import { installed, viewOf } from '../plan/testing.ts';
import type { Snapshot } from './model.ts';
import { planCheck, planForget, planRestore, planSave, type SavedView } from './plan.ts';
import type { SavedFile, SavedSet } from './sets.ts';
import { savedDevice } from './testing.ts';
import { snapshotSize } from './write.ts';

function fileOf(snap: string, more: Partial<Snapshot> = {}, broken?: string): SavedFile {
  const name = { set: 3, snap, version: '1', revision: '7' };
  const snapshot: Snapshot = {
    ...{ ...name, time: '2026-01-01T00:00:00Z', snapId: `${snap}-id`, epoch: { read: [0], write: [0] } },
    ...{ summary: '', digests: {}, size: 1, ...more },
  };
  return { name, file: `3_${snap}_1_7.zip`, snapshot: broken === undefined ? snapshot : undefined, broken };
}

const snaps = [installed('app', [7, 9]), installed('two', [1]), installed('off', [1], { active: false })];

function view(files: readonly SavedFile[] = [fileOf('app'), fileOf('two')], more: Partial<SavedView> = {}): SavedView {
  const sets: readonly SavedSet[] = [{ id: 3, files }];
  const { records, conflict } = viewOf({ snaps, conflicts: { two: 'refresh-snap' } });
  return { ...{ records, conflict, sets, open: [], exporting: new Set() }, ...more };
}

const free = { conflict: () => undefined };

t.test('save', async (t) => {
  const exclude = { app: ['$SNAP_DATA/x'] };
  t.strictSame(planSave(view(), { names: ['app', 'app'], set: 5, users: ['alice'], exclude }), {
    kind: 'snapshot-snap',
    summary: 'Snapshot snaps "app"',
    data: { 'snap-names': ['app'], 'snap-name': 'app' },
    tasks: [
      {
        kind: 'save-snapshot',
        summary: 'Save data of snap "app" in snapshot set #5',
        data: {
          ...{ snap: 'app', 'affected-snaps': ['app'], 'snapshot-set': 5, users: ['alice'] },
          exclude: ['$SNAP_DATA/x'],
        },
      },
    ],
  });
  const all = planSave(view([], free), { names: [], set: 5 });
  t.equal(all.summary, 'Snapshot all snaps');
  t.strictSame(all.data['snap-names'], ['app', 'two'], 'all that are active');
  t.throws(() => planSave(view(), { names: ['app', 'nope'], set: 5 }), {
    code: 'not-installed',
    message: 'snap "nope" is not installed',
  });
  const busy = { code: 'conflict', message: 'snap "two" has "refresh-snap" change in progress' };
  t.throws(() => planSave(view(), { names: ['app', 'two'], set: 5 }), busy);
  t.throws(() => planSave(view(), { names: ['app'], set: 5, exclude: { two: [] } }), {
    code: 'bad-request',
    message: /snapshot-options for snap "two"/,
  });
  t.throws(() => planSave(view(), { names: ['app'], set: 5, exclude: { app: ['/'] } }), {
    message: /must start with one of/,
  });
});

t.test('restore', async (t) => {
  t.strictSame(planRestore(view(undefined, free), { set: 3, snaps: ['app'], users: ['alice', 'bob'] }), {
    kind: 'restore-snapshot',
    summary: 'Restore of snapshot set #3 for snaps "app" for users "alice", "bob"',
    data: { 'snap-names': ['app'], 'snap-name': 'app' },
    tasks: [
      {
        kind: 'restore-snapshot',
        summary: 'Restore data of snap "app" from snapshot set #3',
        data: {
          ...{ snap: 'app', 'snapshot-set': 3, 'snapshot-file': '3_app_1_7.zip', users: ['alice', 'bob'] },
          current: '9',
        },
      },
      {
        kind: 'cleanup-after-restore',
        summary: 'Cleanup after restore from snapshot set #3',
        data: { snap: 'app', 'snapshot-set': 3 },
      },
    ],
  });
  const gone = planRestore(view([fileOf('gone')]), { set: 3 });
  t.notOk('current' in (gone.tasks[0]?.data ?? {}), 'also where the snap is gone');
  t.equal(gone.summary, 'Restore of snapshot set #3');
  t.throws(() => planRestore(view(), { set: 3 }), {
    code: 'conflict',
    message: /"two" has "refresh-snap" change in progress/,
  });
});

t.test('restore what cannot be read', async (t) => {
  const newer = fileOf('app', { epoch: { read: [1, 2], write: [2] } });
  t.throws(() => planRestore(view([newer]), { set: 3 }), {
    code: 'incompatible',
    message: 'cannot restore snapshot for "app": current snap (epoch 0) cannot read snapshot data (epoch 2*)',
  });
  t.throws(() => planRestore(view([fileOf('app', { snapId: 'another-identity' })]), { set: 3 }), {
    code: 'incompatible',
    message: 'cannot restore snapshot for "app": current snap (ID app-id…) does not match snapshot (ID another…)',
  });
  t.doesNotThrow(
    () => planRestore(view([fileOf('app', { snapId: '' })]), { set: 3 }),
    'without an identity none is compared',
  );
  const broken = fileOf('app', {}, 'it is cut');
  t.throws(() => planRestore(view([broken]), { set: 3 }), {
    code: 'damaged',
    message: 'cannot restore snapshot for "app": it is cut',
  });
});

t.test('check and forget', async (t) => {
  for (const [plan, kind, summary] of [
    [planCheck, 'check-snapshot', 'Check data of snap "app" in snapshot set #3'],
    [planForget, 'forget-snapshot', 'Drop data of snap "app" from snapshot set #3'],
  ] as const) {
    const made = plan(view(), { set: 3, snaps: ['app'] });
    const data = { 'snapshot-set': 3, 'snapshot-file': '3_app_1_7.zip' };
    t.strictSame(made.tasks, [{ kind, summary, data }], 'without a snap that others would keep away from');
    t.equal(made.kind, kind);
    t.equal(plan(view(), { set: 3 }).tasks.length, 2);
    t.equal(plan(view([fileOf('app', {}, 'broken')]), { set: 3 }).tasks.length, 1, 'also of what is broken');
  }
  t.equal(planCheck(view(), { set: 3, snaps: ['app'] }).summary, 'Check of snapshot set #3 for snaps "app"');
  t.strictSame(planCheck(view(), { set: 3, users: ['alice'] }).tasks[0]?.data?.['users'], ['alice']);
  t.throws(() => planForget(view(), { set: 3, users: ['alice'] }), {
    code: 'bad-request',
    message: /cannot specify users/,
  });
});

t.test('a set that is not there', async (t) => {
  for (const plan of [planRestore, planCheck, planForget]) {
    t.throws(() => plan(view(), { set: 4 }), { code: 'no-set', message: 'no snapshot set with the given ID' });
    const none = 'no snapshot for the requested snaps found in the set with the given ID';
    t.throws(() => plan(view(), { set: 3, snaps: ['nope'] }), { code: 'no-snaps', message: none });
  }
});

t.test('what works on a set keeps others away from it', async (t) => {
  const working = (kind: string, set = 3): Pick<SavedView, 'open' | 'conflict'> => {
    const change = { id: 12, tasks: [{ kind, data: { 'snapshot-set': set } }] } as unknown as Change;
    return { open: [change], ...free };
  };
  const refused = { code: 'conflict', message: 'cannot operate on snapshot set #3 while change "12" is in progress' };
  const may = { restore: planRestore, check: planCheck, forget: planForget };
  const keptAway: readonly (readonly [keyof typeof may, string, boolean])[] = [
    ['restore', 'forget-snapshot', true],
    ['check', 'forget-snapshot', true],
    ['forget', 'check-snapshot', true],
    ['forget', 'restore-snapshot', true],
    ['check', 'restore-snapshot', false],
    ['check', 'check-snapshot', false],
  ];
  for (const [action, kind, isRefused] of keptAway) {
    const plan = () => may[action](view(undefined, working(kind)), { set: 3 });
    if (isRefused) t.throws(plan, refused, `${action} during ${kind}`);
    else t.doesNotThrow(plan, `${action} during ${kind}`);
    t.doesNotThrow(() => may[action](view(undefined, working(kind, 4)), { set: 3 }), 'of another set');
  }
  const exporting = { exporting: new Set([3]) };
  const message = 'cannot operate on snapshot set #3 while operation export-snapshot is in progress';
  t.throws(() => planForget(view(undefined, exporting), { set: 3 }), { code: 'conflict', message });
  t.doesNotThrow(() => planCheck(view(undefined, exporting), { set: 3 }));
});

t.test('E13: too little space for the data of a snap that is removed', async (t) => {
  const device = await savedDevice(t, { 'var/snap/app/7/data': 'x'.repeat(1000), 'var/snap/app/6/old': 'not counted' });
  const size = await snapshotSize(device.world, 'app');
  const scene = viewOf({
    snaps: device.world.records.all(),
    options: { checkDiskSpace: { install: false, refresh: false, remove: true } },
    free: 5 * 1024 * 1024,
  });
  const plan = (free: number) =>
    planRemove({ ...scene, free, snapshotSize: () => size }, { names: ['app'], snapshotSet: 1 });
  t.throws(() => plan(5 * 1024 * 1024 + 999), {
    code: 'no-space',
    message:
      'cannot create automatic snapshot when removing last revision of the snap: insufficient space in "/var/lib/snapd", ' +
      `at least ${5 * 1024 * 1024 + size} bytes more is required`,
  });
  t.doesNotThrow(() => plan(5 * 1024 * 1024 + size));
});
