/** Which tasks each operation is made of, in order (lifecycle-vectors.md, section A). */
import t from 'tap';
import { planDisable, planEnable } from './enable.ts';
import { planInstall } from './install.ts';
import { planRefresh } from './refresh.ts';
import { planRemove } from './remove.ts';
import { planRevert } from './revert.ts';
import type { SnapSetup } from './setup.ts';
import { planSwitch } from './switch.ts';
import { tasksFor } from './targets.ts';
import { bootSnaps, candidate, file, findTasks, installed, kinds, viewOf } from './testing.ts';

const get = ['prerequisites', 'download-snap', 'validate-snap', 'prerequisites', 'mount-snap'];
const prepare = ['prerequisites', 'prepare-snap', 'prerequisites'];
const aliases = ['auto-connect', 'set-auto-aliases', 'setup-aliases'];
const stop = ['stop-snap-services', 'remove-aliases', 'unlink-current-snap'];
const use = ['copy-snap-data', 'setup-profiles', 'link-snap', ...aliases];
const health = 'run-hook[check-health]';
const configure = 'run-hook[configure]';
const drop = ['clear-snap', 'discard-snap'];

const fromStore = (name: string, type: SnapSetup['type']): SnapSetup => ({
  ...{ operation: 'install', instance: name, side: { name, snapId: `${name}-id`, revision: '11' }, type, flags: {} },
  ...{ version: '1', epoch: { read: [0], write: [0] }, channel: 'latest/stable' },
  source: { kind: 'store', size: 1, download: {} },
});

t.test('A1: installing an app from a store', (t) => {
  const tasks = tasksFor(viewOf(), [fromStore('some-snap', 'app')], 'per-snap');
  const list = kinds({ kind: '', summary: '', data: {}, tasks });
  t.strictSame(list, [
    ...[...get, ...use, 'run-hook[install]', 'run-hook[default-configure]', 'start-snap-services', configure, health],
  ]);
  t.match(tasks[1]?.summary, 'Download snap "some-snap" (11) from channel "latest/stable"');
  t.end();
});

t.test('A1: a local file is prepared where a store would be asked', (t) => {
  const plan = planInstall(viewOf(), { files: [file('some-snap')], dangerous: true, flags: {} });
  t.strictSame(kinds(plan), [
    ...[...prepare, 'mount-snap', ...use, 'run-hook[install]', 'run-hook[default-configure]', 'start-snap-services'],
    ...[configure, health],
  ]);
  t.equal(plan.kind, 'install-snap');
  t.equal(plan.summary, 'Install "some-snap" snap from file "some-snap.snap"');
  t.strictSame(plan.data, { 'snap-names': ['some-snap'], 'snap-name': 'some-snap' });
  t.equal(plan.tasks[1]?.summary, 'Prepare snap "/uploads/some-snap" (x1)');
  t.end();
});

t.test('A2: a refresh discards old revisions last, after the health check', (t) => {
  const view = viewOf({ snaps: [installed('some-snap', [1, 2, 3, 4])] });
  const plan = planRefresh(view, { names: ['some-snap'], candidates: [candidate('some-snap', 11)] });
  t.strictSame(kinds(plan), [
    ...[...get, 'run-hook[pre-refresh]', ...stop, ...use, 'run-hook[post-refresh]', 'start-snap-services'],
    ...[configure, health, ...drop, ...drop, 'cleanup'],
  ]);
  t.ok(
    plan.tasks.every(({ waits, lanes }) => waits === undefined && lanes === undefined),
    'one after the other',
  );
  t.equal(plan.summary, 'Refresh "some-snap" snap');
  t.equal(findTasks(plan, 'stop-snap-services')[0]?.data?.['stop-reason'], 'refresh');
  t.end();
});

t.test('A3, A16: a revert copies nothing and discards nothing', (t) => {
  const list = [
    ...prepare,
    ...stop,
    'setup-profiles',
    'link-snap',
    ...aliases,
    'start-snap-services',
    configure,
    health,
  ];
  const two = planRevert(viewOf({ snaps: [installed('some-snap', [2, 7])] }), { name: 'some-snap' });
  t.strictSame(kinds(two), list, 'A3');
  const many = planRevert(viewOf({ snaps: [installed('some-snap', [1, 2, 3, 4, 7])] }), { name: 'some-snap' });
  t.strictSame(kinds(many), list, 'A16');
  t.end();
});

t.test('A4: enable, A5: disable, A6: switch', (t) => {
  const off = viewOf({ snaps: [installed('some-snap', [7], { active: false })] });
  const on = viewOf({ snaps: [installed('some-snap', [7])] });
  const enable = planEnable(off, 'some-snap');
  t.strictSame(
    kinds(enable),
    ['prepare-snap', 'setup-profiles', 'link-snap', 'setup-aliases', 'start-snap-services'],
    'A4',
  );
  t.equal(enable.summary, 'Enable "some-snap" snap');
  const disable = planDisable(on, 'some-snap');
  t.strictSame(kinds(disable), ['stop-snap-services', 'remove-aliases', 'unlink-snap', 'remove-profiles'], 'A5');
  t.equal(disable.tasks[0]?.data?.['stop-reason'], 'disable');
  const to = planSwitch(on, { name: 'some-snap', channel: 'edge' });
  t.strictSame(kinds(to), ['switch-snap'], 'A6');
  t.equal(to.tasks[0]?.summary, 'Switch snap "some-snap" from channel "latest/stable" to "latest/edge"');
  t.equal(to.summary, 'Switch "some-snap" snap to channel "edge"');
  t.throws(() => planEnable(on, 'some-snap'), { message: 'snap "some-snap" already enabled' });
  t.throws(() => planDisable(off, 'some-snap'), { message: 'snap "some-snap" already disabled' });
  t.throws(() => planEnable(on, 'other'), { code: 'not-installed', message: 'snap "other" is not installed' });
  t.end();
});

const removal = [
  ...['stop-snap-services', 'run-hook[remove]', 'auto-disconnect', 'save-snapshot', 'remove-aliases', 'unlink-snap'],
  ...['remove-profiles', ...drop],
];

t.test('A7: removing all of a snap, A8: without saving its data', (t) => {
  const scene = { snaps: [installed('some-snap', [7])] };
  const plan = planRemove(viewOf(scene), { names: ['some-snap'], snapshotSet: 3 });
  t.strictSame(kinds(plan), removal, 'A7');
  t.strictSame(findTasks(plan, 'save-snapshot')[0]?.data?.['affected-snaps'], ['some-snap']);
  t.equal(findTasks(plan, 'save-snapshot')[0]?.summary, 'Save data of snap "some-snap" in automatic snapshot set #3');
  t.equal(plan.summary, 'Remove "some-snap" snap');
  const unsaved = removal.filter((kind) => kind !== 'save-snapshot');
  const purged = planRemove(viewOf(scene), { names: ['some-snap'], purge: true, snapshotSet: 3 });
  t.strictSame(kinds(purged), unsaved, 'A8: by purge');
  const off = viewOf({ ...scene, options: { automaticSnapshots: false } });
  t.strictSame(kinds(planRemove(off, { names: ['some-snap'], snapshotSet: 3 })), unsaved, 'A8: by option');
  t.end();
});

t.test('A9: a base and A10: snapd have no configuration', (t) => {
  const base = planInstall(viewOf(), { files: [file('some-base', { type: 'base' })], dangerous: true, flags: {} });
  t.strictSame(
    kinds(base),
    [...prepare, 'mount-snap', ...use, 'run-hook[install]', 'start-snap-services', health],
    'A9',
  );
  const snapd = kinds(planInstall(viewOf(), { files: [file('snapd', { type: 'snapd' })], dangerous: true, flags: {} }));
  t.notOk(
    snapd.some((kind) => kind.includes('configure')),
    'A10',
  );
  const view = viewOf({ device: { classic: true } });
  const core = planInstall(view, { files: [file('core', { type: 'os' })], dangerous: true, flags: {} });
  t.ok(kinds(core).includes(configure), 'the old core has one');
  t.notOk(kinds(core).includes('run-hook[default-configure]'), 'but no defaults of its own');
  t.end();
});

t.test('A11, A12: a gadget brings assets and a command line', (t) => {
  const gadget = { type: 'gadget' } as const;
  const first = planInstall(viewOf(), { files: [file('pc', gadget)], dangerous: true, flags: {} });
  const assets = ['update-gadget-assets', 'update-gadget-cmdline'];
  t.strictSame(kinds(first).slice(4, 7), [...assets, 'copy-snap-data'], 'A11');
  const view = viewOf({ snaps: bootSnaps() });
  const again = kinds(planRefresh(view, { names: ['pc'], candidates: [candidate('pc', 11, gadget)] }));
  const unlink = again.indexOf('unlink-current-snap');
  t.strictSame(again.slice(unlink + 1, unlink + 4), [...assets, 'copy-snap-data'], 'A12');
  const classic = viewOf({ device: { classic: true } });
  const there = planInstall(classic, { files: [file('pc', gadget)], dangerous: true, flags: {} });
  t.notOk(
    kinds(there).some((kind) => assets.includes(kind)),
    'nothing boots from it on a classic system',
  );
  t.end();
});

t.test('A13, A14: a kernel brings assets, and from UC24 on a driver tree', (t) => {
  const request = { names: ['pc-kernel'], candidates: [candidate('pc-kernel', 11, { type: 'kernel' })] };
  const old = kinds(planRefresh(viewOf({ snaps: bootSnaps() }), request));
  t.strictSame(
    old.slice(old.indexOf('unlink-current-snap') + 1, old.indexOf('link-snap')),
    ['update-gadget-assets', 'copy-snap-data', 'setup-profiles'],
    'A13',
  );
  const view = viewOf({ snaps: bootSnaps(), device: { driversTree: true } });
  const uc24 = kinds(planRefresh(view, request));
  t.equal(uc24[uc24.indexOf('update-gadget-assets') - 1], 'prepare-kernel-snap', 'A14');
  t.strictSame(
    uc24.slice(uc24.indexOf(health)),
    [health, 'discard-old-kernel-snap-setup', 'cleanup'],
    'A14: what cannot be made again goes after the verdict',
  );
  t.end();
});

t.test('A15: snapd renews what boots after its aliases', (t) => {
  const view = viewOf({ snaps: [installed('snapd', [1], { type: 'snapd' })] });
  const list = kinds(planRefresh(view, { names: ['snapd'], candidates: [candidate('snapd', 11, { type: 'snapd' })] }));
  t.equal(list[list.indexOf('setup-aliases') + 1], 'update-managed-boot-config');
  t.notOk(list.includes(configure));
  t.end();
});
