import { join } from 'node:path';
import t from 'tap';
import { makeDevice, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';

t.test('refreshes are held and released by changes that can be followed', async (t) => {
  const machine = new TestMachine(await makeDevice(join(await temporaryDirectory(t), 'root')));
  t.teardown(() => machine.stop());
  const { parts } = await machine.start();
  const until = new Date(Date.UTC(2026, 6, 1));
  const held = await machine.device.request({
    action: 'hold',
    names: ['virt-kernel', 'virt'],
    level: 'general',
    until,
  });
  await machine.settled();
  t.match(parts.changes.get(held.id), {
    kind: 'hold-snap',
    summary: 'Hold general refreshes for "virt-kernel", "virt"',
    data: { 'snap-names': ['virt-kernel', 'virt'] },
  });
  t.match(parts.holds.all(), [
    { snap: 'virt', holder: 'system', level: 'general', until },
    { snap: 'virt-kernel', holder: 'system', level: 'general', until },
  ]);
  await machine.device.request({ action: 'unhold', names: ['virt'] });
  await machine.settled();
  t.match(parts.holds.all(), [{ snap: 'virt-kernel' }]);
  await machine.device.request({ action: 'hold', names: ['virt'], level: 'auto-refresh', until: 'forever' });
  await machine.settled();
  t.match(parts.holds.all(), [{ snap: 'virt', level: 'auto-refresh', until: 'forever' }, { snap: 'virt-kernel' }]);
  await t.rejects(machine.device.request({ action: 'unhold', names: ['nothing'] }), { code: 'not-installed' });
});
