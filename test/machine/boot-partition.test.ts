/** The boot partition is damaged while a trial is armed: the device boots the good set at once, and knows why. */
import { join } from 'node:path';
import t from 'tap';
import { damageBootScript, installAndStop, loseFromBootPartition } from './lab/break-in.ts';
import { type Lab, openLab, resume } from './lab/lab.ts';

t.test('a damaged boot partition', async (t) => {
  const lab: Lab = await openLab();
  const folder = join(lab.folder, 'boot-partition');

  for (const file of ['kernel.img', 'initrd.img'] as const) {
    t.test(`the trial's ${file} is gone: the trial is not started`, async (t) => {
      const device = await resume(lab, join(folder, file));
      t.teardown(() => device.machine.stop());
      const before = await device.status();
      const disk = await installAndStop(device, 'good-kernel');
      await loseFromBootPartition(disk, `virt-kernel_x2.snap/${file}`);
      await device.machine.start();
      const { text } = await device.expect(/holdfast: trial not started: \S+(?=\s)/);
      const cause = file === 'kernel.img' ? 'missing-kernel' : 'missing-initrd';
      t.equal(text, `holdfast: trial not started: ${cause}`, 'the boot script says why');
      await device.expect('holdfast: rule=not-started');
      await device.backToGood();
      const status = await device.status();
      t.same([status.good, status.running], [before.good, before.good], 'the good set is what it was, and runs');
      t.equal(status.outcomes[0]?.cause, cause);
      t.notOk(status.hasTrial, 'nothing is tried any more');
    });
  }

  t.test('the boot script is damaged: its backup boots the good set and starts no trial', async (t) => {
    const device = await resume(lab, join(folder, 'script'));
    t.teardown(() => device.machine.stop());
    const before = await device.status();
    await damageBootScript(device);
    await device.install('good-kernel');
    await device.expect('holdfast: boot.scr is damaged or missing');
    const { text } = await device.expect(/holdfast: rule=\S+(?=\s)/);
    t.equal(text, 'holdfast: rule=backup-script');
    await device.backToGood();
    const status = await device.status();
    t.same([status.good, status.running], [before.good, before.good], 'the good set is what it was, and runs');
    t.equal(status.outcomes[0]?.cause, 'boot-script-damaged');
    t.notOk(status.hasTrial, 'nothing is tried any more');
  });
});
