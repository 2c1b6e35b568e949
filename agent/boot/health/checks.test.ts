import t from 'tap';
import { FakeSystemd } from '../../system/systemd-fake.ts';
import { checksOf } from './checks.ts';
import { defaultPolicy } from './defaults.ts';
import type { Baseline } from './model.ts';
import { withCommands } from './policy.ts';
import type { CheckWorld } from './ports.ts';
import { calmPorts } from './ports-calm.ts';

const commands = [{ id: 'command:virt/ping', weight: 'required', path: '/run/ping' }] as const;
const policy = { ...withCommands(defaultPolicy, commands), storeUrl: 'https://store.example' };
const service = 'snap.web.server.service';
const baseline: Baseline = {
  units: ['ssh.service'],
  services: [service],
  links: [{ name: 'eth0', addresses: ['10.0.2.15'] }],
  takenAt: '2026-01-01T00:00:00Z',
};

/** All is well, but for `fault`. */
function played(fault: Partial<CheckWorld> = {}, ports: Partial<CheckWorld['ports']> = {}): CheckWorld {
  return {
    systemd: new FakeSystemd({ 'default.target': {}, 'ssh.service': {}, [service]: {} }),
    disk: { replace: async () => {} },
    probeFile: '/w/probe',
    bootId: 'b',
    wallMs: () => Date.UTC(2026, 5, 1),
    ports: calmPorts({ links: () => baseline.links, ...ports }),
    commands,
    ...fault,
  };
}

async function notPassing(world: CheckWorld): Promise<string[]> {
  const signal = new AbortController().signal;
  const checks = checksOf(policy, world, baseline);
  t.strictSame(
    checks.map(({ id }) => id),
    policy.checks.map(({ id }) => id),
    'a check for each of the policy',
  );
  const results = await Promise.all(checks.map(async (check) => ({ id: check.id, result: await check.run(signal) })));
  return results.filter(({ result }) => result.state !== 'pass').map(({ id }) => id);
}

const refuse = async () => {
  throw new Error('out of order');
};

/** Units as they should be, and one that is not. */
function unit(name: string, activeState: string): Partial<CheckWorld> {
  const { systemd } = played();
  if (systemd instanceof FakeSystemd) systemd.set(name, { activeState });
  return { systemd };
}

t.test('where all is well all pass, and each fault is found by its check alone', async (t) => {
  const cases: readonly (readonly [check: string | undefined, CheckWorld])[] = [
    [undefined, played()],
    ['target', played(unit('default.target', 'inactive'))],
    ['baseline', played(unit('ssh.service', 'failed'))],
    ['services', played(unit(service, 'failed'))],
    ['durable-write', played({ disk: { replace: refuse } })],
    ['link', played({}, { links: () => [] })],
    ['clock', played({}, { clock: async () => ({ synchronized: false, knownMs: Date.UTC(2027, 0, 1) }) })],
    ['network', played({}, { hasDefaultRoute: async () => false })],
    ['store', played({}, { head: refuse })],
    ['command:virt/ping', played({}, { runCommand: async () => ({ how: 'exit', status: 1, output: [] }) })],
  ];
  for (const [check, world] of cases) t.strictSame(await notPassing(world), check === undefined ? [] : [check]);
  t.equal(cases.length - 1, policy.checks.length, 'every check was made to fail');
});

t.test('a command that is not there makes no check', (t) => {
  t.equal(checksOf(policy, played({ commands: [] }), baseline).length, policy.checks.length - 1);
  t.end();
});
