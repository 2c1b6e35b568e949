/** Trials that come back without a verdict, on a whole device: which of them start again, and how the others are called. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { readBootState } from '../../bootloader/protocol/index.ts';
import { changeStatus } from '../engine/status.ts';
import { goodSet, makeDevice, makeSnap, powerOn, readMedium, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { DiskError } from '../system/disk-error.ts';

/** A device that goes down to try a kernel. */
async function armed(t: Test, refuses: (path: string) => boolean = () => false) {
  const directory = await temporaryDirectory(t);
  const layout = await makeDevice(join(directory, 'root'));
  const file = join(directory, 'k.snap');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
  const machine = new TestMachine(layout, {
    onWrite: ({ op, path }, moment) => {
      if (op === 'rewrite' && moment === 'before' && refuses(path)) throw new DiskError('io', op, path);
    },
  });
  t.teardown(() => machine.stop());
  await machine.start();
  const change = await machine.install(file);
  await machine.until(() => machine.rebooting !== undefined);
  machine.stop();
  /** The next boot is the good set's, and its agent comes to a decision; true where the trial is to start again. */
  const comesBack = async (reset?: 'warm' | 'cold') => {
    await powerOn(layout, reset === undefined ? {} : { reset });
    await machine.start();
    await machine.settled();
    return machine.rebooting !== undefined;
  };
  /** The trial starts and its agent is told to end before there is a verdict. */
  const shutDown = async () => {
    await powerOn(layout, { reset: 'warm' });
    await machine.start();
    machine.freeze();
    await machine.until(() => machine.device.trialProgress !== undefined);
    await machine.device.interrupt();
    machine.stop();
  };
  const story = async () => {
    const state = readBootState(await readMedium(layout));
    t.strictSame(state.good, goodSet);
    t.equal(state.mode, '');
    t.equal(changeStatus(machine.device.parts.changes.get(change.id)?.tasks ?? []), 'Error');
    return machine.device.parts.trials.outcomes(1)[0];
  };
  return { machine, layout, comesBack, shutDown, story };
}

t.test('three power cuts end a trial as unexplained', async (t) => {
  const { layout, comesBack, story } = await armed(t);
  for (const isAgain of [true, true, false]) {
    t.ok((await powerOn(layout)).starts.at(-1)?.trial, 'the trial starts');
    t.equal(await comesBack('cold'), isAgain);
  }
  t.match(await story(), { what: 'reverted', cause: { code: 'unexplained' } });
});

t.test('a shutdown and a power cut each cost a start, too', async (t) => {
  const { layout, comesBack, shutDown, story } = await armed(t);
  await shutDown();
  t.ok(await comesBack('warm'));
  await powerOn(layout);
  t.ok(await comesBack('cold'));
  await shutDown();
  t.notOk(await comesBack('warm'));
  t.match(await story(), { what: 'reverted', cause: { code: 'interrupted' } });
});

t.test('the end of the boot after a trial is not taken for that of the trial', async (t) => {
  const { layout, comesBack, shutDown, story } = await armed(t);
  await shutDown();
  await powerOn(layout, { reset: 'warm' });
  await mkdir(dirname(layout.watchdogStatus), { recursive: true });
  await writeFile(layout.watchdogStatus, '32\n');
  t.ok(await comesBack('warm'), 'the good set hung before its agent ran, and the trial goes on');
  await powerOn(layout, { reset: 'warm' });
  t.notOk(await comesBack('warm'), 'the trial hung');
  t.match(await story(), { what: 'reverted', cause: { code: 'hang' } });
});

t.test('a trial that crashed does not start again, whatever came before', async (t) => {
  const { layout, comesBack, story } = await armed(t);
  await powerOn(layout);
  t.ok(await comesBack('cold'));
  await powerOn(layout);
  t.notOk(await comesBack('warm'));
  t.match(await story(), { what: 'reverted', cause: { code: 'panic' } });
});

t.test('a power cut after the crash, before anybody looked, does not hide it', async (t) => {
  const { layout, comesBack, story } = await armed(t);
  await powerOn(layout);
  await powerOn(layout, { reset: 'warm' });
  t.notOk(await comesBack('cold'));
  t.match(await story(), { what: 'reverted', cause: { code: 'panic' } });
});

t.test('a second power cut, before the trial is armed again, does not make the first one a crash', async (t) => {
  const medium = { isRefusing: false };
  const { layout, machine, comesBack } = await armed(t, (path) => medium.isRefusing && path.includes('hf-env'));
  await powerOn(layout);
  medium.isRefusing = true;
  await powerOn(layout, { reset: 'cold' });
  await machine.start();
  machine.stop();
  medium.isRefusing = false;
  t.ok(await comesBack('cold'), 'the journal remembers what the boot right after it saw');
});

t.test('a trial that was shut down before its agent was up starts again', async (t) => {
  const { layout, comesBack, story } = await armed(t);
  const unmounted = (fsck: string) => writeFile(layout.bootRecord, `fsck=${fsck}\n`);
  await mkdir(dirname(layout.bootRecord), { recursive: true });
  await powerOn(layout);
  await unmounted('clean');
  t.ok(await comesBack('warm'));
  await powerOn(layout);
  await unmounted('repaired');
  t.notOk(await comesBack('warm'), 'it died');
  t.match(await story(), { cause: { code: 'panic' } });
});

t.test('where the boot script cannot tell, nothing is taken for a power cut', async (t) => {
  const { layout, comesBack, story } = await armed(t);
  await powerOn(layout);
  t.notOk(await comesBack());
  t.match(await story(), { what: 'reverted', cause: { code: 'panic', message: /or the power was cut/ } });
});

t.test('the word of an earlier start does not excuse a crash', async (t) => {
  let isForgetting = true;
  const { layout, machine, comesBack, shutDown, story } = await armed(
    t,
    (path) => !isForgetting && /journal/.test(path),
  );
  await shutDown();
  isForgetting = false;
  await powerOn(layout, { reset: 'warm' });
  await machine.start();
  t.equal(readBootState(await readMedium(layout)).mode, 'try', 'armed again, and the word is still there');
  isForgetting = true;
  t.ok((await powerOn(layout, { reset: 'warm' })).starts.at(-1)?.trial, 'it starts, and crashes at once');
  t.notOk(await comesBack('warm'));
  t.match(await story(), { what: 'reverted', cause: { code: 'panic' } });
});
