/**
 * The main job on the real machine: good kernels and bases are kept, each broken one is taken back with its cause, and the
 * serial console shows that the fault really happened.
 */
import { join } from 'node:path';
import t from 'tap';
import { FAULTS, GOOD } from './lab/faults.ts';
import { type Lab, openLab, resume } from './lab/lab.ts';

t.test('trials on the machine', { jobs: 2 }, async (t) => {
  const lab: Lab = await openLab();
  const folder = join(lab.folder, 'trials');

  for (const good of GOOD) {
    t.test(`${good.title} is confirmed`, { buffered: true }, async (t) => {
      const device = await resume(lab, join(folder, good.name));
      t.teardown(() => device.machine.stop());
      const before = await device.status();
      await device.install(good.name);
      const { status, watchdog } = await device.confirmed();
      const name = good.slot === 'kernel' ? 'virt-kernel_x2.snap' : 'bookworm_x2.snap';
      t.same(status.good, { ...before.good, [good.slot]: name }, 'it is the good one now');
      t.equal(status.running[good.slot], name, 'and it is what runs');
      t.equal(status.outcomes[0]?.what, 'confirmed');
      t.notOk(status.hasTrial, 'nothing is tried any more');
      t.notOk(watchdog, 'without a reset by the watchdog');
    });
  }

  for (const fault of FAULTS) {
    t.test(`${fault.title} is taken back`, { buffered: true }, async (t) => {
      const device = await resume(lab, join(folder, fault.name));
      t.teardown(() => device.machine.stop());
      const before = await device.status();
      await device.install(fault.name);
      const { status, watchdog, during } = await device.reverted();
      t.match(during, fault.evidence, 'the fault happened');
      if (fault.absent !== undefined) t.notMatch(during, fault.absent, 'and nothing else did');
      t.equal(watchdog, fault.watchdog, 'the watchdog had to reset it, or not');
      t.same([status.good, status.running], [before.good, before.good], 'the good set is what it was, and runs');
      t.equal(status.outcomes[0]?.what, 'reverted');
      t.equal(status.outcomes[0]?.cause, fault.cause, status.outcomes[0]?.message ?? 'no cause');
      t.notOk(status.hasTrial, 'nothing is tried any more');
    });
  }
});
