/** Changes that exchange what boots: all of it with one reboot, apps only after the verdict, and the ways back. */
import { createReadStream } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readBootState } from '../../bootloader/protocol/index.ts';
import { changeError, statusOf } from '../engine/status.ts';
import {
  goodSet,
  makeDevice,
  makeSnap,
  powerOn,
  readMedium,
  type SnapOptions,
  temporaryDirectory,
} from '../fixture.ts';
import { type MachineOptions, systemdOf, TestMachine } from '../fixture-machine.ts';
import type { HookEnd } from '../snaps/life/world.ts';
import type { SnapFlags } from '../snaps/record/model.ts';
import type { SnapRequest } from './request.ts';

const newSet = { kernel: 'virt-kernel_x2.snap', base: 'bookworm_x2.snap', gadget: 'virt_x2.snap' };
const kernel: SnapOptions = { name: 'virt-kernel', type: 'kernel', version: '2' };
const base: SnapOptions = { name: 'bookworm', type: 'base', version: '2' };
const gadget: SnapOptions = { name: 'virt', type: 'gadget', version: '2' };
const app: SnapOptions = { name: 'hello', base: 'bookworm' };
const checkHealth = 'meta/hooks/check-health';
/** Those that say whether they are well once they run. */
const saying: readonly SnapOptions[] = [
  { ...kernel, files: { 'kernel.img': 'k', 'initrd.img': 'i', [checkHealth]: '#!/bin/sh\n' } },
  { ...base, files: { 'sbin/init': 'an init', [checkHealth]: '#!/bin/sh\n' } },
];

async function deviceOf(t: Test, options: MachineOptions = {}) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const systemd = systemdOf(layout);
  const machine = new TestMachine(layout, { systemd, ...options });
  t.teardown(async () => {
    machine.stop();
    await machine.quiet();
  });
  await machine.start();
  const file = async (snap: SnapOptions) => {
    const path = join(directory, `${snap.name}-${snap.version}`);
    await makeSnap(path, snap);
    return path;
  };
  const install = async (snaps: readonly SnapOptions[], flags: SnapFlags = {}) => {
    const uploads = [];
    for (const snap of snaps) {
      const title = await file(snap);
      uploads.push({ upload: await machine.device.receive(createReadStream(title)), title });
    }
    return machine.device.request({ action: 'install', uploads, dangerous: true, flags });
  };
  /** Runs until the machine goes down or is at rest, and boots it again in the first case. */
  const boots = async () => {
    let count = 0;
    while ((await machine.settled()) === 'reboot') {
      count += 1;
      await powerOn(layout);
      await machine.start();
    }
    return count;
  };
  const change = (id: number) => {
    const known = machine.device.parts.changes.get(id);
    if (known === undefined) throw new Error('the change is gone');
    return known;
  };
  const current = (name: string) => machine.device.parts.snapRecords.get(name)?.current;
  const state = async () => readBootState(await readMedium(layout));
  return { machine, layout, systemd, install, boots, change, current, state };
}

t.test('kernel, base, gadget and an app come with one reboot, the app after the verdict', async (t) => {
  const { machine, layout, install, boots, change, current, state } = await deviceOf(t);
  const { id } = await install([app, kernel, gadget, base]);
  await machine.until(() => machine.rebooting !== undefined);
  t.match((await state()).trying, newSet);
  t.equal(statusOf(change(id)), 'Wait');
  t.equal(current('hello'), undefined, 'the app is not there yet');
  t.match(
    change(id).tasks.find(({ status }) => status === 'Wait'),
    {
      summary: 'Make snap "virt-kernel" (x2) available to the system',
      log: [/ INFO Task set to wait until a system restart allows to continue$/],
    },
    'G17',
  );
  t.equal(await boots(), 1);
  t.equal(statusOf(change(id)), 'Done');
  t.strictSame((await state()).good, newSet);
  t.strictSame(['virt-kernel', 'bookworm', 'virt', 'hello'].map(current), ['x2', 'x2', 'x2', 'x1']);
  t.equal(await readlink(join(layout.currentLinks, 'hello/current')), 'x1');
  t.equal(machine.device.parts.trials.outcomes(5).length, 1);
});

t.test('with a bad base all three go back, and the app is never linked', async (t) => {
  const { machine, layout, systemd, install, change, current, state } = await deviceOf(t);
  const { id } = await install([kernel, gadget, base, app]);
  await machine.until(() => machine.rebooting !== undefined);
  systemd.set('default.target', { activeState: 'inactive' });
  await powerOn(layout);
  await machine.start();
  t.equal(await machine.settled(), 'reboot', 'the trial is given up');
  systemd.set('default.target', { activeState: 'active' });
  await powerOn(layout);
  await machine.start();
  t.equal(await machine.settled(), 'rest');
  t.strictSame((await state()).good, goodSet);
  t.strictSame(['virt-kernel', 'bookworm', 'virt', 'hello'].map(current), ['x1', 'x1', 'x1', undefined]);
  const { tasks } = change(id);
  t.match(
    changeError(tasks),
    /^- .*bookworm.*\(cannot finish bookworm installation, there was a rollback across reboot: verdict: /m,
  );
  t.equal(tasks.find(({ kind, data }) => kind === 'link-snap' && data['snap'] === 'hello')?.status, 'Hold');
  t.strictSame(
    tasks.filter(({ kind, data }) => kind === 'link-snap' && data['snap'] !== 'hello').map(({ status }) => status),
    ['Undone', 'Undone', 'Undone'],
  );
  const { disk } = machine.device.parts.world;
  for (const folder of [layout.snaps, layout.digests, layout.bootPartition]) {
    const names = await disk.list(folder);
    t.notOk(
      names.some((name) => name.includes('_x2') || name.startsWith('.') || name.startsWith('hello')),
      folder,
    );
  }
});

for (const snap of saying) {
  const { name } = snap;
  t.test(
    `G4, G11, G20: a ${snap.type} that was kept and fails after that is left again, with another reboot`,
    async (t) => {
      const health: HookEnd = { problem: 'exit status 1', output: ['no network'] };
      const { machine, install, boots, change, current, state, layout } = await deviceOf(t, {
        runHook: async () => health,
      });
      const { id } = await install([{ ...snap, executable: [checkHealth] }], { devmode: true });
      await machine.until(() => machine.rebooting !== undefined);
      await powerOn(layout);
      await machine.start();
      t.equal(await machine.settled(), 'reboot', 'the way back needs a reboot, too');
      t.match(machine.rebooting, /to go on with change 1/);
      t.match(await state(), { good: goodSet, mode: '' }, 'the old one was proven: it is good at once');
      t.equal(statusOf(change(id)), 'Wait');
      t.match(
        change(id).tasks.find(({ status }) => status === 'Wait'),
        { kind: 'unlink-current-snap' },
      );
      const files = () => machine.device.parts.world.disk.list(layout.snaps);
      t.ok((await files()).includes(`${name}_x2.snap`), 'what runs stays');
      await machine.start();
      t.equal(await machine.settled(), 'reboot', 'a daemon that is started again asks for it again');
      await powerOn(layout);
      await machine.start();
      t.equal(await boots(), 0);
      t.equal(statusOf(change(id)), 'Error');
      t.match(changeError(change(id).tasks), /no network/);
      t.equal(current(name), 'x1');
      t.notOk((await files()).includes(`${name}_x2.snap`));
      t.match(machine.device.parts.trials.outcomes(1), [{ what: 'confirmed' }]);
    },
  );
}

t.test('reverting a kernel is a trial of the older one', async (t) => {
  const { machine, install, boots, change, current, state } = await deviceOf(t);
  await install([kernel]);
  await boots();
  const { id } = await machine.device.request({ action: 'revert', name: 'virt-kernel' });
  await machine.until(() => machine.rebooting !== undefined);
  t.match(await state(), { mode: 'try', trying: { kernel: goodSet.kernel }, good: { kernel: newSet.kernel } });
  t.equal(await boots(), 1);
  t.equal(statusOf(change(id)), 'Done');
  t.strictSame((await state()).good, goodSet);
  t.equal(current('virt-kernel'), 'x1');
});

t.test('what boots is not removed, nor what would be gone back to', async (t) => {
  const { machine, install, boots } = await deviceOf(t);
  await install([kernel]);
  await boots();
  const refused: readonly (readonly [SnapRequest, RegExp])[] = [
    [{ action: 'remove', names: ['virt-kernel'] }, /used by the model/],
    [{ action: 'remove', names: ['bookworm'] }, /used by the model/],
    [{ action: 'remove', names: ['virt-kernel'], revision: 'x1' }, /used for boot/],
    [{ action: 'remove', names: ['virt-kernel'], revision: 'x2' }, /revert first/],
    [{ action: 'disable', name: 'virt' }, /cannot be disabled/],
  ];
  for (const [request, message] of refused) {
    await t.rejects(machine.device.plan(request), { message }, JSON.stringify(request));
    await t.rejects(machine.device.request(request), { message }, JSON.stringify(request));
  }
  t.equal(machine.device.parts.changes.list().length, 1);
});

t.test('older revisions of what boots go with their data, but never the set before the good one', async (t) => {
  const { machine, layout, install, boots, change } = await deviceOf(t);
  await machine.device.configure({ 'refresh.retain': '2' });
  await boots();
  for (const version of ['2', '3', '4']) {
    const { id } = await install([{ ...kernel, version }]);
    await boots();
    t.equal(statusOf(change(id)), 'Done', version);
  }
  const { good, previous } = readBootState(await readMedium(layout));
  t.match([good, previous], [{ kernel: 'virt-kernel_x4.snap' }, { kernel: 'virt-kernel_x3.snap' }]);
  const { disk } = machine.device.parts.world;
  const files = (await disk.list(layout.snaps)).filter((name) => name.startsWith('virt-kernel_'));
  // When the last one was asked for, the second one was still what the device would have fallen back to.
  t.strictSame(files, ['virt-kernel_x2.snap', 'virt-kernel_x3.snap', 'virt-kernel_x4.snap']);
  const data = (await disk.list(join(layout.root, 'var/snap/virt-kernel'))).filter((name) => name.startsWith('x'));
  t.strictSame(data, ['x2', 'x3', 'x4']);
});

t.test('an app is installed beside nothing that boots, and two apps side by side', async (t) => {
  const { machine, install, boots, change, current } = await deviceOf(t);
  const one = await install([app]);
  const two = await install([{ ...app, name: 'world' }]);
  t.equal(await boots(), 0);
  t.strictSame([statusOf(change(one.id)), statusOf(change(two.id))], ['Done', 'Done']);
  t.strictSame(['hello', 'world'].map(current), ['x1', 'x1']);
  const views = await machine.device.snaps(['hello']);
  t.match(views, [{ record: { instance: 'hello', active: true }, current: { info: { base: 'bookworm' } } }]);
  const { id } = await machine.device.request({ action: 'remove', names: ['hello'] });
  await machine.settled();
  t.equal(statusOf(change(id)), 'Done');
  t.equal(current('hello'), undefined);
});

t.test('nothing begins beside a change of what boots, and that one beside nothing', async (t) => {
  const gate = Promise.withResolvers<HookEnd>();
  const { machine, install, boots, change, current } = await deviceOf(t, { runHook: () => gate.promise });
  const kernelChange = await install([kernel]);
  await t.rejects(install([app]), { code: 'conflict', message: /change 1 .* is in progress/ });
  await t.rejects(machine.device.configure({ 'health.settle': '10s' }), { code: 'conflict' });
  await machine.until(() => machine.rebooting !== undefined);
  await t.rejects(install([app]), { code: 'conflict' }, 'while it is armed');
  await boots();
  t.equal(statusOf(change(kernelChange.id)), 'Done');
  const files = { 'meta/hooks/install': '#!/bin/sh\n' };
  const slow = await install([{ ...app, files, executable: Object.keys(files) }], { devmode: true });
  await t.rejects(install([base]), { code: 'conflict', message: new RegExp(`change ${slow.id} `) });
  const inTheWay = { code: 'conflict', message: 'snap "hello" has "install-snap" change in progress' };
  await t.rejects(install([{ ...app, version: '2' }]), inTheWay);
  await machine.until(() => current('hello') !== undefined);
  await t.rejects(machine.device.request({ action: 'remove', names: ['hello'] }), inTheWay);
  const beside = await install([{ ...app, name: 'world' }]);
  gate.resolve({ problem: undefined, output: [] });
  await boots();
  t.strictSame([statusOf(change(slow.id)), statusOf(change(beside.id))], ['Done', 'Done']);
});

t.test('a change that is given up before its reboot leaves nothing armed', async (t) => {
  const { machine, install, change, state, layout } = await deviceOf(t);
  const { id } = await install([kernel]);
  await machine.until(() => machine.rebooting !== undefined);
  await machine.device.abort(id);
  await machine.until(() => statusOf(change(id)) !== 'Undoing' && change(id).readyTime !== undefined);
  t.equal(statusOf(change(id)), 'Undone');
  t.match(await state(), { mode: '', good: goodSet });
  t.match(machine.device.parts.trials.outcomes(1), [{ what: 'cancelled' }]);
  await powerOn(layout);
  await machine.start();
  await t.rejects(machine.device.abort(id), { code: 'is-over' });
});

t.test('what is needed for booting is asked for before anything changes', async (t) => {
  const { machine, install } = await deviceOf(t);
  const bad = { ...kernel, files: { 'kernel.img': 'k' } };
  await t.rejects(install([app, bad]), { code: 'not-a-snap', message: /initrd\.img/ });
  await t.rejects(install([kernel, kernel]), { code: 'bad-request', message: /given twice/ });
  t.strictSame(machine.device.parts.changes.list(), []);
});
