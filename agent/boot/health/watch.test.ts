import t from 'tap';
import { FakeClock } from '../../system/clock-fake.ts';
import type { Check, CheckKind, CheckPolicy, CheckResult, FinalVerdict, HealthPolicy, PersonVerdict } from './model.ts';
import { watchHealth } from './watch.ts';

const pass: CheckResult = { state: 'pass', evidence: [] };
const wait: CheckResult = { state: 'wait', waitingFor: 'default.target to be reached', evidence: [] };
const fail: CheckResult = { state: 'fail', reason: 'it fails', evidence: [], final: false };

const policy: HealthPolicy = {
  target: 'default.target',
  deadlineSeconds: 300,
  marginSeconds: 5,
  settleSeconds: 30,
  patienceSeconds: 60,
  checks: [],
  commandWeights: {},
  commandLimits: { seconds: 30, outputBytes: 1024, memoryMiB: 64 },
  storeUrl: '',
};

interface Played extends Partial<CheckPolicy> {
  readonly kind: CheckKind;
  /** What a look at this uptime finds; the check's own work takes place in `clock`. */
  readonly look: (now: number, clock: FakeClock, signal: AbortSignal) => CheckResult | Promise<CheckResult>;
}

const target: Played = { kind: 'target', look: () => pass };

/** Watches from 20 s of uptime on. */
async function watched(
  played: readonly Played[],
  options: Partial<HealthPolicy> & { person?: Promise<PersonVerdict> } = {},
) {
  const clock = new FakeClock({ monotonicMs: 20_000 });
  const now = () => clock.monotonicMs() / 1000;
  const looks: Record<string, number[]> = {};
  const checks: Check[] = [];
  const policies: CheckPolicy[] = [];
  for (const { look, ...rest } of played) {
    const full = { id: rest.kind, weight: 'required' as const, intervalSeconds: 5, timeoutSeconds: 10, ...rest };
    policies.push(full);
    const times: number[] = [];
    looks[full.id] = times;
    const run = async (signal: AbortSignal) => {
      times.push(now());
      return look(now(), clock, signal);
    };
    checks.push({ id: full.id, kind: full.kind, run });
  }
  const world = {
    uptimeSeconds: async () => now(),
    agentSeconds: () => now() - 20,
    sleep: (ms: number) => clock.sleep(ms),
    timer: (ms: number, then: () => void) => {
      const over = new AbortController();
      clock.sleep(ms, over.signal).then(then, () => {});
      return () => over.abort();
    },
  };
  const heard: string[] = [];
  const pending = (waitingFor: string) => {
    if (heard.at(-1) !== waitingFor) heard.push(waitingFor);
  };
  let verdict: FinalVerdict | undefined;
  const { person, ...changed } = options;
  const done = watchHealth(world, { ...policy, ...changed, checks: policies }, checks, pending, person).then((said) => {
    verdict = said;
  });
  while (verdict === undefined) await clock.advance(100);
  await done;
  return { verdict, heard, looks, now: now() };
}

t.test('a trial is watched until it has settled', async (t) => {
  const { verdict, heard, looks, now } = await watched([
    { ...target, look: (now) => (now < 40 ? wait : pass), intervalSeconds: 2 },
    { kind: 'link', look: (now) => (now < 50 ? fail : pass), intervalSeconds: 60 },
    { kind: 'store', look: () => fail, weight: 'wanted', intervalSeconds: 60 },
  ]);
  t.equal(verdict.kind, 'good');
  t.ok(now >= 130 && now < 131, `settled at ${now}: the link was seen at 100 s`);
  t.strictSame(heard, [
    'default.target to be reached',
    'link to be looked at',
    'link to pass: it fails',
    'the system to stay up for 30 s',
  ]);
  t.strictSame(
    looks['link']?.map(Math.floor),
    [40, 100, 130],
    'not before the target is reached, and once more at the end of the settling time',
  );
  t.equal(looks['store']?.length, 2);
  t.match(verdict.evidence, [/passing for 30 s: target, link/, 'wanted only: store: it fails']);
});

t.test('a target that is never reached is bad before the dead man speaks', async (t) => {
  const { verdict, now, looks } = await watched([
    { ...target, look: () => wait },
    { kind: 'link', look: () => pass },
  ]);
  t.match(verdict, { kind: 'bad', check: 'target', reason: 'default.target was not reached within 300 s' });
  t.ok(now >= 295 && now < 296, `at ${now}`);
  t.strictSame(looks['link'], []);
});

t.test('a failure is borne with for as long as the policy is patient', async (t) => {
  const { verdict, now } = await watched([target, { kind: 'link', look: () => fail }]);
  t.match(verdict, { kind: 'bad', check: 'link', reason: 'it fails, without a break for 60 s' });
  t.ok(now >= 80 && now < 82, `at ${now}`);
});

t.test('a final failure ends the watch at once', async (t) => {
  const { verdict, now } = await watched([
    target,
    { kind: 'baseline', look: (now) => (now < 40 ? pass : { ...fail, final: true }) },
  ]);
  t.match(verdict, { kind: 'bad', check: 'baseline', reason: 'it fails' });
  t.equal(Math.floor(now), 40);
});

t.test('a check that hangs holds up nothing but itself, and has failed', async (t) => {
  let aborted = 0;
  const hang = (_now: number, _clock: FakeClock, signal: AbortSignal) => {
    signal.addEventListener('abort', () => aborted++);
    return new Promise<CheckResult>(() => {});
  };
  const { verdict, now, looks } = await watched([
    { ...target, intervalSeconds: 2 },
    { kind: 'durable-write', look: hang, intervalSeconds: 10 },
  ]);
  t.match(verdict, {
    kind: 'bad',
    check: 'durable-write',
    reason: /gave no answer within 10 s, without a break for 6\d s/,
  });
  t.ok(now < 92, `at ${now}`);
  t.equal(looks['durable-write']?.length, 1, 'never twice at a time');
  t.ok((looks['target']?.length ?? 0) > 15, `${looks['target']?.length} looks at the target`);
  t.equal(aborted, 1);
  const wanted = await watched([target, { kind: 'store', weight: 'wanted', look: hang }]);
  t.match(wanted.verdict, { kind: 'good', checks: [{}, { check: 'store', state: 'fail', reason: /no answer/ }] });
});

t.test('a check that throws has failed', async (t) => {
  const { verdict } = await watched([
    target,
    {
      kind: 'link',
      look: () => {
        throw new Error('out of order');
      },
    },
  ]);
  t.match(verdict, { kind: 'bad', reason: /link could not be looked at: out of order, without a break/ });
});

t.test('commands run one after the other', async (t) => {
  let running = 0;
  let most = 0;
  const slow = async (_now: number, clock: FakeClock) => {
    most = Math.max(most, ++running);
    await clock.sleep(8000);
    running--;
    return pass;
  };
  const command = { kind: 'command', look: slow, intervalSeconds: 100, timeoutSeconds: 20 } as const;
  const { verdict } = await watched([target, ...['a', 'b', 'c'].map((id) => ({ ...command, id }))]);
  t.equal(verdict.kind, 'good');
  t.equal(most, 1);
});

t.test('a look under way at the deadline does not hold the verdict up', async (t) => {
  let aborted = 0;
  const hang = (_now: number, _clock: FakeClock, signal: AbortSignal) => {
    signal.addEventListener('abort', () => aborted++);
    return new Promise<CheckResult>(() => {});
  };
  const { verdict, now } = await watched([
    { ...target, look: (at, clock, signal) => (at < 280 ? wait : hang(at, clock, signal)), timeoutSeconds: 60 },
  ]);
  t.match(verdict, { kind: 'bad', reason: /not reached/ });
  t.equal(aborted, 1, 'nobody wants its answer any more');
  t.ok(now < 297, `at ${now}`);
});

t.test('a person decides at once', async (t) => {
  const said: PersonVerdict = { kind: 'bad', reason: 'no picture' };
  const { verdict, now } = await watched([target], { person: Promise.resolve(said) });
  t.match(verdict, { kind: 'bad', by: 'person', reason: 'rejected by a person: no picture' });
  t.ok(now < 21, `at ${now}`);
  const { promise, resolve } = Promise.withResolvers<PersonVerdict>();
  const speaking = (at: number) => {
    if (at >= 30) resolve({ kind: 'good', reason: '' });
    return wait;
  };
  const later = await watched([{ ...target, look: speaking }], { person: promise });
  t.match(later.verdict, { kind: 'good', by: 'person' });
  t.equal(Math.floor(later.now), 30);
});

t.test('a settling time of any length is kept in mind', async (t) => {
  const { verdict, now } = await watched([target, { kind: 'link', look: () => pass }], {
    settleSeconds: 4000,
    deadlineSeconds: 9000,
  });
  t.equal(verdict.kind, 'good');
  t.ok(now >= 4020 && now < 4022, `at ${now}`);
});
