/** Installing files (lifecycle-vectors.md B2-B11 and the texts of the API). */
import t from 'tap';
import { linked } from '../record/link.ts';
import { failureAt } from './describe-failure.ts';
import { type InstallRequest, planInstall } from './install.ts';
import { linkingOf, setupIn } from './setup.ts';
import { bootSnaps, file, findTasks, installed, kinds, type Scene, viewOf } from './testing.ts';

const now = new Date('2026-01-02T03:04:05Z');
const install = (scene: Scene = {}, more: Partial<InstallRequest> = {}) =>
  planInstall(viewOf(scene), { files: [file('some-snap')], dangerous: true, flags: {}, ...more });
const setupOf = (plan: ReturnType<typeof install>) => setupIn(plan.tasks[0]?.data ?? {});

t.test('B2: a disabled snap is not updated', (t) => {
  const scene = { snaps: [installed('some-snap', [7], { active: false })] };
  t.throws(() => install(scene), { message: 'cannot update disabled snap "some-snap"' });
  t.end();
});

t.test('B3: programs of the snap run', (t) => {
  const running = { apps: ['app'], hooks: [], pids: [1234] };
  const scene = { snaps: [installed('some-snap', [7])], running: () => running };
  t.throws(() => install(scene), { code: 'busy', message: 'snap "some-snap" has running apps (app), pids: 1234' });
  t.doesNotThrow(() => install(scene, { ignoreRunning: true }));
  t.doesNotThrow(() => install({ running: () => running }), 'nothing of it is replaced');
  const many = (apps: string[], hooks: string[]) => () =>
    install({ ...scene, running: () => ({ apps, hooks, pids: [9, 10] }) });
  t.throws(many([], ['configure']), { message: 'snap "some-snap" has running hooks (configure), pids: 9,10' });
  t.throws(many(['b', 'a'], ['h']), { message: 'snap "some-snap" has running apps (a, b) and hooks (h), pids: 9,10' });
  t.doesNotThrow(many([], []));
  t.end();
});

t.test('B4: a reserved name', (t) => {
  t.throws(() => install({}, { files: [file('system')] }), { message: "cannot install reserved snap name 'system'" });
  t.end();
});

t.test('B5: another change works on the snap', (t) => {
  const conflict = {
    code: 'conflict',
    message: 'snap "some-snap" has "install" change in progress',
    changeKind: 'install',
  };
  t.throws(() => install({ conflicts: { 'some-snap': 'install' } }), conflict);
  t.throws(() => install({ conflicts: { 'some-snap': '' } }), { message: 'snap "some-snap" has changes in progress' });
  t.end();
});

t.test('B6: the first file without signatures is x1 and follows no channel', (t) => {
  const setup = setupOf(install());
  t.match(setup, { operation: 'install', side: { name: 'some-snap', snapId: '', revision: 'x1' } });
  const { record } = linked(undefined, linkingOf(setup), now);
  t.match(record, { tracking: '', active: true, current: 'x1', sequence: [{ revision: 'x1' }] });
  t.end();
});

t.test('B7: a risk keeps the track', (t) => {
  const before = installed('some-snap', [7], { tracking: 'wibbly/stable' });
  const setup = setupOf(install({ snaps: [before] }, { channel: 'edge' }));
  t.equal(linked(before, linkingOf(setup), now).record.tracking, 'wibbly/edge');
  t.match(setup, { operation: 'refresh', previous: '7' });
  t.end();
});

t.test('B8: what is on the device already is not moved there again', (t) => {
  const signed = { snapId: 'some-snap-id', revision: '7' };
  const scene = { snaps: [installed('some-snap', [7, 8])] };
  const plan = install(scene, { files: [file('some-snap', {}, signed)], dangerous: false });
  t.notOk(kinds(plan).includes('mount-snap'));
  t.strictSame(setupOf(plan).source, { kind: 'present', unused: '/uploads/some-snap' });
  t.equal(plan.tasks[1]?.summary, 'Prepare snap "" (7)');
  t.end();
});

t.test('B9, B10: what stands or falls together', (t) => {
  const files = [file('some-snap'), file('other-snap')];
  const one = install();
  const last = one.tasks.length - 1;
  t.equal(failureAt(one.tasks, last).undone.length, last, 'B9: all of one snap, in reverse');
  t.strictSame(failureAt(one.tasks, 2).undone, [1, 0]);
  const all = install({}, { files, transaction: 'all-snaps' });
  const failed = failureAt(all.tasks, all.tasks.length - 1);
  t.equal(failed.undone.length, all.tasks.length - 1, 'B10: both');
  const each = install({}, { files });
  t.equal(
    failureAt(each.tasks, each.tasks.length - 1).undone.length,
    each.tasks.length / 2 - 1,
    'each alone otherwise',
  );
  t.equal(all.summary, 'Install snaps "some-snap", "other-snap" from files "some-snap.snap", "other-snap.snap"');
  t.strictSame(all.data, { 'snap-names': ['some-snap', 'other-snap'] });
  t.end();
});

t.test('B11: no room', (t) => {
  const options = { checkDiskSpace: { install: true, refresh: false, remove: false } };
  const message =
    'insufficient space in "/var/lib/snapd" to perform "install" change for the following snaps: some-snap';
  const margin = 5 * 1024 * 1024;
  t.throws(() => install({ options, free: margin + 4095 }), { code: 'no-space', message, snaps: ['some-snap'] });
  t.doesNotThrow(() => install({ options, free: margin + 4096 }));
  t.doesNotThrow(() => install({ free: 0 }), 'only where it is asked for');
  t.end();
});

t.test('files without signatures have to be asked for', (t) => {
  const message = 'cannot find signatures with metadata for snap/component "some-snap.snap"';
  t.throws(() => install({}, { dangerous: false }), { message });
  const aliased = { snaps: [installed('other', [1], { aliases: { 'some-snap.x': { manual: 'y' } } })] };
  t.throws(() => install(aliased), {
    message: 'snap "some-snap" command namespace conflicts with alias "some-snap.x" for "other" snap',
  });
  t.throws(() => install({}, { files: [] }), { message: 'cannot install zero snaps' });
  const twice = { files: [file('some-snap'), file('some-snap')] };
  t.throws(() => install({}, twice), { message: 'cannot install snap "some-snap": it is given twice' });
  t.end();
});

t.test('parallel instances', (t) => {
  const options = { parallelInstances: true };
  const name = 'some-snap_one';
  const setup = setupOf(install({ options }, { name }));
  t.match(setup, { instance: name, side: { name: 'some-snap' }, unaliased: true });
  t.equal(
    setupOf(install({ options, snaps: [installed(name, [1])] }, { name })).unaliased,
    undefined,
    'once is enough',
  );
  const off = "experimental feature disabled - test it by setting 'experimental.parallel-instances' to true";
  t.throws(() => install({}, { name }), { message: `feature flag validation failed for snap "${name}": ${off}` });
  t.throws(() => install({ options }, { name: 'foo_one' }), {
    message: 'instance name "foo_one" does not match snap name "some-snap"',
  });
  t.throws(() => install({ options }, { name: 'some-snap_ONE' }), {
    message: 'invalid instance name: invalid instance key: "ONE"',
  });
  const base = { name: 'b-b_one', files: [file('b-b', { type: 'base' })] };
  t.throws(() => install({ options }, base), { message: 'cannot install snap of type base as "b-b_one"' });
  const two = { name, files: [file('some-snap'), file('other')] };
  t.throws(() => install({ options }, two), { message: 'cannot install several snaps under one instance name' });
  t.end();
});

t.test('a base of the same change is there for its app', (t) => {
  const app = file('some-snap', { base: 'some-base' });
  t.throws(() => install({}, { files: [app] }), { message: 'cannot find required base "some-base"' });
  const plan = install({}, { files: [app, file('some-base', { type: 'base' })] });
  t.equal(plan.tasks[0]?.data?.['snap'], 'some-base', 'the base comes first');
  const health = findTasks(plan, 'run-hook', 'some-base').at(-1);
  const [begin] = findTasks(plan, 'prerequisites', 'some-snap');
  t.equal(begin?.place, (health?.place ?? -9) + 1);
  t.doesNotThrow(() =>
    install({ snaps: [installed('core', [1], { type: 'os' })] }, { files: [file('a-a', { base: 'core16' })] }),
  );
  t.doesNotThrow(() => install({}, { files: [file('a-a', { base: 'none' })] }));
  t.end();
});

t.test('a slot that the boot script cannot try', (t) => {
  const scene = { snaps: bootSnaps(), device: { slots: new Set(['kernel', 'base'] as const) } };
  const message = 'cannot install "pc": the boot script of this device cannot try a gadget';
  t.throws(() => install(scene, { files: [file('pc', { type: 'gadget' }, { snapId: 'pc-id', revision: '2' })] }), {
    message,
  });
  t.end();
});
