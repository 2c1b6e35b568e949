/** Refreshing (lifecycle-vectors.md B12-B18, D6-D8, I22-I24). */
import t from 'tap';
import { linked } from '../record/link.ts';
import { blockedRevisions } from '../record/sequence.ts';
import { planRefresh, type RefreshRequest } from './refresh.ts';
import { linkingOf, setupIn } from './setup.ts';
import { candidate, findTasks, installed, kinds, type Scene, viewOf } from './testing.ts';

const now = new Date('2026-01-02T03:04:05Z');
const one = { snaps: [installed('some-snap', [7])] };
const refresh = (scene: Scene, more: Partial<RefreshRequest> = {}) =>
  planRefresh(viewOf(scene), { names: ['some-snap'], candidates: [candidate('some-snap', 11)], ...more });

t.test('B12, B14: nothing to refresh', (t) => {
  const none = { code: 'no-update-available', message: 'snap has no updates available', snap: 'some-snap' };
  t.throws(() => refresh(one, { candidates: [candidate('some-snap', 7)] }), none, 'B12');
  t.throws(
    () => refresh(one, { candidates: [candidate('some-snap', 7)], channel: 'stable' }),
    none,
    'B12: the same channel',
  );
  t.throws(() => refresh(one, { candidates: [] }), none, 'B14');
  const all = refresh(one, { names: [], candidates: [] });
  t.strictSame(all.tasks, []);
  t.equal(all.summary, 'Refresh all snaps: no updates');
  t.equal(
    refresh(
      { snaps: [...one.snaps, installed('other', [1])] },
      { names: ['some-snap', 'other', 'other'], candidates: [] },
    ).summary,
    'Refresh snaps "some-snap", "other": no updates',
  );
  t.end();
});

t.test('B13: the same revision on another channel', (t) => {
  const plan = refresh(one, { candidates: [candidate('some-snap', 7)], channel: 'edge' });
  t.strictSame(kinds(plan), ['switch-snap-channel']);
  t.strictSame(plan.data, { 'snap-names': ['some-snap'], 'snap-name': 'some-snap' });
  t.equal(setupIn(plan.tasks[0]?.data ?? {}).channel, 'latest/edge');
  t.equal(plan.summary, 'Refresh "some-snap" snap from "edge" channel');
  t.end();
});

t.test('B15: a disabled snap', (t) => {
  const scene = { snaps: [installed('some-snap', [7], { active: false }), installed('other', [1])] };
  t.throws(() => refresh(scene), { message: 'refreshing disabled snap "some-snap" not supported' });
  const many = refresh(scene, {
    names: ['some-snap', 'other'],
    candidates: [candidate('some-snap', 11), candidate('other', 2)],
  });
  t.strictSame(many.data['snap-names'], ['other'], 'passed over among others');
  t.throws(() => refresh({}), { code: 'not-installed' });
  t.end();
});

t.test('B16, B17: a snap that no store knows', (t) => {
  const scene = { snaps: [installed('some-snap', ['x1'])] };
  t.throws(() => refresh(scene), { code: 'local-snap' }, 'B16');
  const plan = refresh(scene, { amend: true });
  t.ok(kinds(plan).includes('download-snap'), 'B17');
  t.match(setupIn(plan.tasks[0]?.data ?? {}), { side: { revision: '11', snapId: 'some-snap-id' }, previous: 'x1' });
  t.strictSame(refresh(scene, { names: [] }).tasks, [], 'passed over where all are refreshed');
  t.end();
});

t.test('B18: another change works on the snap', (t) => {
  const message = 'snap "some-snap" has "refresh" change in progress';
  t.throws(() => refresh({ ...one, conflicts: { 'some-snap': 'refresh' } }), { code: 'conflict', message });
  t.throws(
    () => refresh({ ...one, conflicts: { 'some-snap': 'refresh' } }, { candidates: [], channel: 'edge' }),
    { code: 'conflict' },
    'and its channel stays as well',
  );
  t.end();
});

t.test('D6, D7, D8: what was reverted from', (t) => {
  const reverted = installed('some-snap', [7, 11], { current: '7' });
  const scene = { snaps: [reverted, installed('other', [1])] };
  t.strictSame(blockedRevisions(reverted), ['11']);
  t.strictSame(setupIn(refresh(scene).tasks[0]?.data ?? {}).side.revision, '11', 'D6: comes again by its name');
  const both = refresh(scene, { names: ['some-snap', 'other'] });
  t.strictSame(both.data['snap-names'], ['some-snap'], 'D7: among several names, too');
  const all = refresh(scene, { names: [] });
  t.strictSame(all.tasks, [], 'D8: but not where all are refreshed');
  t.notOk(kinds(refresh(scene)).includes('mount-snap'), 'it is on the device still');
  t.end();
});

t.test('a revision by its number, on the device', (t) => {
  const scene = { snaps: [installed('some-snap', [1, 2, 3])] };
  const plan = refresh(scene, { candidates: [], revision: '2' });
  t.match(setupIn(plan.tasks[0]?.data ?? {}), {
    operation: 'refresh',
    side: { revision: '2' },
    source: { kind: 'present' },
  });
  t.throws(() => refresh({ ...scene, facts: {} }, { candidates: [], revision: '3' }), { code: 'no-update-available' });
  const unreadable = { ...viewOf(scene), facts: () => undefined };
  t.throws(() => planRefresh(unreadable, { names: ['some-snap'], candidates: [], revision: '2' }), {
    code: 'damaged',
    message: 'cannot read snap "some-snap" (2)',
  });
  t.end();
});

t.test('I23, I24: held snaps are passed over only where all are refreshed', (t) => {
  const scene = { snaps: [installed('some-snap', [7]), installed('other', [1])] };
  const request = { candidates: [candidate('some-snap', 11), candidate('other', 2)], held: new Set(['some-snap']) };
  t.strictSame(refresh(scene, { ...request, names: [] }).data['snap-names'], ['other'], 'I23');
  t.strictSame(
    refresh(scene, { ...request, names: ['some-snap', 'other'] }).data['snap-names'],
    ['some-snap', 'other'],
    'I24',
  );
  t.end();
});

t.test('I22: what has just failed here is not tried again by itself', (t) => {
  const mayTry = (_: string, revision: string) => revision !== '11';
  t.strictSame(refresh(one, { names: [], automatic: true, mayTry }).tasks, []);
  t.not(refresh(one, { names: [], automatic: true, mayTry: () => true }).tasks.length, 0);
  t.not(refresh(one, { mayTry }).tasks.length, 0, 'by hand it is');
  t.end();
});

t.test('modes: devmode is asked for each time, classic stays', (t) => {
  const devmode = { snaps: [installed('some-snap', [7], { flags: { devmode: true } })] };
  t.strictSame(setupIn(refresh(devmode).tasks[0]?.data ?? {}).flags, {});
  t.strictSame(refresh(devmode, { names: [] }).tasks, [], 'and never comes by itself');
  t.strictSame(setupIn(refresh(devmode, { flags: { devmode: true } }).tasks[0]?.data ?? {}).flags, { devmode: true });
  const classic = { snaps: [installed('some-snap', [7], { flags: { classic: true } })], device: { classic: true } };
  const offered = { candidates: [candidate('some-snap', 11, { confinement: 'classic' })] };
  t.strictSame(setupIn(refresh(classic, offered).tasks[0]?.data ?? {}).flags, { classic: true });
  t.throws(() => refresh(one, { flags: { devmode: true, jailmode: true } }), {
    message: 'cannot use devmode and jailmode flags together',
  });
  t.throws(() => refresh(one, { flags: { devmode: true, classic: true } }), {
    message: 'cannot use classic and devmode flags together',
  });
  t.end();
});

t.test('channels, cohorts and what a link makes of them', (t) => {
  const record = installed('some-snap', [7], { cohort: 'old' });
  const linkOf = (more: Partial<RefreshRequest>) => {
    const setup = setupIn(refresh({ snaps: [record] }, more).tasks[0]?.data ?? {});
    return linked(record, linkingOf(setup), now).record;
  };
  t.match(linkOf({}), { tracking: 'latest/stable', cohort: 'old', lastRefreshTime: now.toISOString() });
  t.match(linkOf({ channel: '2.0', cohort: 'new' }), { tracking: '2.0/stable', cohort: 'new' });
  t.equal(linkOf({ leaveCohort: true }).cohort, undefined);
  t.throws(() => refresh(one, { channel: '1/2/3/4' }), { message: 'channel name has too many components: 1/2/3/4' });
  const pinned = { ...one, device: { model: { kernel: 'some-snap', kernelTrack: '20' } } };
  t.throws(() => refresh(pinned, { channel: '22/stable' }), {
    message: 'cannot switch from kernel track "20" as specified for the (device) model to "22/stable"',
  });
  t.end();
});

t.test('summaries', (t) => {
  const names = ['a-a', 'b-b', 'c-c', 'd-d'];
  const snaps = names.map((name) => installed(name, [1]));
  const all = { candidates: names.map((name) => candidate(name, 2)) };
  t.equal(refresh({ snaps }, { ...all, names: [] }).summary, 'Refresh snaps "a-a", "b-b", "c-c", "d-d"');
  t.equal(refresh({ snaps }, { ...all, names: [], automatic: true }).summary, 'Auto-refresh 4 snaps');
  t.equal(refresh({ snaps }, { ...all, names: [], automatic: true }).kind, 'auto-refresh');
  const two = { names: ['a-a', 'b-b'], candidates: [candidate('a-a', 2)], automatic: true };
  t.equal(refresh({ snaps }, two).summary, 'Auto-refresh snap "a-a"');
  t.equal(refresh({ snaps }, { ...two, candidates: all.candidates }).summary, 'Auto-refresh snaps "a-a", "b-b"');
  t.equal(
    refresh({ snaps }, { names: ['a-a'], candidates: all.candidates, cohort: 'abcdefghijklm' }).summary,
    'Refresh "a-a" snap from "…efghijklm" cohort',
  );
  t.end();
});

t.test('each app has a lane of its own, or all have one', (t) => {
  const scene = { snaps: [installed('a-a', [1]), installed('b-b', [1])] };
  const request = { names: ['a-a', 'b-b'], candidates: [candidate('a-a', 2), candidate('b-b', 2)] };
  const plan = refresh(scene, request);
  t.strictSame(
    findTasks(plan, 'link-snap').map(({ lanes }) => lanes),
    [[1], [2]],
  );
  t.strictSame(findTasks(plan, 'prerequisites', 'b-b')[0]?.waits, [], 'they run beside each other');
  const together = refresh(scene, { ...request, transaction: 'all-snaps' });
  t.ok(together.tasks.every(({ lanes }) => lanes === undefined));
  const ends = findTasks(together, 'run-hook').filter(({ data }) => data?.['hook'] === 'check-health');
  const [cleanup] = findTasks(together, 'cleanup', 'a-a');
  t.strictSame(
    cleanup?.waits,
    ends.map(({ place }) => place),
    'nothing is dropped before both are well',
  );
  t.end();
});
