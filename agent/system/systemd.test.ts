import { spawnSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { isDefaultTargetReached, type Systemd } from './systemd.ts';
import { SystemdError } from './systemd-error.ts';
import { FakeSystemd } from './systemd-fake.ts';
import { busFolder, mockSystemd, privateBus } from './systemd-mock.ts';
import { realSystemd } from './systemd-real.ts';

const bus = await privateBus();
t.teardown(() => bus.stop());

function units(): FakeSystemd {
  const fake = new FakeSystemd({
    'multi-user.target': { subState: 'active' },
    'demo.service': { service: { type: 'notify', result: 'success', restarts: 2, mainPid: 412 } },
    'broken@1-x.service': { activeState: 'failed', subState: 'failed', triggeredBy: ['a.timer', 'b.socket'] },
  });
  fake.jobList = [{ id: 7, unit: 'demo.service', type: 'start', state: 'running' }];
  return fake;
}

interface Row {
  readonly title: string;
  readonly prepare?: (fake: FakeSystemd) => void;
  readonly ask: (systemd: Systemd) => Promise<unknown>;
  readonly gives?: unknown;
  readonly fails?: { readonly code: string };
  readonly calls?: readonly string[];
}

const TABLE: readonly Row[] = [
  {
    title: 'unitState tells a service whole',
    ask: (systemd) => systemd.unitState('demo.service'),
    gives: {
      ...{ name: 'demo.service', loadState: 'loaded', activeState: 'active', subState: 'running', triggeredBy: [] },
      service: { type: 'notify', result: 'success', restarts: 2, mainPid: 412 },
    },
  },
  {
    title: 'unitState knows what triggers a unit, and takes any name',
    ask: async (systemd) => (await systemd.unitState('broken@1-x.service')).triggeredBy,
    gives: ['a.timer', 'b.socket'],
  },
  {
    title: 'unitState has no service part for other units',
    ask: (systemd) => systemd.unitState('multi-user.target'),
    gives: {
      name: 'multi-user.target',
      loadState: 'loaded',
      activeState: 'active',
      subState: 'active',
      triggeredBy: [],
    },
  },
  {
    title: 'unitState knows that a unit does not exist',
    ask: async (systemd) => (await systemd.unitState('none.target')).loadState,
    gives: 'not-found',
  },
  {
    title: 'listUnits lists all',
    ask: (systemd) => systemd.listUnits(),
    gives: [
      { name: 'multi-user.target', loadState: 'loaded', activeState: 'active', subState: 'active' },
      { name: 'demo.service', loadState: 'loaded', activeState: 'active', subState: 'running' },
      { name: 'broken@1-x.service', loadState: 'loaded', activeState: 'failed', subState: 'failed' },
    ],
  },
  {
    title: 'listUnits narrows the list by any state',
    ask: async (systemd) => (await systemd.listUnits({ states: ['failed', 'no-such-state'] })).map(({ name }) => name),
    gives: ['broken@1-x.service'],
  },
  {
    title: 'listUnits narrows the list by names and states together',
    ask: async (systemd) =>
      (await systemd.listUnits({ states: ['loaded'], patterns: ['de*.service', 'multi-user.target'] })).map(
        ({ name }) => name,
      ),
    gives: ['multi-user.target', 'demo.service'],
  },
  {
    title: 'serviceRestarts counts those of one service',
    prepare: (fake) =>
      fake.set('7-odd.x@1.service', { service: { type: 'simple', result: 'success', restarts: 5, mainPid: 1 } }),
    ask: async (systemd) => [
      await systemd.serviceRestarts('demo.service'),
      await systemd.serviceRestarts('7-odd.x@1.service'),
    ],
    gives: [2, 5],
  },
  {
    title: 'jobs lists the queue',
    ask: (systemd) => systemd.jobs(),
    gives: [{ id: 7, unit: 'demo.service', type: 'start', state: 'running' }],
  },
  {
    title: 'systemState is the word of systemd',
    prepare: (fake) => {
      fake.state = 'degraded';
    },
    ask: (systemd) => systemd.systemState(),
    gives: 'degraded',
  },
  {
    title: 'startedSeconds is when systemd itself began, in seconds',
    ask: (systemd) => systemd.startedSeconds(),
    gives: 3.5,
  },
  {
    title: 'defaultTarget is what the alias leads to',
    ask: (systemd) => systemd.defaultTarget(),
    gives: 'multi-user.target',
  },
  { title: 'the default target is reached once it is active', ask: isDefaultTargetReached, gives: true },
  {
    title: 'the default target is not reached while it is activating',
    prepare: (fake) => fake.set('multi-user.target', { activeState: 'activating' }),
    ask: isDefaultTargetReached,
    gives: false,
  },
  {
    title: 'startUnit and stopUnit wait for the end of the job and pass on its result',
    prepare: (fake) => {
      fake.onStart = () => 'failed';
    },
    ask: async (systemd) => [
      await systemd.stopUnit('demo.service'),
      (await systemd.unitState('demo.service')).activeState,
      await systemd.startUnit('demo.service'),
    ],
    gives: ['done', 'inactive', 'failed'],
    calls: ['stopUnit demo.service', 'startUnit demo.service'],
  },
  {
    title: 'many jobs at a time each get their own result',
    prepare: (fake) => {
      fake.onStart = (name) => (name === 'demo.service' ? 'done' : 'dependency');
    },
    ask: (systemd) => Promise.all(['demo.service', 'broken@1-x.service'].map((name) => systemd.startUnit(name))),
    gives: ['done', 'dependency'],
  },
  {
    title: 'startUnit of a unit that does not exist is an error',
    ask: (systemd) => systemd.startUnit('none.service'),
    fails: { code: 'no-such-unit' },
  },
  {
    title: 'killUnit names the processes and the signal',
    ask: async (systemd) => [
      await systemd.killUnit('demo.service', 'all', 9),
      (await systemd.unitState('demo.service')).activeState,
    ],
    gives: [undefined, 'inactive'],
    calls: ['killUnit demo.service all 9'],
  },
  {
    title: 'killUnit of a unit that does not exist is an error',
    ask: (systemd) => systemd.killUnit('none.service', 'main', 15),
    fails: { code: 'no-such-unit' },
  },
  {
    title: 'resetFailed forgets a failure',
    ask: async (systemd) => [
      await systemd.resetFailed('broken@1-x.service'),
      (await systemd.unitState('broken@1-x.service')).activeState,
    ],
    gives: [undefined, 'inactive'],
    calls: ['resetFailed broken@1-x.service'],
  },
  {
    title: 'resetFailed of a unit that is not there is an error',
    ask: (systemd) => systemd.resetFailed('none.service'),
    fails: { code: 'no-such-unit' },
  },
  { title: 'reload asks for one', ask: (systemd) => systemd.reload(), gives: undefined, calls: ['reload'] },
  {
    title: 'setRuntimeWatchdog passes microseconds beyond 32 bits',
    ask: (systemd) => systemd.setRuntimeWatchdog(5_000_000_000),
    gives: undefined,
    calls: ['setRuntimeWatchdog 5000000000'],
  },
  { title: 'reboot asks logind', ask: (systemd) => systemd.reboot(), gives: undefined, calls: ['reboot'] },
  {
    title: 'a refusal is an error with its reason',
    prepare: (fake) => {
      fake.fail = (member) => (member === 'reboot' ? new SystemdError('refused', 'cannot reboot: no') : undefined);
    },
    ask: (systemd) => systemd.reboot(),
    fails: { code: 'refused' },
    calls: ['reboot'],
  },
];

async function hold(t: Test, row: Row, systemd: Systemd, fake: FakeSystemd, name: string): Promise<void> {
  if (row.fails === undefined) t.strictSame(await row.ask(systemd), row.gives, `${name}: ${row.title}`);
  else await t.rejects(row.ask(systemd), { name: 'SystemdError', ...row.fails }, `${name}: ${row.title}`);
  if (row.calls !== undefined) t.strictSame(fake.calls, row.calls, `${name}: and nothing else is asked`);
}

t.test('the fake and the systemd over a real bus do the same', async (t) => {
  for (const row of TABLE) {
    const fake = units();
    row.prepare?.(fake);
    await hold(t, row, fake, fake, 'fake');

    const played = units();
    row.prepare?.(played);
    const mock = await mockSystemd(bus.address, played);
    const systemd = realSystemd({ address: bus.address, timeoutMs: 20_000, jobTimeoutMs: 20_000 });
    await hold(t, row, systemd, played, 'D-Bus').finally(() => {
      systemd.close();
      mock.disconnect();
    });
  }
});

t.test('a job that ends before its path is known is not missed', async (t) => {
  const mock = await mockSystemd(bus.address, units(), { early: true });
  const systemd = realSystemd({ address: bus.address, jobTimeoutMs: 20_000 });
  t.equal(await systemd.startUnit('demo.service'), 'done');
  t.equal(await systemd.stopUnit('demo.service'), 'done', 'and the connection is subscribed only once');
  systemd.close();
  mock.disconnect();
});

t.test('a call that is never answered ends at its deadline', async (t) => {
  const fake = units();
  fake.reload = () => new Promise(() => {});
  const mock = await mockSystemd(bus.address, fake);
  const systemd = realSystemd({ address: bus.address, timeoutMs: 50 });
  await t.rejects(systemd.reload(), { code: 'timeout', message: /no answer within 50 ms/ });
  systemd.close();
  mock.disconnect();
});

t.test('a bus without systemd, and no bus at all, are reported as unavailable', async (t) => {
  const alone = realSystemd({ address: bus.address, timeoutMs: 20_000 });
  await t.rejects(alone.systemState(), { code: 'unavailable' });
  alone.close();
  const none = realSystemd({ address: 'unix:path=/nowhere/bus', timeoutMs: 20_000 });
  await t.rejects(none.systemState(), { code: 'unavailable', message: /cannot call|cannot reach/ });
  await t.rejects(none.startUnit('demo.service'), { code: 'unavailable' });
  none.close();
});

t.test('a lost connection fails what waits on it, and the next call makes a new one', async (t) => {
  const folder = busFolder();
  const own = await privateBus(folder);
  const fake = units();
  const asked = Promise.withResolvers<void>();
  fake.reload = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  await mockSystemd(own.address, fake).then((mock) => mock.on('error', () => {}));
  const systemd = realSystemd({ address: own.address, timeoutMs: 20_000 });
  const reload = systemd.reload();
  await asked.promise;
  await Promise.all([t.rejects(reload, { code: 'unavailable' }), own.stop()]);
  await t.rejects(systemd.systemState(), { code: 'unavailable' }, 'while there is no bus');

  const next = await privateBus(folder);
  const mock = await mockSystemd(next.address, units());
  t.equal(await systemd.systemState(), 'running');
  t.equal(await systemd.startUnit('demo.service'), 'done', 'on which it subscribes again');
  systemd.close();
  mock.disconnect();
  await next.stop();
});

t.test('nothing of D-Bus or SQLite is loaded before it is called', async (t) => {
  const script = `
    import { createRequire } from 'node:module';
    const packages = () =>
      Object.keys(createRequire(import.meta.url)('node:module')._cache).filter((name) => /dbus-next|better-sqlite3/.test(name));
    const { realSystemd } = await import('./systemd-real.ts');
    await import('./database.ts');
    realSystemd().close();
    const before = packages().length;
    await realSystemd({ address: 'unix:path=/nowhere' }).systemState().catch(() => {});
    console.log(JSON.stringify([before, packages().length > 0]));`;
  const options = { cwd: import.meta.dirname, encoding: 'utf8', timeout: 60_000 } as const;
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], options);
  t.equal(run.stdout, '[0,true]\n', `none before the first call, some after it ${run.stderr}`);
});
