/** Saved snapshots as the whole device has them: their numbers, their room, their end. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeDevice, makeSnap, temporaryDirectory } from '../fixture.ts';
import { type MachineOptions, TestMachine } from '../fixture-machine.ts';

async function scene(t: Test, options: MachineOptions = {}) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'shop.snap');
  await makeSnap(file, { name: 'shop', base: 'bookworm' });
  const machine = new TestMachine(layout, options);
  t.teardown(async () => {
    machine.stop();
    await machine.quiet();
  });
  await machine.start();
  await machine.install(file);
  await machine.settled();
  await writeFile(join(layout.root, 'var/snap/shop/common/till'), 'full');
  const configure = async (document: Parameters<typeof machine.device.configure>[0]) => {
    await machine.device.configure(document);
    await machine.settled();
  };
  const sets = () => machine.device.parts.saved.world.sets;
  return { layout, machine, configure, sets };
}

t.test('a plan uses no number up, a change does; a removal that saves nothing does not', async (t) => {
  const { machine, sets } = await scene(t);
  const { device } = machine;
  const save = { action: 'save', names: ['shop'] } as const;
  t.match(await device.plan(save), { tasks: [{ data: { 'snapshot-set': 1 } }] });
  t.match(await device.plan(save), { tasks: [{ data: { 'snapshot-set': 1 } }] });
  await t.rejects(device.request({ action: 'save', names: ['gone'] }), { code: 'not-installed' });
  t.equal(sets().next(0), 1);
  t.match(await device.request(save), { tasks: [{ data: { 'snapshot-set': 1 } }] });
  await machine.settled();
  t.equal(sets().next(0), 2);
  await device.request({ action: 'remove', names: ['shop'] });
  await machine.settled();
  t.equal(sets().next(0), 2);
});

t.test('a set that is exported is not forgotten meanwhile', async (t) => {
  const { machine } = await scene(t);
  const { device } = machine;
  await device.request({ action: 'save', names: [] });
  await machine.settled();
  const exported = await device.parts.saved.exports.open(1);
  await t.rejects(device.request({ action: 'forget', set: 1 }), { code: 'conflict' });
  await exported.close();
  await device.request({ action: 'forget', set: 1 });
  await machine.settled();
  await t.rejects(device.plan({ action: 'check', set: 1 }), { code: 'no-set' });
});

t.test('E13: without room for what is saved of it nothing is removed', async (t) => {
  let free = 1 << 30;
  const { machine, configure } = await scene(t, { free: () => free });
  await configure({
    snapshots: { automatic: { retention: '48h' } },
    experimental: { 'check-disk-space-remove': true },
  });
  free = 5 << 20;
  const remove = { action: 'remove', names: ['shop'] } as const;
  await t.rejects(machine.device.request(remove), { code: 'no-space', message: /^cannot create automatic snapshot/ });
  t.match(await machine.device.request({ ...remove, purge: true }), { kind: 'remove-snap' });
  await machine.settled();
});

t.test('what was saved by itself goes when its time is over', async (t) => {
  const { machine, configure, sets, layout } = await scene(t);
  await configure({ snapshots: { automatic: { retention: '24h' } } });
  await machine.device.request({ action: 'remove', names: ['shop'] });
  await machine.settled();
  const path = join(layout.root, 'var/lib/snapd/snapshots/1_shop_1.0_x1.zip');
  t.ok(existsSync(path));
  machine.device.settleIn();
  await machine.until(() => sets().expiries().size === 0);
  t.notOk(existsSync(path));
});

t.test('an import that was cut short is gone after the next start', async (t) => {
  const { machine, layout } = await scene(t);
  const folder = join(layout.root, 'var/lib/snapd/snapshots');
  await mkdir(folder, { recursive: true });
  for (const name of ['3_importing', '3_shop_1.0_x1.zip']) await writeFile(join(folder, name), '');
  await machine.start();
  t.notOk(existsSync(join(folder, '3_importing')) || existsSync(join(folder, '3_shop_1.0_x1.zip')));
});
