import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeDevice, makeSnap, powerOn, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { rebootMaintenance } from './restart.ts';

t.test(
  'L1, L2: word of a reboot is left for clients that find nobody, and is gone when the device is up',
  async (t) => {
    const directory = await temporaryDirectory(t);
    const layout = await makeDevice(join(directory, 'root'));
    const file = join(directory, 'k.snap');
    await makeSnap(file, { name: 'virt-kernel', type: 'kernel', version: '2' });
    const machine = new TestMachine(layout);
    t.teardown(() => machine.stop());
    await machine.start();
    t.equal(machine.device.parts.restart.maintenance, undefined);
    await machine.install(file);
    await machine.until(() => machine.rebooting !== undefined);
    t.strictSame(machine.device.parts.restart.maintenance, rebootMaintenance);
    t.strictSame(JSON.parse(readFileSync(layout.maintenance, 'utf8')), rebootMaintenance);
    await powerOn(layout);
    await machine.start();
    await machine.settled();
    t.notOk(existsSync(layout.maintenance));
    t.equal(machine.device.parts.restart.maintenance, undefined);
  },
);
