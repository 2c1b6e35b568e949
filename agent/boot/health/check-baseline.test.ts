import t from 'tap';
import { FakeSystemd } from '../../system/systemd-fake.ts';
import { baselineCheck } from './check-baseline.ts';
import type { Baseline } from './model.ts';
import { calmPorts } from './ports-calm.ts';

const signal = new AbortController().signal;
const units = ['a.service', 'b.service', 'data.mount'];
const baseline: Baseline = { units, services: [], links: [], takenAt: '2026-01-01T00:00:00Z' };

function played(known: Baseline | undefined = baseline) {
  const systemd = new FakeSystemd(Object.fromEntries([...units, 'other.service'].map((name) => [name, {}])));
  const logs: string[] = [];
  const logOf = async (unit: string) => {
    logs.push(unit);
    return ['cannot open /dev/null'];
  };
  const { run } = baselineCheck({ systemd, ports: calmPorts({ logOf }) }, known, 3);
  const restarts = (name: string, count: number) =>
    systemd.set(name, { service: { type: 'simple', result: 'exit-code', restarts: count, mainPid: 1 } });
  return { systemd, logs, restarts, look: () => run(signal) };
}

t.test('units that do not fail pass', async (t) => {
  const { systemd, look } = played();
  t.strictSame(await look(), { state: 'pass', evidence: ['none of 3 units failed'] });
  systemd.set('other.service', { activeState: 'failed' });
  systemd.set('a.service', { activeState: 'inactive' });
  t.equal((await look()).state, 'pass', 'neither a stranger that failed nor one that ended');
});

t.test('without a baseline there is nothing to find fault with', async (t) => {
  const systemd = new FakeSystemd({ 'a.service': { activeState: 'failed' } });
  const { run } = baselineCheck({ systemd, ports: calmPorts() }, undefined, 3);
  t.match(await run(signal), { state: 'pass', evidence: [/nothing to compare/] });
});

t.test('a unit that failed will not get better, and its last words are kept', async (t) => {
  const { systemd, logs, look } = played();
  const service = { type: 'simple', result: 'exit-code', restarts: 1, mainPid: 0 };
  systemd.set('a.service', { activeState: 'failed', subState: 'failed', service });
  const failed = {
    state: 'fail',
    reason: 'a.service, which ran before, failed',
    final: true,
    evidence: ['a.service: failed (failed), result exit-code, restarts 1', 'a.service: cannot open /dev/null'],
  };
  t.match(await look(), failed);
  t.match(await look(), failed);
  t.strictSame(logs, ['a.service'], 'the log is read once');
  systemd.set('data.mount', { activeState: 'failed' });
  t.match(await look(), { reason: 'a.service (and 1 more), which ran before, failed' });
});

t.test('a unit that starts is waited for, one that starts again fails', async (t) => {
  const { systemd, look } = played();
  systemd.set('b.service', { activeState: 'activating', subState: 'start' });
  t.match(await look(), { state: 'wait', waitingFor: 'b.service to start' });
  systemd.set('b.service', { activeState: 'activating', subState: 'auto-restart' });
  t.match(await look(), { state: 'fail', reason: 'b.service, which ran before, had to be restarted', final: false });
});

t.test('a service that is found running each time, but another one, is seen', async (t) => {
  const { restarts, look } = played();
  restarts('a.service', 7);
  t.equal((await look()).state, 'pass', 'what was before the trial was watched is not counted');
  restarts('a.service', 8);
  t.match(await look(), { state: 'fail', reason: /had to be restarted/, final: false });
  t.equal((await look()).state, 'pass');
  restarts('a.service', 10);
  t.match(await look(), {
    state: 'fail',
    reason: 'a.service, which ran before, is restarted over and over',
    final: true,
  });
});

t.test('services that wait for each other by failing do not loop', async (t) => {
  const { systemd, restarts, look } = played();
  systemd.set('b.service', { activeState: 'activating', subState: 'auto-restart' });
  for (const count of [1, 5, 9]) {
    restarts('b.service', count);
    t.match(await look(), { state: 'fail', final: false });
  }
  systemd.set('b.service', { activeState: 'active', subState: 'running' });
  t.equal((await look()).state, 'pass');
});
