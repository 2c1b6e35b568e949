import t from 'tap';
import { FakeSystemd } from '../../system/systemd-fake.ts';
import { servicesCheck } from './check-services.ts';
import type { Baseline } from './model.ts';
import { calmPorts } from './ports-calm.ts';

const signal = new AbortController().signal;
const services = ['snap.web.server.service', 'snap.web.worker.service'];
const baseline: Baseline = { units: [], services, links: [], takenAt: '2026-01-01T00:00:00Z' };

function played() {
  const systemd = new FakeSystemd(Object.fromEntries([...services, 'ssh.service'].map((name) => [name, {}])));
  const { run } = servicesCheck({ systemd, ports: calmPorts() }, baseline, 3);
  return { systemd, look: () => run(signal) };
}

t.test('services of snaps that are active pass; others are not looked at', async (t) => {
  const { systemd, look } = played();
  systemd.set('ssh.service', { activeState: 'failed' });
  systemd.set('snap.web.worker.service', { activeState: 'reloading' });
  t.strictSame(await look(), { state: 'pass', evidence: ['all of 2 services active'] });
});

t.test('none before, none missing', async (t) => {
  const { run } = servicesCheck({ systemd: new FakeSystemd(), ports: calmPorts() }, { ...baseline, services: [] }, 3);
  t.match(await run(signal), { state: 'pass', evidence: [/nothing to compare/] });
});

t.test('each way of not being active is told', async (t) => {
  const cases: readonly (readonly [activeState: string, subState: string, result: object])[] = [
    ['failed', 'failed', { state: 'fail', reason: /server.service, which ran before, failed/, final: true }],
    ['inactive', 'dead', { state: 'fail', reason: /is not active/, final: false }],
    ['deactivating', 'stop-sigterm', { state: 'fail', reason: /is not active/, final: false }],
    ['activating', 'auto-restart', { state: 'fail', reason: /had to be restarted/, final: false }],
    ['activating', 'start', { state: 'wait', waitingFor: 'snap.web.server.service to start' }],
  ];
  for (const [activeState, subState, result] of cases) {
    const { systemd, look } = played();
    systemd.set('snap.web.server.service', { activeState, subState });
    t.match(await look(), result, activeState);
  }
  const { systemd, look } = played();
  systemd.units.delete('snap.web.server.service');
  t.match(await look(), { state: 'fail', reason: 'snap.web.server.service, which ran before, is not active' });
});

t.test('a service that crashes again and again will not get better', async (t) => {
  const { systemd, look } = played();
  t.equal((await look()).state, 'pass');
  const service = { type: 'simple', result: 'exit-code', restarts: 3, mainPid: 9 };
  systemd.set('snap.web.worker.service', { service });
  t.match(await look(), {
    state: 'fail',
    reason: /worker.service, which ran before, is restarted over and over/,
    final: true,
    evidence: ['snap.web.worker.service: active (running), result exit-code, restarts 3'],
  });
});
