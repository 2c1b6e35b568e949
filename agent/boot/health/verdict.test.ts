import t from 'tap';
import { remembered } from './history.ts';
import type { CheckResult, HealthPolicy, Sample, Verdict } from './model.ts';
import { judge, passingSince, personVerdict } from './verdict.ts';

const times = { intervalSeconds: 1, timeoutSeconds: 10 };
const policy: HealthPolicy = {
  target: 'default.target',
  deadlineSeconds: 300,
  marginSeconds: 5,
  settleSeconds: 30,
  patienceSeconds: 60,
  checks: [
    { id: 'target', kind: 'target', weight: 'required', ...times },
    { id: 'link', kind: 'link', weight: 'required', ...times },
    { id: 'store', kind: 'store', weight: 'wanted', ...times },
  ],
  commandWeights: {},
  commandLimits: { seconds: 30, outputBytes: 1024, memoryMiB: 64 },
  storeUrl: '',
};

const pass: CheckResult = { state: 'pass', evidence: [] };
const wait: CheckResult = { state: 'wait', waitingFor: 'it', evidence: ['not yet'] };
const fail: CheckResult = { state: 'fail', reason: 'no link', evidence: ['now: none'], final: false };
const final: CheckResult = { state: 'fail', reason: 'dead', evidence: ['it is dead'], final: true };

/** Samples of an agent that started at 20 s of uptime. */
function samples(check: string, ...pairs: readonly (readonly [uptime: number, result: CheckResult])[]): Sample[] {
  return pairs.map(([uptimeSeconds, result]) => ({ check, uptimeSeconds, agentSeconds: uptimeSeconds - 20, result }));
}

const target = (...pairs: readonly (readonly [number, CheckResult])[]) => samples('target', ...pairs);
const link = (...pairs: readonly (readonly [number, CheckResult])[]) => samples('link', ...pairs);
const store = (...pairs: readonly (readonly [number, CheckResult])[]) => samples('store', ...pairs);

t.test('a trial is judged by what was seen', (t) => {
  const seen = store([25, pass]);
  const good = [...seen, ...target([25, pass], [55, pass])];
  const cases: readonly (readonly [string, Verdict['kind'], now: number, history: readonly Sample[]])[] = [
    ['nothing seen yet', 'pending', 20, []],
    ['one required check not looked at', 'pending', 60, good],
    ['both pass, not settled', 'pending', 56, [...good, ...link([26, pass], [54, pass])]],
    ['both pass and settled', 'good', 56, [...good, ...link([25, pass], [55, pass])]],
    ['settled for one of them only', 'pending', 60, [...good, ...link([40, pass], [60, pass])]],
    ['time after the last look does not count', 'pending', 90, [...good, ...link([26, pass], [54, pass])]],
    ['a wait is a break', 'pending', 60, [...good, ...link([25, pass], [40, wait], [41, pass], [60, pass])]],
    ['a failure is a break', 'pending', 60, [...good, ...link([25, pass], [40, fail], [41, pass], [60, pass])]],
    [
      'a break and a full settling',
      'good',
      72,
      [...good, ...target([72, pass]), ...link([25, pass], [40, fail], [41, pass], [72, pass])],
    ],
    ['a failure that may pass', 'pending', 70, [...good, ...link([30, fail], [70, fail])]],
    ['a failure that lasted', 'bad', 90, [...good, ...link([30, fail], [90, fail])]],
    [
      'a failure that lasted, with a break in between',
      'pending',
      90,
      [...good, ...link([30, fail], [60, wait], [90, fail])],
    ],
    [
      'a failure before the target was reached does not count',
      'pending',
      100,
      [...target([22, wait], [80, pass]), ...link([22, fail], [100, fail])],
    ],
    [
      'a failure that lasted since the target was reached',
      'bad',
      141,
      [...target([22, wait], [80, pass]), ...link([22, fail], [141, fail])],
    ],
    ['a final failure', 'bad', 22, target([22, final])],
    ['a final failure of what is only wanted', 'pending', 26, [...target([25, pass]), ...store([26, final])]],
    [
      'wanted checks fail',
      'good',
      56,
      [...store([25, fail]), ...target([25, pass], [55, pass]), ...link([25, pass], [55, pass])],
    ],
    [
      'a wanted check not looked at yet',
      'pending',
      56,
      [...target([25, pass], [55, pass]), ...link([25, pass], [55, pass])],
    ],
    [
      'a wanted check never looked at',
      'good',
      296,
      [...target([25, pass], [295, pass]), ...link([25, pass], [295, pass])],
    ],
    ['just before the deadline', 'pending', 294, target([294, wait])],
    ['the deadline, target not reached', 'bad', 295, target([294, wait])],
    ['the deadline, nothing seen at all', 'bad', 295, []],
    [
      'the deadline, reached too late to settle',
      'bad',
      296,
      [...seen, ...target([281, pass], [296, pass]), ...link([281, pass], [296, pass])],
    ],
    [
      'settled near the deadline',
      'good',
      296,
      [...seen, ...target([265, pass], [295, pass]), ...link([265, pass], [295, pass])],
    ],
    [
      'healthy, but after the deadline',
      'bad',
      301,
      [...seen, ...target([265, pass], [295, pass]), ...link([265, pass], [295, pass])],
    ],
    [
      'a restarted agent has not lived long enough',
      'pending',
      200,
      [...seen, ...target([100, pass], [200, pass]), ...link([100, pass], [200, pass])].map((s) => ({
        ...s,
        agentSeconds: 2,
      })),
    ],
  ];
  for (const [what, kind, now, history] of cases) t.equal(judge(policy, history, now).kind, kind, what);
  t.end();
});

t.test('a verdict says what decided it', (t) => {
  t.match(
    judge(policy, target([22, { ...wait, evidence: ['still waiting: slow.service', 'failed: bad.service'] }]), 296),
    {
      kind: 'bad',
      check: 'target',
      reason: 'default.target was not reached within 300 s',
      evidence: ['still waiting: slow.service', 'failed: bad.service'],
    },
  );
  t.match(judge(policy, [], 296), {
    reason: 'target could not be looked at within 300 s',
    evidence: [/not looked at/],
  });
  const reached = target([25, pass]);
  t.match(judge(policy, [...reached, ...link([26, wait])], 296), {
    check: 'link',
    reason: 'waited in vain for it within 300 s',
  });
  t.match(judge(policy, [...reached, ...link([290, fail])], 296), {
    check: 'link',
    reason: 'no link, still so after 300 s',
  });
  t.match(judge(policy, [...reached, ...link([281, pass])], 296), {
    reason: 'the required checks passed too late to settle within 300 s',
    check: 'link',
    evidence: ['passing since 281 s of uptime'],
  });
  t.match(judge(policy, [...reached, ...link([30, fail], [95, fail])], 96), {
    check: 'link',
    reason: 'no link, without a break for 65 s',
    evidence: ['now: none'],
  });
  const both = [
    ...target(
      [25, pass],
      [30, { ...fail, reason: 'silent', evidence: [] }],
      [95, { ...fail, reason: 'silent', evidence: [] }],
    ),
    ...link([95, final]),
  ];
  t.match(
    judge(policy, both, 96),
    { check: 'link', reason: 'dead', evidence: ['it is dead', 'target: silent'] },
    'final first',
  );
  t.match(
    judge(policy, [...store([25, fail]), ...target([25, pass], [55, pass]), ...link([25, pass], [55, pass])], 56),
    {
      evidence: ['passing for 30 s: target, link', 'wanted only: store: no link'],
      checks: [{}, {}, { check: 'store', state: 'fail' }],
    },
  );
  t.end();
});

t.test('what is waited for is named', (t) => {
  const cases: readonly (readonly [string, readonly Sample[]])[] = [
    ['default.target to be reached', []],
    ['it', target([21, wait])],
    ['link to be looked at', target([21, pass])],
    ['link to pass: no link', [...target([21, pass]), ...link([21, fail])]],
    ['the system to stay up for 30 s', [...target([21, pass]), ...link([21, pass])]],
    ['store to be looked at', [...target([21, pass], [51, pass]), ...link([21, pass], [51, pass])]],
  ];
  for (const [waitingFor, history] of cases) t.strictSame(judge(policy, history, 52), { kind: 'pending', waitingFor });
  t.end();
});

t.test('that the target was reached once is not forgotten', (t) => {
  const history = [
    ...target([25, pass], [30, wait], [31, wait]),
    ...link([40, fail]),
    ...target([50, fail], [60, fail]),
    ...link([70, fail], [100, fail]),
  ];
  const kept = history.reduce<readonly Sample[]>((known, sample) => remembered(policy, known, sample), []);
  t.ok(kept.length < history.length);
  for (const known of [history, kept]) t.match(judge(policy, known, 101), { kind: 'bad', check: 'link' });
  t.end();
});

t.test('nothing required, nothing good', (t) => {
  const none = { ...policy, checks: policy.checks.filter(({ weight }) => weight === 'wanted') };
  t.equal(judge(none, store([21, pass], [200, pass]), 201).kind, 'pending');
  t.match(judge(none, store([21, pass], [296, pass]), 296), {
    kind: 'bad',
    evidence: ['no required check was looked at'],
  });
  t.end();
});

t.test('the word of a person carries what the checks found', (t) => {
  const history = [...target([25, pass]), ...link([26, fail])];
  t.match(personVerdict(policy, history, { kind: 'good', reason: 'I see it' }), {
    kind: 'good',
    by: 'person',
    evidence: ['confirmed by a person: I see it', 'link: no link', 'store: not looked at'],
  });
  t.match(personVerdict(policy, history, { kind: 'bad', reason: '' }), {
    kind: 'bad',
    by: 'person',
    reason: 'rejected by a person',
    checks: [{ check: 'target' }, { check: 'link', state: 'fail' }, {}],
  });
  t.end();
});

/** Numbers below `n`, the same ones for the same seed (mulberry32). */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return (((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * n;
  };
}

const results = [pass, pass, pass, pass, wait, fail, pass, fail];

t.test('whatever is seen: no verdict without evidence, and none missing at the deadline', (t) => {
  const kinds = { good: 0, bad: 0 };
  for (let seed = 1; seed <= 400; seed++) {
    const pick = random(seed);
    const moody = Math.floor(pick(5));
    let history: readonly Sample[] = [];
    let kept: readonly Sample[] = [];
    let now = 20;
    let verdict = judge(policy, history, now);
    while (verdict.kind === 'pending') {
      now += pick(seed % 7 === 0 ? 60 : 5);
      for (const { id } of policy.checks) {
        if (pick(4) < 1) continue;
        const result = pick(200) < 1 ? final : (results[Math.floor(pick(moody + 4))] ?? fail);
        const sample = { check: id, uptimeSeconds: now, agentSeconds: now - 20, result };
        history = [...history, sample];
        kept = remembered(policy, kept, sample);
      }
      verdict = judge(policy, history, now);
      if (JSON.stringify(judge(policy, kept, now)) !== JSON.stringify(verdict))
        t.fail(`seed ${seed}: what is remembered decides otherwise`);
      if (verdict.kind === 'pending' && now >= 295) t.fail(`seed ${seed}: no verdict at ${now} s`);
      if (kept.length > 12) t.fail(`seed ${seed}: ${kept.length} samples are kept`);
    }
    kinds[verdict.kind]++;
    if (verdict.evidence.length === 0 || verdict.checks.length !== policy.checks.length)
      t.fail(`seed ${seed}: no evidence`);
    const since = passingSince(policy, history);
    if (
      verdict.kind === 'good' &&
      (since === undefined || now - since < 30 || now >= 300 || brokenAfter(history, now - 30))
    )
      t.fail(`seed ${seed}: good without 30 s of evidence`);
    const last = new Map(history.map((sample) => [sample.check, sample.result]));
    const isWell = ['target', 'link'].every((check) => last.get(check)?.state === 'pass');
    if (verdict.kind === 'bad' && isWell && now < 295) t.fail(`seed ${seed}: bad though all pass`);
  }
  t.ok(kinds.good > 40 && kinds.bad > 40, `both happen: ${JSON.stringify(kinds)}`);
  t.end();
});

/** A required check did not pass after `since`: told without the code under test. */
function brokenAfter(history: readonly Sample[], since: number): boolean {
  return history.some((s) => s.check !== 'store' && s.uptimeSeconds > since && s.result.state !== 'pass');
}
