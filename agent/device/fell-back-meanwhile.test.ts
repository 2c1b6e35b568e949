/**
 * The power goes while a trial is armed, and the device falls back to its previous set before the change goes on. Where the trial
 * is kept then, and the change fails behind it, the device must go back to what it fell back to, not to what failed.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readBootState } from '../../bootloader/protocol/index.ts';
import { changeStatus } from '../engine/status.ts';
import { goodSet, makeDevice, makeSnap, powerOn, readMedium, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { DatabaseError } from '../system/database-error.ts';
import { DiskError } from '../system/disk-error.ts';

const hook = 'meta/hooks/check-health';

/** The last commit before the power goes. */
const cuts = ['change: link-snap announces', 'trial: open'];

for (const cut of cuts) {
  t.test(`the power goes behind ${cut}`, async (t) => {
    const directory = await temporaryDirectory(t);
    const layout = await makeDevice(join(directory, 'root'));
    const [second, third] = [join(directory, '2.snap'), join(directory, '3.snap')];
    await makeSnap(second, { name: 'virt-kernel', type: 'kernel', version: '2' });
    const files = { 'kernel.img': 'k', 'initrd.img': 'i', [hook]: '#!/bin/sh\n' };
    await makeSnap(third, { name: 'virt-kernel', type: 'kernel', version: '3', files, executable: [hook] });

    let [isWatched, isOff] = [false, false];
    const machine = new TestMachine(layout, {
      runHook: async () => ({ problem: 'fail', output: [] }),
      onWrite: ({ op, path }, moment) => {
        if (isOff) throw op === 'commit' ? new DatabaseError('io', path) : new DiskError('io', 'rewrite', path);
        isOff = isWatched && moment === 'after' && op === 'commit' && path === cut;
      },
    });
    t.teardown(() => machine.stop());
    await machine.start();
    await machine.install(second);
    await machine.until(() => machine.rebooting !== undefined);
    await machine.bootUntilRest();
    t.match(readBootState(await readMedium(layout)), { good: { kernel: 'virt-kernel_x2.snap' }, previous: goodSet });

    isWatched = true;
    const upload = await machine.device.receive(createReadStream(third));
    const uploads = [{ upload, title: third }];
    const { id } = await machine.device.request({
      ...{ action: 'install', uploads, dangerous: true, flags: { devmode: true } },
    });
    await machine.until(() => isOff);
    await machine.quiet();
    machine.stop();
    [isWatched, isOff] = [false, false];
    t.equal(readBootState(await readMedium(layout)).mode, '', 'nothing is armed yet');

    const run = await powerOn(layout, { unfinishedStarts: 3 });
    t.equal(run.starts.at(-1)?.rule, 'previous', 'the good set does not come up');
    await machine.start();
    await machine.until(() => machine.rebooting !== undefined);
    await machine.bootUntilRest();
    t.match(machine.device.parts.trials.ofChange(id), { what: 'confirmed', good: goodSet });
    t.equal(changeStatus(machine.device.parts.changes.get(id)?.tasks ?? []), 'Error');
    const { good, previous } = readBootState(await readMedium(layout));
    t.strictSame(good, goodSet, 'what it fell back to is good again');
    t.strictSame(previous, {}, 'and there is no set before it');
  });
}
