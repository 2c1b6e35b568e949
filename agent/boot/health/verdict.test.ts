import t from 'tap';
import { defaultPolicy, type HealthPolicy, policyOf } from './policy.ts';
import { judge, type Observation, type TargetState, type Verdict } from './verdict.ts';
import { watchHealth } from './watch.ts';

const policy: HealthPolicy = { target: 'default.target', settleSeconds: 30, deadlineSeconds: 300, marginSeconds: 5 };
const active: TargetState = { kind: 'active' };
const waiting: TargetState = { kind: 'waiting', state: 'inactive', jobs: ['slow.service'], failed: ['bad.service'] };
const silent: TargetState = { kind: 'silent', error: 'no D-Bus' };
const emergency: TargetState = { kind: 'emergency', failed: [] };

/** Observations of an agent that started at 20 s of uptime. */
function seen(...pairs: readonly (readonly [uptime: number, target: TargetState])[]): Observation[] {
  return pairs.map(([uptimeSeconds, target]) => ({ uptimeSeconds, agentSeconds: uptimeSeconds - 20, target }));
}

t.test('a trial is judged by what was seen', (t) => {
  const cases: readonly (readonly [what: string, kind: Verdict['kind'], seen: Observation[]])[] = [
    ['nothing seen yet', 'pending', []],
    ['target reached, not settled', 'pending', seen([25, waiting], [30, active], [59, active])],
    ['target reached and settled', 'good', seen([25, waiting], [30, active], [60, active])],
    [
      'target active since before the agent, not yet watched for long enough',
      'pending',
      seen([21, active], [50, active]),
    ],
    ['target active since before the agent', 'good', seen([21, active], [51, active])],
    [
      'target active long before a restarted agent',
      'pending',
      [{ uptimeSeconds: 200, agentSeconds: 2, target: active }],
    ],
    ['a break starts the settling again', 'pending', seen([21, active], [45, waiting], [46, active], [75, active])],
    ['a break and a full settling', 'good', seen([21, active], [45, waiting], [46, active], [76, active])],
    ['a silent systemd is a break', 'pending', seen([21, active], [45, silent], [46, active], [60, active])],
    ['just before the deadline', 'pending', seen([294, waiting])],
    ['the deadline, target not reached', 'bad', seen([295, waiting])],
    ['the deadline, reached too late to settle', 'bad', seen([280, waiting], [281, active], [296, active])],
    ['the deadline, settled in the same moment', 'good', seen([264, waiting], [265, active], [295, active])],
    ['healthy, but after the deadline', 'bad', seen([264, waiting], [265, active], [301, active])],
    ['the deadline, systemd silent', 'bad', seen([296, silent])],
    ['emergency mode', 'bad', seen([22, emergency])],
  ];
  for (const [what, kind, observations] of cases) t.equal(judge(policy, observations).kind, kind, what);
  t.end();
});

t.test('a bad verdict says what was waited for', (t) => {
  t.strictSame(judge(policy, seen([296, waiting])), {
    kind: 'bad',
    reason: 'default.target was not reached within 300 s',
    evidence: ['target state: inactive', 'still waiting: slow.service', 'failed: bad.service'],
  });
  t.match(judge(policy, seen([296, silent])), { reason: /did not say/, evidence: ['systemd: no D-Bus'] });
  t.match(judge(policy, seen([296, active])), { kind: 'bad', reason: /too late to settle/ });
  t.end();
});

t.test('the command line comes before the defaults', (t) => {
  t.strictSame(policyOf({}), defaultPolicy);
  t.strictSame(policyOf({ deadlineSeconds: 20, settleSeconds: 3 }), {
    target: 'default.target',
    settleSeconds: 3,
    deadlineSeconds: 20,
    marginSeconds: 2,
  });
  t.end();
});

t.test('a trial is watched until the verdict is final', async (t) => {
  let now = 20;
  const heard: string[] = [];
  const world = {
    observe: async () => {
      if (now < 25) throw new Error('bus not there');
      return now < 40 ? waiting : active;
    },
    uptimeSeconds: async () => now,
    agentSeconds: () => now - 20,
    sleep: async (millis: number) => {
      now += millis / 1000;
    },
  };
  const verdict = await watchHealth(world, policy, (waitingFor) => heard.push(waitingFor));
  t.equal(verdict.kind, 'good');
  t.equal(now, 70);
  t.equal(heard[0], 'default.target to be reached');
  t.equal(heard.at(-1), 'the system to stay up for 30 s');
  now = 20;
  const patient = { ...policy, settleSeconds: 2000, deadlineSeconds: 4000 };
  t.equal((await watchHealth(world, patient, () => {})).kind, 'good', 'a long settling time is not forgotten');
  t.equal(now, 2040);
  now = 20;
  const late = await watchHealth({ ...world, observe: async () => waiting }, policy, () => {});
  t.match(late, {
    kind: 'bad',
    evidence: ['target state: inactive', 'still waiting: slow.service', 'failed: bad.service'],
  });
  t.equal(now, 295, 'the agent speaks before the dead man');
});
