/**
 * What is broken at the moment at which a trial is given up does not keep the device from going back, nor from knowing why:
 * neither D-Bus, nor room on the writable partition, nor writes to it. And a person may give the verdict.
 */
import t, { type Test } from 'tap';
import { whyOf } from './lab/boots.ts';
import type { Device } from './lab/device.ts';
import { emptyWritable, fillWritable, makeReadOnly, stopDbus } from './lab/harm.ts';
import { openTrial, resumeTrial } from './lab/open-trial.ts';

const MEBIBYTE = 2 ** 20;

const lab = await openTrial();

/** Gives the trial up by hand once `harm` is done, and sees the device back on its good set. */
async function rejected(t: Test, name: string, harm: (device: Device) => Promise<void>): Promise<Device> {
  const device = await resumeTrial(lab, name);
  t.teardown(() => device.machine.stop());
  await harm(device);
  await device.machine.console.send(`holdfast boot reject --reason 'tried with ${name}'\n`);
  const { text } = await device.expect(/holdfast: rule=\S+(?=\s)/);
  t.equal(text, 'holdfast: rule=default', 'its agent could still put the environment right');
  await device.ready();
  const { lines, cause } = await whyOf(device);
  t.equal(cause, `Cause: rejected: rejected by a person: tried with ${name}`, lines.join('\n'));
  t.match(lines[0], /^Boot \d+ .*tried kernel virt-kernel_x2\.snap and went back to virt-kernel_x1\.snap$/);
  return device;
}

/** The log of trials says the same. */
async function told(t: Test, device: Device): Promise<void> {
  await device.settled();
  const status = await device.status();
  t.match(status.outcomes[0], { what: 'reverted', cause: 'rejected' });
  t.equal(status.running['kernel'], 'virt-kernel_x1.snap');
  t.same(status.running, status.good);
  t.notOk(status.hasTrial, 'nothing is tried any more');
}

t.test('without D-Bus', async (t) => {
  const device = await rejected(t, 'no D-Bus', async (device) => {
    await stopDbus(device);
    const { output, status } = await device.tryRun('busctl --system list');
    t.not(status, 0, `nobody answers on D-Bus: ${output}`);
  });
  await told(t, device);
});

t.test('without room on the writable partition', async (t) => {
  const device = await rejected(t, 'no room', async (device) => {
    t.match(await fillWritable(device), /No space left on device/);
  });
  const used = Number(await device.run('du --bytes --total /writable/fill-* | tail -n 1 | cut -f 1'));
  const free = Number(await device.run('df --block-size=1 --output=avail /writable | tail -n 1'));
  t.ok(used > 100 * MEBIBYTE, `what took the room is there still: ${used} bytes`);
  t.ok(free < 16 * MEBIBYTE, `the room there is now is that of the refused kernel, which was removed: ${free} bytes`);
  await emptyWritable(device);
  await device.run('systemctl restart holdfast.service');
  await told(t, device);
});

t.test('with a writable partition that takes no writes', async (t) => {
  const device = await rejected(t, 'no writes', async (device) => {
    t.match(await makeReadOnly(device), /Read-only file system/);
  });
  await told(t, device);
});
