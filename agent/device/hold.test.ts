import { join } from 'node:path';
import t from 'tap';
import { makeDevice, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { installed, viewOf } from '../snaps/plan/testing.ts';
import { planHold } from './hold.ts';

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

t.test('L27, L28, L31: a hold says what it is about', (t) => {
  const view = viewOf({ snaps: [installed('a', [1]), installed('b', [1])] });
  const until = new Date('2027-01-31T00:00:00Z');
  const hold = { action: 'hold', until, level: 'auto-refresh' } as const;
  const summaries: readonly (readonly [request: Parameters<typeof planHold>[1], summary: string])[] = [
    [{ ...hold, names: [] }, 'Hold auto-refreshes for all snaps'],
    [{ ...hold, names: ['a', 'b'] }, 'Hold auto-refreshes for "a", "b"'],
    [{ ...hold, names: ['a'], level: 'general' }, 'Hold general refreshes for "a"'],
    [{ action: 'unhold', names: [] }, 'Remove auto-refresh hold on all snaps'],
    [{ action: 'unhold', names: ['a'] }, 'Remove refresh hold on "a"'],
  ];
  for (const [request, summary] of summaries)
    t.match(planHold(view, request), { summary, kind: `${request.action}-snap` });
  t.throws(() => planHold(view, { ...hold, names: ['a', 'gone'] }), { code: 'not-installed' });
  t.end();
});
