import t from 'tap';
import { SystemdError } from '../../system/systemd-error.ts';
import { FakeSystemd } from '../../system/systemd-fake.ts';
import { calmPorts } from './ports-calm.ts';
import { unitWitness } from './unit-evidence.ts';

t.test('state, result, restarts and last words of a unit are told', async (t) => {
  const service = { type: 'simple', result: 'signal', restarts: 2, mainPid: 0 };
  const systemd = new FakeSystemd({
    'a.service': { activeState: 'failed', subState: 'failed', service },
    'm.mount': { activeState: 'failed', subState: 'failed' },
  });
  let reads = 0;
  const logOf = async (unit: string) => [`word ${++reads} of ${unit}`];
  const witness = unitWitness({ systemd, ports: calmPorts({ logOf }) });
  const told = ['a.service: failed (failed), result signal, restarts 2', 'a.service: word 1 of a.service'];
  t.strictSame(await witness(['a.service']), told);
  t.strictSame(await witness(['a.service']), told, 'the same failure, the same words');
  systemd.set('a.service', { service: { ...service, restarts: 3 } });
  t.match(await witness(['a.service']), [/restarts 3/, 'a.service: word 2 of a.service']);
  t.match(await witness(['m.mount']), ['m.mount: failed (failed)', 'm.mount: word 3 of m.mount']);
  t.equal((await witness(['a', 'b', 'c', 'd', 'e', 'f'])).at(-1), 'and 2 more units');
});

t.test('a systemd that does not answer is no error', async (t) => {
  const systemd = new FakeSystemd();
  systemd.fail = () => new SystemdError('unavailable', 'no bus');
  const witness = unitWitness({ systemd, ports: calmPorts() });
  t.strictSame(await witness(['a.service']), ['a.service: systemd does not say how it is']);
});
