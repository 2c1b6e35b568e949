/**
 * Kernel, base, gadget and app in one change: one reboot, and the app after the verdict; or, where the base is bad, none of
 * them.
 */
import { join } from 'node:path';
import t from 'tap';
import { APP, APP_FILES } from './lab/app.ts';
import { APP_GONE, appOn, appRunning } from './lab/app-seen.ts';
import { bootsOf } from './lab/boots.ts';
import { changesOf } from './lab/change.ts';
import type { Device } from './lab/device.ts';
import { faultOf } from './lab/faults.ts';
import { GADGET_FILE, GADGET_WORD } from './lab/gadget.ts';
import { openLab, resume } from './lab/lab.ts';

const lab = await openLab();
const BAD = faultOf('base-pid1-dies');

async function installAll(device: Device, ...files: readonly string[]): Promise<void> {
  const paths = files.map((file) => `/mnt/${file}.snap`).join(' ');
  await device.machine.console.send(`holdfast install --dangerous --devmode ${paths}\n`);
}

t.test('all are good: one reboot, and the app follows the verdict', async (t) => {
  const device = await resume(lab, join(lab.folder, 'together-good'));
  t.teardown(() => device.machine.stop());
  await installAll(device, APP_FILES.first, 'good-kernel', 'good-base', GADGET_FILE);
  const { status } = await device.confirmed();
  t.match(
    status.good,
    { kernel: 'virt-kernel_x2.snap', base: 'bookworm_x2.snap', gadget: 'virt_x2.snap' },
    'kernel, base and gadget are the good ones',
  );
  t.same(status.running, status.good, 'and run');
  t.match(await device.run('cat /proc/cmdline'), GADGET_WORD, 'with the arguments of the new gadget');
  const boots = await bootsOf(device);
  t.same(
    boots.map(({ trial }) => trial),
    [true, false],
    'after one reboot',
  );
  const [change] = await changesOf(device);
  t.match(change, { status: 'Done', err: undefined });
  const verdict = Date.parse(status.outcomes[0]?.time ?? '');
  const ofApp = change?.tasks.filter(({ kind, summary }) => kind === 'mount-snap' && summary.includes(APP));
  t.equal(ofApp?.length, 1);
  t.ok(Number(ofApp?.[0]?.readyTime) >= verdict, 'the app was mounted after the verdict');
  const diary = ['version 1 revision x1', 'starts: 1 x1', 'starts of all: 1 x1'];
  t.same(await appOn(device), appRunning({ x1: ['1 x1'] }, diary), 'and runs');
});

t.test(`${BAD.title}: it goes back, and neither kernel, gadget nor app stays`, async (t) => {
  const device = await resume(lab, join(lab.folder, 'together-bad'));
  t.teardown(() => device.machine.stop());
  const before = await device.status();
  await installAll(device, APP_FILES.first, 'good-kernel', BAD.name, GADGET_FILE);
  const { status, during } = await device.reverted();
  t.match(during, BAD.evidence, 'the fault happened');
  t.match(during, /^ .*gadget=virt_x2\.snap/, 'in a boot with the new gadget');
  t.notMatch(await device.run('cat /proc/cmdline'), GADGET_WORD, 'the old gadget says how the device boots');
  t.same([status.good, status.running], [before.good, before.good], 'the good set is what it was, and runs');
  t.match(status.outcomes[0], { what: 'reverted', cause: BAD.cause });
  t.same(await appOn(device), APP_GONE, 'nothing of the app is there');
  const [change] = await changesOf(device);
  t.equal(change?.status, 'Error');
  t.match(change?.err, BAD.message, 'the change names the cause');
  const ofApp = change?.tasks.filter(({ kind, summary }) => kind === 'mount-snap' && summary.includes(APP));
  t.match(ofApp, [{ status: 'Hold' }], 'and the app was never begun');
});
