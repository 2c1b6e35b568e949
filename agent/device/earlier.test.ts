/** A change that the agent before this one has begun, with its own kinds of tasks: it comes to its end all the same. */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readBootState, stage } from '../../bootloader/protocol/index.ts';
import type { TaskStatus } from '../engine/model.ts';
import { changeOf } from '../engine/plan.ts';
import { insertChange } from '../engine/rows.ts';
import { changeError, statusOf } from '../engine/status.ts';
import { goodSet, makeDevice, powerOn, readMedium, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';

const file = 'virt-kernel_x2.snap';
const kinds = ['place-snap', 'extract-assets', 'arm-trial', 'try-boot-set', 'tidy'];

/** As that agent left the device: `statuses` in the order of the kinds. */
async function left(t: Test, statuses: readonly TaskStatus[], isArmed: boolean) {
  const layout = await makeDevice(join(await temporaryDirectory(t), 'root'));
  const machine = new TestMachine(layout);
  t.teardown(() => machine.stop());
  const { parts } = await machine.start();
  await cp(join(layout.snaps, goodSet.kernel), join(layout.snaps, file));
  await cp(join(layout.bootPartition, goodSet.kernel), join(layout.bootPartition, file), { recursive: true });
  await cp(join(layout.snaps, goodSet.kernel), join(layout.digests, file));
  const install = { slot: 'kernel', file, name: 'virt-kernel', revision: 'x2', upload: join(layout.snaps, '.local-1') };
  const plan = {
    ...{ kind: 'install-snap', summary: 'Install', data: { 'snap-names': ['virt-kernel'], install } },
    tasks: kinds.map((kind) => ({ kind, summary: kind })),
  };
  const change = changeOf(plan, 1, 1, '2026-01-01T00:00:00Z');
  const tasks = change.tasks.map((task, at) => ({ ...task, status: statuses[at] ?? 'Do' }));
  parts.world.database.transaction('test', (sql) => insertChange(sql, { ...change, tasks }));
  if (isArmed) {
    parts.trials.open({ tried: { kernel: file }, good: goodSet, change: 1, bootId: parts.facts.bootId });
    await parts.env.change((medium) => stage(medium, { kernel: file }));
  }
  return { machine, layout };
}

const change = (machine: TestMachine) => {
  const known = machine.device.parts.changes.get(1);
  if (known === undefined) throw new Error('the change is gone');
  return known;
};
const good = async (machine: TestMachine) => readBootState(await readMedium(machine.layout)).good.kernel;

t.test('its trial is kept: it is done, and the record follows', async (t) => {
  const { machine, layout } = await left(t, ['Done', 'Done', 'Done', 'Wait'], true);
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.equal(statusOf(change(machine)), 'Done');
  t.equal(await good(machine), file);
  t.equal(machine.device.parts.snapRecords.get('virt-kernel')?.current, 'x2');
});

t.test('where the record cannot follow, that is tried once at each start', async (t) => {
  const { machine, layout } = await left(t, ['Done', 'Done', 'Done', 'Wait'], true);
  const inTheWay = join(layout.root, 'var/snap/virt-kernel');
  await writeFile(inTheWay, '');
  const followed = () => machine.device.parts.changes.list().filter(({ kind }) => kind === 'update-revisions');
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.strictSame(followed().map(statusOf), ['Error']);
  await machine.start();
  await machine.settled();
  t.strictSame(followed().map(statusOf), ['Error', 'Error']);
  await rm(inTheWay);
  await machine.start();
  await machine.settled();
  t.equal(followed().map(statusOf).at(-1), 'Done');
  t.equal(machine.device.parts.snapRecords.get('virt-kernel')?.current, 'x2');
});

t.test('its trial came back: it has failed with the cause, and its files go', async (t) => {
  const { machine, layout } = await left(t, ['Done', 'Done', 'Done', 'Wait'], true);
  await powerOn(layout);
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.equal(statusOf(change(machine)), 'Error');
  t.match(changeError(change(machine).tasks), /try-boot-set \(panic: /);
  t.equal(await good(machine), goodSet.kernel);
  for (const folder of [layout.snaps, layout.digests, layout.bootPartition]) {
    t.notOk((await machine.device.parts.world.disk.list(folder)).includes(file), folder);
  }
});

t.test('one that had not come to its trial is taken back', async (t) => {
  for (const [statuses, isArmed] of [
    [['Doing'], false],
    [['Done', 'Doing'], false],
    [['Done', 'Done', 'Doing'], true],
  ] as const) {
    const { machine, layout } = await left(t, statuses, isArmed);
    await machine.start();
    await machine.settled();
    t.equal(statusOf(change(machine)), 'Error', statuses.join());
    t.match(changeError(change(machine).tasks), /install it again/);
    t.equal(readBootState(await readMedium(layout)).mode, '');
    t.notOk((await machine.device.parts.world.disk.list(layout.snaps)).includes(file), statuses.join());
  }
});
