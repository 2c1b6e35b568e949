/**
 * The power is cut before, inside and after every durable write of an installation and of its way back. Whatever is left,
 * the boot script's model must boot a set that is good or the trial, and the daemon must come to rest with one story.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test as T } from 'tap';
import { readBootState } from '../bootloader/protocol/index.ts';
import { type Layout, layoutUnder } from './boot/layout.ts';
import { changeStatus } from './engine/status.ts';
import { goodSet, makeDevice, makeSnap, powerOn, readMedium, temporaryDirectory } from './fixture.ts';
import { TestMachine } from './fixture-machine.ts';
import type { WriteWitness } from './system/durable.ts';
import { forEachCut, type PowerSupply } from './system/power.ts';

const newSet = {
  kernel: { ...goodSet, kernel: 'virt-kernel_x2.snap' },
  base: { ...goodSet, base: 'bookworm_x2.snap' },
};

async function prepare(t: T) {
  const directory = await temporaryDirectory(t);
  const template = join(directory, 'template');
  const root = join(directory, 'root');
  await makeDevice(template);
  const first = new TestMachine(layoutUnder(template));
  await first.start();
  first.stop();
  await makeSnap(join(directory, 'kernel'), { name: 'virt-kernel', type: 'kernel', version: '2' });
  await makeSnap(join(directory, 'base'), { name: 'bookworm', type: 'base', version: '2' });
  const fresh = async (): Promise<Layout> => {
    await rm(root, { recursive: true, force: true });
    await mkdir(root);
    await cp(template, root, { recursive: true });
    return layoutUnder(root);
  };
  return { directory, template, fresh };
}

/** The power supply, with in-place writes that are cut really torn: the end of the new bytes never reached the medium. */
function tearing(power: PowerSupply): WriteWitness {
  return (write, moment) => {
    try {
      power.onWrite(write, moment);
    } catch (cut) {
      if (write.op === 'rewrite' && moment === 'inside') {
        writeRange(write.path, (write.offset ?? 0) + 64, new Uint8Array(64));
      }
      throw cut;
    }
  };
}

function writeRange(path: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

/** Runs until the power goes or the daemon is at rest. */
async function until(machine: TestMachine, power: PowerSupply): Promise<void> {
  const isRest = () =>
    !machine.device.judging &&
    machine.device.parts.changes.open().length === 0 &&
    machine.device.parts.trials.unsettled() === undefined;
  await machine.until(() => power.off || machine.rebooting !== undefined || isRest());
  power.assertOn();
}

async function names(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}

async function assertOneStory(t: T, layout: Layout, what: string, allowed: readonly object[]): Promise<void> {
  const medium = await readMedium(layout);
  const state = readBootState(medium);
  t.ok(
    allowed.some((set) => JSON.stringify(set) === JSON.stringify(state.good)),
    `${what}: the good set is a proven one`,
  );
  t.equal(state.mode, '', `${what}: nothing is tried any more`);
  t.same(medium['env-a'], medium['env-b'], `${what}: both copies are alike`);
  const files = await names(layout.snaps);
  for (const file of Object.values(state.good)) t.ok(files.includes(file), `${what}: ${file} is there`);
  const kernels = await names(layout.bootPartition);
  t.ok(kernels.includes(state.good.kernel ?? ''), `${what}: the kernel's assets are there`);
  t.notOk(
    [...files, ...kernels].some((name) => name.startsWith('.') || name.endsWith('.tmp')),
    `${what}: nothing half-done is left`,
  );
}

for (const slot of ['kernel', 'base'] as const) {
  t.test(`a ${slot} is installed and confirmed over every cut`, async (t) => {
    const { directory, fresh } = await prepare(t);
    let layout = await fresh();
    const writes = await forEachCut(
      async (power) => {
        layout = await fresh();
        const machine = new TestMachine(layout, { onWrite: tearing(power) });
        try {
          await machine.start();
          await machine.install(join(directory, slot));
          await until(machine, power);
          t.match(machine.rebooting, /try/);
          await powerOn(layout);
          await machine.start();
          await until(machine, power);
        } finally {
          machine.stop();
        }
      },
      async (cut, power) => {
        const what = `cut ${cut.moment} ${power.writes.at(-1)?.replace(layout.root, '')}`;
        const machine = new TestMachine(layout);
        await machine.bootUntilRest();
        const [change] = machine.device.parts.changes.list();
        const installed = readBootState(await readMedium(layout)).good[slot] === newSet[slot][slot];
        if (change !== undefined)
          t.equal(changeStatus(change.tasks), installed ? 'Done' : 'Error', `${what}: the change tells the truth`);
        await assertOneStory(t, layout, what, [goodSet, newSet[slot]]);
        machine.stop();
      },
    );
    t.ok(writes.length > 15, `${writes.length} durable writes`);
  });
}

t.test('a kernel that died is taken back over every cut', async (t) => {
  const { directory, template, fresh } = await prepare(t);
  const before = new TestMachine(layoutUnder(template));
  await before.start();
  await before.install(join(directory, 'kernel'));
  await before.until(() => before.rebooting !== undefined);
  before.stop();
  await powerOn(before.layout); // the trial, which dies
  await powerOn(before.layout);
  let layout = before.layout;
  await forEachCut(
    async (power) => {
      layout = await fresh();
      const machine = new TestMachine(layout, { onWrite: tearing(power) });
      try {
        await machine.start();
        await until(machine, power);
      } finally {
        machine.stop();
      }
    },
    async (cut, power) => {
      const what = `cut ${cut.moment} ${power.writes.at(-1)?.replace(layout.root, '')}`;
      const machine = new TestMachine(layout);
      await machine.bootUntilRest();
      const [change] = machine.device.parts.changes.list();
      t.equal(changeStatus(change?.tasks ?? []), 'Error', `${what}: the change failed`);
      t.match(
        machine.device.parts.trials.outcomes(1),
        [{ what: 'reverted', cause: { code: 'panic' } }],
        `${what}: with its cause`,
      );
      await assertOneStory(t, layout, what, [goodSet]);
      machine.stop();
    },
  );
});
