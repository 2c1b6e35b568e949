import t from 'tap';
import { baseOf } from './prerequisites.ts';
import { testDevice } from './testing.ts';
import { installPlan } from './testing-scenes.ts';

t.test('which base has to be there', async (t) => {
  t.equal(baseOf({ type: 'app' }), 'core');
  t.equal(baseOf({ type: 'app', base: 'core22' }), 'core22');
  t.equal(baseOf({ type: 'app', base: 'none' }), undefined);
  t.equal(baseOf({ type: 'gadget', base: 'core22' }), 'core22');
  for (const type of ['gadget', 'kernel', 'base', 'os', 'snapd'] as const) t.equal(baseOf({ type }), undefined, type);
});

t.test('M7: a base that is missing, and that nobody installs, is an error', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const plan = await installPlan(device, life, 7);
  life.records.remove('core22');
  const { tasks } = await life.run(plan);
  t.equal(tasks[0]?.status, 'Error');
  t.match(tasks[0]?.log.at(-1), /cannot find required base "core22"/);
  const files = Object.keys((await device.picture()).files);
  t.notOk(
    files.some((name) => name.includes('.local-install')),
    'and what was uploaded is gone',
  );
});

t.test('a base that another change installs is waited for', async (t) => {
  const device = await testDevice(t);
  const life = await device.start();
  const plan = await installPlan(device, life, 7);
  const base = life.records.get('core22');
  life.records.remove('core22');
  const wait = { kind: 'prerequisites', summary: 'Wait' };
  const link = { kind: 'link-snap', summary: 'Link', data: { snap: 'core22' } };
  const hold = { ...wait, kind: 'hold' };
  const withHold = await device.start({
    handlers: (known) => ({ ...known, hold: { do: async () => ({ kind: 'wait' }) } }),
  });
  const other = await withHold.runner.start({ kind: 'install-snap', summary: '', data: {}, tasks: [hold, link] });
  await withHold.runner.run(other.id);
  const { id } = await withHold.runner.start(plan);
  const running = withHold.runner.run(id);
  await withHold.clock.advance(25_000);
  t.equal(withHold.changes.get(id)?.tasks[0]?.status, 'Doing');
  if (base !== undefined) withHold.records.put(base);
  await withHold.clock.advance(10_000);
  t.equal(await running, 'Done');
});
