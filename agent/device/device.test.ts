import { existsSync, renameSync } from 'node:fs';
import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { placeBytes, readBootState } from '../../bootloader/protocol/index.ts';
import { formatRecord } from '../boot/text-record.ts';
import { changeError, changeStatus } from '../engine/status.ts';
import { goodSet, makeDevice, makeSnap, powerOn, readMedium, temporaryDirectory } from '../fixture.ts';
import { systemdOf, TestMachine } from '../fixture-machine.ts';
import { temporaryName } from '../system/disk.ts';
import { DiskError } from '../system/disk-error.ts';

const kernel = 'virt-kernel_x2.snap';

async function machineOf(t: Test) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k.snap');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
  const systemd = systemdOf(layout);
  const machine = new TestMachine(layout, { systemd });
  t.teardown(() => machine.stop());
  await machine.start();
  return { machine, layout, file, systemd };
}

/** Installs and stops where the machine goes down for the trial. */
async function armed(t: Test) {
  const all = await machineOf(t);
  const change = await all.machine.install(all.file);
  await all.machine.until(() => all.machine.rebooting !== undefined);
  return { ...all, change: change.id };
}

const outcome = (machine: TestMachine) => machine.device.parts.trials.outcomes(1)[0];
const status = (machine: TestMachine, id: number) => changeStatus(machine.device.parts.changes.get(id)?.tasks ?? []);
const good = async (machine: TestMachine) => readBootState(await readMedium(machine.layout)).good;

t.test('the first start makes the state from the files and the environment', async (t) => {
  const { machine } = await machineOf(t);
  const files = machine.device.parts.inventory.list().map((snap) => snap.file);
  t.strictSame(files.toSorted(), Object.values(goodSet).toSorted());
  t.strictSame(machine.device.parts.changes.list(), []);
  t.strictSame(machine.device.parts.trials.outcomes(5), []);
});

t.test('a start removes what cut writes have left, wherever the agent writes', async (t) => {
  const { machine, layout } = await machineOf(t);
  const left = [layout.maintenance, layout.healthProbe, join(layout.digests, 'x'), join(layout.snaps, 'x')];
  for (const path of left) await writeFile(temporaryName(path), 'half');
  await machine.start();
  t.strictSame(
    left.filter((path) => existsSync(temporaryName(path))),
    [],
  );
});

t.test('what the environment may name is not removed while nobody can read it', async (t) => {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k.snap');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
  const machine = new TestMachine(layout, {
    onWrite({ path }, moment) {
      if (!path.endsWith('hf-env-b') || moment !== 'after') return;
      renameSync(layout.rawPlaces, `${layout.rawPlaces}.gone`);
      throw new Error('cannot read back what was written');
    },
  });
  t.teardown(() => machine.stop());
  await machine.start();
  const { id } = await machine.install(file);
  await machine.until(() => !machine.device.parts.runner.busy);
  renameSync(`${layout.rawPlaces}.gone`, layout.rawPlaces);
  t.equal(status(machine, id), 'Error');
  t.match(changeError(machine.device.parts.changes.get(id)?.tasks ?? []), /cannot read back what was written/);
  t.same(readBootState(await readMedium(layout)).trying, { kernel }, 'it is armed all the same');
  for (const path of [layout.snaps, layout.bootPartition]) t.ok(existsSync(join(path, kernel)), `and in ${path}`);
});

t.test('a good kernel is confirmed, the dead man relieved, and the set before it kept', async (t) => {
  const { machine, layout, change, systemd } = await armed(t);
  t.match(machine.rebooting, 'to try "virt-kernel" (x2)');
  t.match(JSON.parse(await readFile(layout.maintenance, 'utf8')), { kind: 'system-restart' });
  await powerOn(layout);
  await machine.start();
  t.equal(await machine.settled(), 'rest');
  t.equal(status(machine, change), 'Done');
  t.match(outcome(machine), { what: 'confirmed', tried: { kernel } });
  t.strictSame(await good(machine), { ...goodSet, kernel });
  t.strictSame(readBootState(await readMedium(layout)).previous, goodSet);
  t.equal(systemd.watchdogUsec, 30_000_000);
  t.ok(
    machine.device.parts.inventory.list().some((snap) => snap.file === goodSet.kernel),
    'the previous kernel stays',
  );
});

t.test('the third kernel drives the boot assets of the first one out, and the fourth its file', async (t) => {
  const { machine, layout, file } = await armed(t);
  await machine.bootUntilRest();
  const kernels = () =>
    machine.device.parts.inventory.list().flatMap((snap) => (snap.type === 'kernel' ? snap.revision : []));
  const next = async () => {
    await machine.install(file);
    await machine.until(() => machine.rebooting !== undefined);
    await machine.bootUntilRest();
  };
  await next();
  t.strictSame(await good(machine), { ...goodSet, kernel: 'virt-kernel_x3.snap' });
  const { disk } = machine.device.parts.world;
  t.strictSame(await disk.list(layout.bootPartition), [kernel, 'virt-kernel_x3.snap', goodSet.gadget]);
  t.strictSame(kernels().toSorted(), ['x1', 'x2', 'x3'], 'it can be gone back to by hand');
  await next();
  t.strictSame(kernels().toSorted(), ['x2', 'x3', 'x4']);
  t.strictSame(await disk.list(layout.digests), [kernel, 'virt-kernel_x3.snap', 'virt-kernel_x4.snap']);
  t.strictSame(
    (await disk.list(layout.snaps)).filter((name) => name.startsWith('.')),
    [],
  );
});

t.test('a base and a gadget are tried as a kernel is', async (t) => {
  for (const [slot, type, name] of [
    ['base', 'base', 'bookworm'],
    ['gadget', 'gadget', 'virt'],
  ] as const) {
    const { machine, layout } = await machineOf(t);
    const file = join(layout.root, 'new.snap');
    await makeSnap(file, { name, type, version: '2' });
    const change = await machine.install(file);
    await machine.until(() => machine.rebooting !== undefined);
    await machine.bootUntilRest();
    t.equal(status(machine, change.id), 'Done');
    t.strictSame(await good(machine), { ...goodSet, [slot]: `${name}_x2.snap` });
  }
});

t.test('a trial that dies is taken back with its cause, and nothing of it stays', async (t) => {
  const { machine, layout, change } = await armed(t);
  await powerOn(layout);
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(outcome(machine), { what: 'reverted', tried: { kernel }, cause: { code: 'panic' } });
  t.match(
    changeError(machine.device.parts.changes.get(change)?.tasks ?? []),
    /\(cannot finish virt-kernel installation, there was a rollback across reboot: panic: /,
  );
  t.strictSame(await good(machine), goodSet);
  const { disk } = machine.device.parts.world;
  for (const path of [layout.snaps, layout.bootPartition, layout.digests]) {
    t.notOk(
      (await disk.list(path)).some((name) => name.includes('_x2')),
      path,
    );
  }
  const again = await machine.install(join(layout.root, '../k.snap'));
  await machine.until(() => machine.rebooting !== undefined);
  t.match(
    machine.device.parts.changes.get(again.id)?.tasks.map(({ summary }) => summary),
    ['Ensure prerequisites for "virt-kernel" are available', /\(x3\)/],
    'no name means two contents',
  );
});

t.test('each way of dying has its cause', async (t) => {
  const cases: readonly (readonly [
    what: string,
    code: string,
    happen: (all: Awaited<ReturnType<typeof armed>>) => Promise<void>,
  ])[] = [
    [
      'the initramfs fails',
      'initramfs-failed',
      async ({ layout }) => {
        await powerOn(layout);
        const trace = {
          kernel,
          core: goodSet.base,
          gadget: goodSet.gadget,
          trial: '1',
          stage: 'failed',
          message: 'cannot mount the base',
        };
        await writeJournal(layout.rawPlaces, formatRecord('HOLDFAST-TRACE 1', trace));
      },
    ],
    [
      'the kernel dies at once',
      'died-before-initramfs',
      async ({ layout }) => {
        await powerOn(layout);
        await writeJournal(layout.rawPlaces, new Uint8Array(4096));
      },
    ],
    [
      'the watchdog bites',
      'hang',
      async ({ layout }) => {
        await powerOn(layout);
        const { writeFile, mkdir } = await import('node:fs/promises');
        await mkdir(join(layout.watchdogStatus, '..'), { recursive: true });
        await writeFile(layout.watchdogStatus, '32\n');
      },
    ],
    [
      'the kernel file is gone',
      'missing-kernel',
      async ({ layout }) => rm(join(layout.bootPartition, kernel, 'kernel.img')),
    ],
  ];
  for (const [what, code, happen] of cases) {
    const all = await armed(t);
    await happen(all);
    await powerOn(all.layout);
    await all.machine.start();
    await all.machine.settled();
    t.match(outcome(all.machine), { what: 'reverted', cause: { code } }, what);
    t.equal(status(all.machine, all.change), 'Error');
    t.strictSame(await good(all.machine), goodSet, what);
  }
});

async function writeJournal(rawPlaces: string, bytes: Uint8Array) {
  const path = join(rawPlaces, 'hf-journal');
  const all = await readFile(path);
  all.set(bytes);
  await writeFile(path, all);
}

t.test('a target that is never reached is a bad verdict, left for the next boot', async (t) => {
  const { machine, layout, change, systemd } = await armed(t);
  systemd.set('default.target', { activeState: 'inactive' });
  systemd.set('stuck.service', { activeState: 'failed' });
  systemd.jobList = [{ id: 1, unit: 'slow.service', type: 'start', state: 'running' }];
  await powerOn(layout);
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  t.match(machine.rebooting, 'default.target was not reached within 300 s');
  t.equal(status(machine, change), 'Wait', 'this boot does not end the change: the next one knows more');
  systemd.set('default.target', { activeState: 'active' });
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.match(outcome(machine), {
    what: 'reverted',
    cause: { code: 'verdict', message: 'default.target was not reached within 300 s' },
  });
  t.match(outcome(machine)?.cause?.evidence.join('\n'), /still waiting: slow.service; failed: stuck.service/);
  t.equal(status(machine, change), 'Error');
});

t.test('what runs must be what was to be tried', async (t) => {
  const { machine, layout } = await armed(t);
  await powerOn(layout);
  const line = await readFile(layout.commandLine, 'utf8');
  await writeFile(layout.commandLine, line.replace(`snap_kernel=${kernel}`, `snap_kernel=${goodSet.kernel}`));
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  t.match(machine.rebooting, /is not virt-kernel_x2/);
  t.strictSame(await good(machine), goodSet);
});

t.test('a confirmation is retried until it is written', async (t) => {
  const { layout } = await armed(t);
  await powerOn(layout);
  let refusals = 3;
  const flaky = new TestMachine(layout, {
    onWrite: ({ op, path }, moment) => {
      if (op === 'rewrite' && path.includes('hf-env') && moment === 'before' && refusals-- > 0)
        throw new DiskError('io', 'rewrite', path);
    },
  });
  t.teardown(() => flaky.stop());
  await flaky.start();
  await flaky.settled();
  t.strictSame(await good(flaky), { ...goodSet, kernel });
  t.match(flaky.said.join('\n'), /not confirmed yet/);
});

t.test('a trial that was shut down starts again, three times at most', async (t) => {
  const { machine, layout, change } = await armed(t);
  for (let starts = 1; starts <= 3; starts++) {
    await powerOn(layout);
    await machine.start();
    machine.freeze();
    await machine.until(() => machine.device.trialProgress !== undefined);
    await machine.device.interrupt();
    machine.stop();
    await powerOn(layout);
    await machine.start();
    await machine.settled();
    t.equal(machine.rebooting !== undefined, starts < 3, `start ${starts}`);
  }
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'interrupted' } });
  t.equal(status(machine, change), 'Error');
});

t.test('a damaged boot script refuses the trial and is named', async (t) => {
  const { machine, layout } = await armed(t);
  await powerOn(layout, { script: 'backup' });
  await machine.start();
  await machine.settled();
  t.match(outcome(machine), { what: 'reverted', cause: { code: 'boot-script-damaged' } });
});

t.test('the previous set becomes the good one when the good one cannot be booted', async (t) => {
  const { machine, layout } = await armed(t);
  await machine.bootUntilRest();
  await rm(join(layout.bootPartition, kernel), { recursive: true });
  await powerOn(layout);
  await machine.start();
  await machine.settled();
  t.strictSame(await good(machine), goodSet);
  t.match(outcome(machine), { what: 'fell-back', cause: { code: 'good-set-failed' } });
  t.equal(readBootState(await readMedium(layout)).mark, '', 'the mark is cleared');
});

t.test('a lost database is made again, also in the middle of a trial', async (t) => {
  const { machine, layout } = await armed(t);
  machine.stop();
  for (const suffix of ['', '-wal', '-shm']) await rm(`${layout.database}${suffix}`, { force: true });
  await machine.bootUntilRest();
  t.strictSame(await good(machine), { ...goodSet, kernel });
  t.match(outcome(machine), { what: 'confirmed', tried: { kernel } });
  machine.stop();
  await writeFile(layout.database, 'this is no database'.repeat(1000));
  for (const suffix of ['-wal', '-shm']) await rm(`${layout.database}${suffix}`, { force: true });
  await machine.start();
  t.match(outcome(machine), { what: 'state-rebuilt', cause: { code: 'state-lost' } });
  t.ok(await readFile(`${layout.database}.damaged`), 'what was there is put aside');
  t.equal(machine.device.parts.inventory.list().length, 4);
});

t.test('both copies torn: the record boots, and the copies are made again', async (t) => {
  const { machine, layout } = await machineOf(t);
  for (const copy of ['a', 'b']) await writeFile(join(layout.rawPlaces, `hf-env-${copy}`), new Uint8Array(4096));
  await machine.bootUntilRest();
  t.match(machine.device.parts.facts.booted.rule, 'record');
  const state = readBootState(await readMedium(layout));
  t.ok(state.copies.a.valid && state.copies.b.valid);
  t.strictSame(state.good, goodSet);
});

t.test('with nothing readable nothing is removed and nothing is installed', async (t) => {
  const { machine, layout, file } = await machineOf(t);
  for (const place of ['env-a', 'env-b', 'good'])
    await rename(join(layout.rawPlaces, `hf-${place}`), join(layout.root, place));
  await machine.start();
  t.equal(machine.device.parts.inventory.list().length, 3);
  await t.rejects(machine.install(file), { code: 'no-boot-set' });
});

t.test('mounts that contradict the command line keep a slot from being confirmed', async (t) => {
  const { machine, layout } = await armed(t);
  await powerOn(layout);
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(layout.loopDevices, 'loop0/loop'), { recursive: true });
  await writeFile(
    join(layout.loopDevices, 'loop0/loop/backing_file'),
    `/system-data/var/lib/snapd/snaps/${goodSet.kernel}\n`,
  );
  await machine.start();
  await machine.until(() => machine.rebooting !== undefined);
  t.match(machine.said.join('\n'), /but virt-kernel_x1.snap is mounted/);
  t.strictSame(await good(machine), goodSet);
});

t.test('left-over uploads and a stale mark go at the next start', async (t) => {
  const { machine, layout } = await machineOf(t);
  await writeFile(join(layout.snaps, '.local-install-dead'), 'x');
  await writeFile(join(layout.rawPlaces, 'hf-mark'), placeBytes({ snap_mark: 'wait-1' }));
  await symlink('x1', join(layout.root, 'dangling'));
  await machine.bootUntilRest();
  t.notOk((await machine.device.parts.world.disk.list(layout.snaps)).includes('.local-install-dead'));
  t.equal(readBootState(await readMedium(layout)).mark, '');
});
