/**
 * The power is cut in every durable write of a change that exchanges kernel, base and gadget and installs an app, and of the way
 * back from a kernel that died. Whatever is left, the boot script's model must boot a set that is good or the trial, and the
 * daemon must come to rest with one story.
 */
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test as T } from 'tap';
import { readBootState } from '../bootloader/protocol/index.ts';
import { layoutUnder } from './boot/layout.ts';
import { changeStatus } from './engine/status.ts';
import { goodSet, makeDevice, makeSnap, powerOn, readMedium } from './fixture.ts';
import { TestMachine } from './fixture-machine.ts';
import type { WriteWitness } from './system/durable.ts';
import { forEachCut, type PowerSupply, tellingMoments } from './system/power.ts';

const newSet = { kernel: 'virt-kernel_x2.snap', base: 'bookworm_x2.snap', gadget: 'virt_x2.snap' };
const parts = [
  { name: 'virt-kernel', type: 'kernel' },
  { name: 'bookworm', type: 'base' },
  { name: 'virt', type: 'gadget' },
  { name: 'hello', base: 'bookworm' },
];

/** In memory where the machine has that: each cut is a device of its own, with all its syncs. */
const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

async function prepare(t: T) {
  const directory = await mkdtemp(join(fastFolder, 'holdfast-cut-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const template = join(directory, 'template');
  const root = join(directory, 'root');
  const layout = layoutUnder(root);
  await makeDevice(root);
  const first = new TestMachine(layout);
  await first.start();
  first.stop();
  const files: string[] = [];
  for (const part of parts) {
    const file = join(directory, part.name);
    await makeSnap(file, { ...part, version: '2' });
    files.push(file);
  }
  // The device stays where it is: what is under way there names its paths.
  const copy = async (from: string, to: string) => {
    await rm(to, { recursive: true, force: true });
    await mkdir(to);
    await cp(from, to, { recursive: true });
  };
  const keep = () => copy(root, template);
  const fresh = () => copy(template, root);
  await keep();
  return { layout, files, keep, fresh };
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
  const isRest = () => {
    const { judging, isAtWork, parts: own } = machine.device;
    const isOver = own.changes.open().length === 0 && own.trials.unsettled() === undefined && !own.runner.busy;
    return !judging && !isAtWork && isOver;
  };
  await machine.until(() => power.off || machine.rebooting !== undefined || isRest());
  power.assertOn();
}

async function names(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}

/** What does not fit together on a device at rest; nothing where all does. */
async function contradictions(machine: TestMachine, allowed: readonly object[]): Promise<string[]> {
  const { layout } = machine;
  const medium = await readMedium(layout);
  const { good, mode } = readBootState(medium);
  const wrong: string[] = [];
  const assert = (isSo: boolean, what: string) => {
    if (!isSo) wrong.push(what);
  };
  assert(
    allowed.some((set) => JSON.stringify(set) === JSON.stringify(good)),
    `${Object.values(good)} was never proven`,
  );
  assert(mode === '', 'something is tried still');
  assert(Buffer.compare(medium['env-a'] ?? Buffer.of(1), medium['env-b'] ?? Buffer.of(2)) === 0, 'the copies differ');
  const files = await names(layout.snaps);
  for (const file of Object.values(good)) assert(files.includes(file), `${file} is not there`);
  const assets = await names(layout.bootPartition);
  for (const file of [good.kernel, good.gadget])
    assert(assets.includes(file ?? ''), `the assets of ${file} are not there`);
  const left = [...files, ...assets, ...(await names(layout.digests))].filter(
    (name) => name.startsWith('.') || name.endsWith('.tmp'),
  );
  assert(left.length === 0, `left behind: ${left.join(', ')}`);
  for (const { instance, current, active } of machine.device.parts.snapRecords.all()) {
    const file = `${instance}_${current}.snap`;
    assert(active, `${instance} is not active`);
    assert(files.includes(file), `the record names ${file}`);
    const slot = Object.values(goodSet).some((other) => other.startsWith(`${instance}_`));
    assert(!slot || Object.values(good).includes(file), `the record names ${file}, and something else boots`);
  }
  return wrong;
}

t.test('kernel, base, gadget and an app in one change, over every cut', async (t) => {
  const { layout, files, fresh } = await prepare(t);
  const writes = await forEachCut(
    async (power) => {
      await fresh();
      const machine = new TestMachine(layout, { onWrite: tearing(power) });
      try {
        await machine.start();
        await machine.installAll(files);
        await until(machine, power);
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
      const wrong = await contradictions(machine, [goodSet, newSet]);
      const { changes, snapRecords } = machine.device.parts;
      const [change] = changes.list();
      const isKept = readBootState(await readMedium(layout)).good.kernel === newSet.kernel;
      const hasApp = snapRecords.get('hello') !== undefined;
      if (change !== undefined && changeStatus(change.tasks) !== (isKept ? 'Done' : 'Error'))
        wrong.push(`the change is ${changeStatus(change.tasks)}`);
      if (hasApp !== isKept) wrong.push(hasApp ? 'the app is there' : 'the app is not there');
      t.strictSame(wrong, [], what);
      machine.stop();
    },
    tellingMoments,
  );
  t.ok(writes.length > 100, `${writes.length} durable writes`);
});

t.test('a kernel that died is taken back over every cut', async (t) => {
  const { layout, files, keep, fresh } = await prepare(t);
  const before = new TestMachine(layout);
  await before.start();
  await before.install(files[0] ?? '');
  await before.until(() => before.rebooting !== undefined);
  before.stop();
  await powerOn(layout); // the trial, which dies
  await powerOn(layout);
  await keep();
  await forEachCut(
    async (power) => {
      await fresh();
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
      t.strictSame(await contradictions(machine, [goodSet]), [], what);
      machine.stop();
    },
    tellingMoments,
  );
});
