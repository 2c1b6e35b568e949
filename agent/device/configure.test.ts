import { join } from 'node:path';
import t, { type Test } from 'tap';
import { changeError, changeStatus } from '../engine/status.ts';
import { makeDevice, makeSnap, powerOn, temporaryDirectory } from '../fixture.ts';
import { TestMachine } from '../fixture-machine.ts';
import type { WriteWitness } from '../system/durable.ts';
import { configured, configureHandlers } from './configure.ts';

async function machineOf(t: Test, onWrite: WriteWitness = () => {}) {
  const layout = await makeDevice(join(await temporaryDirectory(t), 'root'));
  const machine = new TestMachine(layout, { onWrite });
  t.teardown(() => machine.stop());
  await machine.start();
  const config = (snap = 'core') => machine.device.parts.configuration.config.read(snap);
  return { machine, layout, config };
}

t.test('the configuration is changed by a change, and outlives the daemon', async (t) => {
  const { machine, config } = await machineOf(t);
  t.strictSame(config(), {});
  const change = await machine.device.configure({ 'health.settle': '10s', 'health.checks.link': 'off' });
  t.match(change, { kind: 'configure-snap', summary: 'Change configuration of "core" snap' });
  await machine.settled();
  t.equal(changeStatus(machine.device.parts.changes.get(change.id)?.tasks ?? []), 'Done');
  t.strictSame(config(), { health: { settle: '10s', checks: { link: 'off' } } });
  t.strictSame(config('other'), {});
  await machine.start();
  await machine.device.configure({ 'health.settle': null });
  await machine.settled();
  t.strictSame(config(), { health: { checks: { link: 'off' } } });
});

t.test('what is refused starts no change and changes nothing', async (t) => {
  const { machine, config } = await machineOf(t);
  const unsupported = (key: string) => ({
    code: 'unsupported',
    message: `cannot set "core.${key}": unsupported system option`,
  });
  await t.rejects(machine.device.configure({ foo: 1 }), unsupported('foo'));
  await t.rejects(machine.device.configure({ 'health.settle': '1s', foo: { bar: null } }), unsupported('foo.bar'));
  await t.rejects(machine.device.configure({ healthy: 1 }), unsupported('healthy'));
  await t.rejects(machine.device.configure({ 'health..x': 1 }), { code: 'invalid-key' });
  const { config: store } = machine.device.parts.configuration;
  const picky = { config: store, check: (document: unknown) => [`one: ${JSON.stringify(document)}`, 'two'] };
  t.throws(() => configured(picky, { 'health.a': 1 }), {
    code: 'invalid-value',
    message: 'one: {"health":{"a":1}}; two',
  });
  t.strictSame(machine.device.parts.changes.list(), []);
  t.strictSame(config(), {});
});

t.test('while a trial is open the configuration stays as it is', async (t) => {
  const { machine, layout, config } = await machineOf(t);
  const file = join(layout.root, 'k.snap');
  await makeSnap(file, { name: 'virt-kernel', type: 'kernel' });
  await machine.install(file);
  await machine.until(() => machine.rebooting !== undefined);
  await t.rejects(machine.device.configure({ 'health.settle': 1 }), { code: 'conflict' });
  await powerOn(layout);
  await machine.start();
  await t.rejects(machine.device.configure({ 'health.settle': 1 }), { code: 'conflict' });
  t.strictSame(config(), {});
});

t.test('a power cut before or after the write leaves a change that the next start ends', async (t) => {
  for (const moment of ['before', 'after'] as const) {
    const cut = { isArmed: false };
    const { machine, config } = await machineOf(t, ({ path }, when) => {
      if (cut.isArmed && path === 'change: configure-snap Done' && when === moment) {
        machine.stop();
        throw new Error('the power is cut');
      }
    });
    cut.isArmed = true;
    await machine.device.configure({ 'health.settle': '9s' });
    await machine.until(() => machine.said.some((line) => /change 1 stopped/.test(line)));
    cut.isArmed = false;
    await machine.start();
    await machine.settled();
    t.equal(changeStatus(machine.device.parts.changes.get(1)?.tasks ?? []), 'Done', moment);
    t.strictSame(config(), { health: { settle: '9s' } }, moment);
  }
});

t.test('what is no longer allowed when the task runs is an error of the change', async (t) => {
  const { machine, config } = await machineOf(t);
  const { changes, configuration, runner } = machine.device.parts;
  const change = await runner.start({
    kind: 'configure-snap',
    summary: 's',
    data: { configure: { foo: 1 } },
    tasks: [{ kind: 'configure-snap', summary: 's' }],
  });
  machine.device.run(change.id);
  await machine.settled();
  t.match(changeError(changes.get(change.id)?.tasks ?? []), /cannot set "core.foo"/);
  t.strictSame(config(), {});
  const [task] = change.tasks;
  if (task === undefined) throw new Error('no task');
  const handler = configureHandlers(configuration)['configure-snap'];
  const bare = {
    change: { ...change, data: {} },
    task,
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    announce: async () => {},
    setupOf: () => ({}),
  };
  await t.rejects(Promise.resolve(handler?.do(bare)), { message: /carries no configuration/ });
});
