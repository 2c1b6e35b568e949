/** The good set rots on the boot partition: it is mended while that can be, and else the one before it boots, and then none. */
import { join } from 'node:path';
import t from 'tap';
import { whyOf } from './lab/boots.ts';
import { rot } from './lab/break-in.ts';
import { openLab, resume } from './lab/lab.ts';

t.test('the good set rots, then the one before it', async (t) => {
  const lab = await openLab();
  const device = await resume(lab, join(lab.folder, 'rotten'));
  t.teardown(() => device.machine.stop());
  const { console } = device.machine;
  const before = await device.status();
  await device.install('good-kernel');
  const { status: confirmed } = await device.confirmed();
  t.equal(confirmed.good['kernel'], 'virt-kernel_x2.snap');

  await rot(device, 'virt-kernel_x2.snap/kernel.img');
  const verified = await device.tryRun('holdfast boot verify');
  t.match(verified.output, /virt-kernel_x2\.snap.*kernel\.img.*mended/, 'what rots on the boot partition is mended');
  t.match((await device.tryRun('holdfast boot verify')).output, /^(\d+) checked, \1 fit$/m, 'and is fit then');

  await rot(device, 'virt-kernel_x2.snap/kernel.img');
  await console.send('systemctl reboot\n');
  const { text } = await device.expect(/holdfast: rule=\S+(?=\s)[\s\S]*holdfast: rule=\S+(?=\s)/);
  t.match(text, /rule=default[\s\S]*rule=previous$/, 'the good set cannot be started, the one before it can');
  await device.backToGood();
  const status = await device.status();
  t.same([status.running, status.good], [before.good, before.good], 'the one before it runs, and is the good one now');
  const { lines, cause } = await whyOf(device);
  t.match(cause, /^Cause: good-set-failed: /, lines.join('\n'));

  await rot(device, 'virt-kernel_x1.snap/kernel.img');
  await console.send('systemctl reboot\n');
  await device.expect(/holdfast: RESCUE level \d/);
});
