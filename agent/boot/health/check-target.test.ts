import t from 'tap';
import { SystemdError } from '../../system/systemd-error.ts';
import { FakeSystemd } from '../../system/systemd-fake.ts';
import { targetCheck } from './check-target.ts';

const signal = new AbortController().signal;

function played() {
  const systemd = new FakeSystemd({ 'default.target': {}, 'bad.service': { activeState: 'failed' } });
  const asked: string[] = [];
  systemd.fail = (member) => {
    asked.push(member);
    return undefined;
  };
  const { run } = targetCheck({ systemd }, 'default.target');
  return { systemd, asked, look: () => run(signal) };
}

t.test('an active target passes, and systemd is asked no more than that', async (t) => {
  const { asked, look } = played();
  t.strictSame(await look(), { state: 'pass', evidence: ['default.target is active'] });
  t.strictSame(asked, ['unitState']);
});

t.test('what hinders the target is told', async (t) => {
  const { systemd, look } = played();
  systemd.set('default.target', { activeState: 'inactive' });
  t.match(await look(), {
    state: 'wait',
    waitingFor: 'default.target to be reached',
    evidence: ['target state: inactive', 'failed: bad.service'],
  });
  systemd.jobList = [
    { id: 1, unit: 'waits.service', type: 'start', state: 'waiting' },
    { id: 2, unit: 'runs.service', type: 'start', state: 'running' },
  ];
  t.match(await look(), { evidence: ['target state: inactive', 'still waiting: runs.service', 'failed: bad.service'] });
  systemd.jobList = systemd.jobList.slice(0, 1);
  t.match(await look(), {
    evidence: ['target state: inactive', 'still waiting: waits.service', 'failed: bad.service'],
  });
});

t.test('an emergency will not get better', async (t) => {
  const { systemd, look } = played();
  systemd.set('default.target', { activeState: 'inactive' });
  systemd.state = 'maintenance';
  t.match(await look(), { state: 'fail', final: true, reason: /emergency mode/, evidence: ['failed: bad.service'] });
});

t.test('a systemd that does not answer may do so later', async (t) => {
  const { systemd, look } = played();
  systemd.fail = () => new SystemdError('unavailable', 'no bus');
  t.match(await look(), {
    state: 'fail',
    final: false,
    reason: 'systemd does not say whether default.target was reached',
    evidence: ['systemd: no bus'],
  });
});
