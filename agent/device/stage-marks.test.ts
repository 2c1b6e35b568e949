import t from 'tap';
import { makeDevice, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import { FakeSystemd } from '../system/systemd-fake.ts';
import { markStages } from './stage-marks.ts';

t.test('the journal has the moment at which the target was reached', async (t) => {
  const layout = await makeDevice(`${await temporaryDirectory(t)}/root`);
  const systemd = new FakeSystemd({ 'default.target': { activeState: 'inactive' } });
  const machine = new TestMachine(layout, { systemd });
  t.teardown(() => machine.stop());
  const { parts } = await machine.start();
  const stages = () => parts.journal.current?.marks.map(({ stage }) => stage) ?? [];
  const over = new AbortController();
  const sleeps = { count: 0 };
  const clock = {
    ...parts.world.clock,
    sleep: async () => {
      if (++sleeps.count === 3) systemd.become('default.target', 'active', 'active');
    },
  };
  await markStages({ ...parts, world: { ...parts.world, clock } }, over.signal);
  t.equal(sleeps.count, 3);
  t.ok(stages().includes('target'));
  t.equal(parts.journal.current?.marks.find(({ stage }) => stage === 'systemd')?.uptimeSeconds, 3.5);

  systemd.become('default.target', 'inactive', 'dead');
  over.abort();
  await markStages(parts, over.signal);
  t.equal(stages().filter((stage) => stage === 'target').length, 1, 'once');
});
