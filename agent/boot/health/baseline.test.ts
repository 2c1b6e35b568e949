import t from 'tap';
import { FakeSystemd, type FakeUnit } from '../../system/systemd-fake.ts';
import { parseBaseline, takeBaseline } from './baseline.ts';
import { calmPorts } from './ports-calm.ts';

const links = [{ name: 'eth0', addresses: ['10.0.2.15'] }];
const take = (units: Readonly<Record<string, FakeUnit>>) =>
  takeBaseline({ systemd: new FakeSystemd(units), ports: calmPorts({ links: () => links }), wallMs: () => 0 });
const service = (type: string) => ({ type, result: 'success', restarts: 0, mainPid: 1 });

t.test('what runs by itself is the baseline', async (t) => {
  const baseline = await take({
    'ssh.service': {},
    'snap.web.server.service': {},
    'data.mount': { subState: 'mounted' },
    'multi-user.target': { subState: 'active' },
    'dead.service': { activeState: 'inactive' },
    'broken.service': { activeState: 'failed' },
    'starting.service': { activeState: 'activating' },
    'setup.service': { subState: 'exited' },
    'long.service': { service: service('oneshot') },
    'by-timer.service': { triggeredBy: ['by-timer.timer'] },
    'snap.web.by-socket.service': { triggeredBy: ['snap.web.by-socket.socket'] },
    'user@1000.service': {},
    'run-user-1000.mount': {},
    'session-3.scope': {},
    'dev-vda.device': {},
    'system.slice': {},
  });
  t.strictSame(baseline, {
    units: ['ssh.service', 'snap.web.server.service', 'data.mount', 'multi-user.target'],
    services: ['snap.web.server.service'],
    links,
    takenAt: '1970-01-01T00:00:00.000Z',
  });
});

t.test('a baseline is the same after it was stored, and other data is none', async (t) => {
  const baseline = await take({ 'ssh.service': {} });
  t.strictSame(parseBaseline(JSON.parse(JSON.stringify(baseline))), baseline);
  const others: readonly unknown[] = [
    undefined,
    null,
    'x',
    [],
    {},
    { ...baseline, takenAt: 3 },
    { ...baseline, units: undefined },
    { ...baseline, units: [1] },
    { ...baseline, services: 'a' },
    { ...baseline, units: Array.from({ length: 2000 }, () => 'a') },
    { ...baseline, links: [{ name: 'eth0' }] },
    { ...baseline, links: [null] },
    { ...baseline, links: {} },
  ];
  for (const other of others) t.equal(parseBaseline(other), undefined, JSON.stringify(other)?.slice(0, 60));
});
