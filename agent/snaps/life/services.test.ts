import { existsSync, lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SystemdError } from '../../system/systemd-error.ts';
import { planDisable, planEnable } from '../plan/enable.ts';
import { planRevert } from '../plan/revert.ts';
import { errorOf, type Life, type TestDevice, testDevice } from './testing.ts';
import { demoYaml, installPlan, installRevisions } from './testing-scenes.ts';

async function installed(t: Test, revisions: readonly number[]) {
  const device = await testDevice(t);
  const life = await device.start();
  await installRevisions(device, life, revisions);
  device.systemd.calls.length = 0;
  return { device, life };
}

function jobs({ systemd }: TestDevice): string[] {
  return systemd.calls.filter((call) => /^(start|stop)Unit snap\.|^reload|^killUnit/.test(call));
}

const wants = (unit: string, target = 'multi-user') => `etc/systemd/system/${target}.target.wants/snap.demo.${unit}`;

function isEnabled({ root }: TestDevice, unit: string, target?: string): boolean {
  // The link leads out of this root.
  return lstatSync(join(root, wants(unit, target)), { throwIfNoEntry: false }) !== undefined;
}

t.test('services start one by one in their order, activated ones are left to what activates them', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  await installRevisions(device, life, [1]);
  t.strictSame(
    device.systemd.calls.filter((call) => call.startsWith('startUnit snap.')),
    ['first.service', 'heard.web.socket', 'lasting.service', 'timed.timer', 'second.service'].map(
      (unit) => `startUnit snap.demo.${unit}`,
    ),
  );
  t.ok(isEnabled(device, 'first.service') && isEnabled(device, 'timed.timer', 'timers'));
  t.ok(isEnabled(device, 'heard.web.socket', 'sockets'));
  t.notOk(isEnabled(device, 'heard.service') || isEnabled(device, 'timed.service'));
  t.ok('etc/systemd/user/default.target.wants/snap.demo.mine.service' in (await device.picture()).files);
});

t.test('a refresh stops activators before services, leaves what endures, and starts again', async (t) => {
  const { device, life } = await installed(t, [1]);
  device.systemd.set('snap.demo.heard.service', { activeState: 'active' });
  await installRevisions(device, life, [2]);
  t.strictSame(jobs(device), [
    'reload',
    ...['second.service', 'timed.timer', 'heard.web.socket', 'heard.service', 'first.service'].map(
      (unit) => `stopUnit snap.demo.${unit}`,
    ),
    'reload',
    ...['first.service', 'heard.web.socket', 'timed.timer', 'second.service'].map(
      (unit) => `startUnit snap.demo.${unit}`,
    ),
  ]);
  const files = (await device.picture()).files;
  t.match(files['etc/systemd/system/snap.demo.lasting.service'], /WorkingDirectory=\/var\/snap\/demo\/2/);
});

t.test('B23: a service that the new revision has not is stopped, also where it endures, and is gone', async (t) => {
  const { device, life } = await installed(t, [1]);
  const yaml = demoYaml('2')
    .replace(/ {2}lasting:.*\n/, '')
    .replace('second: {command: bin/demo, daemon: simple', 'second: {command: bin/demo')
    .replace(', after: [first]}', '}');
  const change = await life.run(await installPlan(device, life, 2, yaml));
  t.equal(errorOf(change), '');
  t.ok(jobs(device).includes('stopUnit snap.demo.lasting.service'));
  t.notOk(device.systemd.isActive('snap.demo.second.service'));
  t.notOk(isEnabled(device, 'second.service') || isEnabled(device, 'lasting.service'));
  t.notOk(existsSync(join(device.root, 'etc/systemd/system/snap.demo.second.service')));
});

t.test('a disabled service stays so over refresh, revert, and a revision without it', async (t) => {
  const { device, life } = await installed(t, [1]);
  await rm(join(device.root, wants('second.service')));
  await device.systemd.stopUnit('snap.demo.second.service');
  const isOff = () => !isEnabled(device, 'second.service') && !device.systemd.isActive('snap.demo.second.service');
  await installRevisions(device, life, [2]);
  t.ok(isOff(), 'refresh');
  const without = demoYaml('3').replace(/ {2}second:.*\n/, '');
  t.equal(errorOf(await life.run(await installPlan(device, life, 3, without))), '');
  t.strictSame(life.records.get('demo')?.disabledServices, ['second'], 'remembered while it is not there');
  t.equal(errorOf(await life.run(planRevert(life.view(), { name: 'demo' }))), '');
  t.ok(isOff(), 'revert');
  t.ok(device.systemd.isActive('snap.demo.first.service'));
  await life.run(planDisable(life.view(), 'demo'));
  t.strictSame(life.records.get('demo')?.disabledServices, ['second']);
  await life.run(planEnable(life.view(), 'demo'));
  t.ok(isOff(), 'disable and enable');
});

t.test('install-mode: disable counts in the first installation, and is remembered', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const yaml = (version: string) =>
    demoYaml(version).replace('after: [first]', 'after: [first], install-mode: disable');
  t.equal(errorOf(await life.run(await installPlan(device, life, 1, yaml('1')))), '');
  t.notOk(isEnabled(device, 'second.service') || device.systemd.isActive('snap.demo.second.service'));
  t.equal(errorOf(await life.run(await installPlan(device, life, 2, yaml('2')))), '');
  t.notOk(isEnabled(device, 'second.service') || device.systemd.isActive('snap.demo.second.service'));
});

t.test('a service that does not start stops those that were started, and the change fails with its name', async (t) => {
  const { device, life } = await installed(t, [1]);
  const before = await device.picture();
  device.systemd.broken.add('snap.demo.second.service');
  const plan = await installPlan(device, life, 2);
  device.systemd.onStop = (name) => device.systemd.become(name, 'inactive', 'dead');
  const change = await life.run(plan);
  t.match(errorOf(change), /^start-snap-services: cannot start snap.demo.second.service: its job ended as "failed"/);
  const stop = change.tasks.find(({ kind }) => kind === 'stop-snap-services');
  t.match(stop?.log.join('\n'), /ERROR cannot start snap.demo.second.service/, 'and what does not come back is told');
  device.systemd.broken.clear();
  await device.systemd.startUnit('snap.demo.second.service');
  t.strictSame(await device.picture(), before);
});

t.test('a service that does not stop within its time is killed', async (t) => {
  const { device, life } = await installed(t, [1]);
  let stuck = true;
  device.systemd.onKill = (name) => {
    stuck = false;
    device.systemd.become(name, 'inactive', 'dead');
  };
  device.systemd.fail = (member, argument) =>
    member === 'stopUnit' && argument === 'snap.demo.first.service' && stuck
      ? new SystemdError('timeout', 'cannot wait for it')
      : undefined;
  t.equal(errorOf(await life.run(planDisable(life.view(), 'demo'))), '');
  t.ok(jobs(device).includes('killUnit snap.demo.first.service all 9'));
});

t.test('a snap that cannot be read any more is stopped and unlinked all the same', async (t) => {
  const { device } = await installed(t, [1]);
  const life: Life = await device.start({ world: { mounted: { read: async () => undefined } } });
  t.equal(errorOf(await life.run(planDisable(life.view(), 'demo'))), '');
  t.strictSame(
    device.systemd.active().filter((line) => line.startsWith('snap.demo.')),
    [],
  );
  const left = Object.keys((await device.picture()).files).filter((name) => /snap\.demo\.|snap\/bin\//.test(name));
  t.strictSame(left, []);
});

t.test('units that failed are forgotten with their files', async (t) => {
  const { device, life } = await installed(t, [1]);
  device.systemd.become('snap.demo.first.service', 'failed', 'failed');
  t.equal(errorOf(await life.run(planDisable(life.view(), 'demo'))), '');
  t.ok(device.systemd.calls.includes('resetFailed snap.demo.first.service'));
});
