import t from 'tap';
import { FakeClock } from '../../system/clock-fake.ts';
import { defaultPolicy } from './defaults.ts';
import type { Check, CheckKind, CheckResult } from './model.ts';
import { runAgain } from './run-again.ts';

const pass: CheckResult = { state: 'pass', evidence: [] };
const fail: CheckResult = { state: 'fail', reason: 'it fails', evidence: ['so'], final: true };

async function again(looks: Readonly<Partial<Record<CheckKind, (now: number) => CheckResult | Promise<CheckResult>>>>) {
  const clock = new FakeClock({ monotonicMs: 20_000 });
  const now = () => clock.monotonicMs() / 1000;
  const asked: string[] = [];
  const checks = Object.entries(looks).map(([kind, look]): Check => {
    const run = async () => {
      asked.push(kind);
      return look(now());
    };
    return { id: kind, kind: kind as CheckKind, run };
  });
  const world = {
    uptimeSeconds: async () => now(),
    agentSeconds: () => now(),
    sleep: (ms: number) => clock.sleep(ms),
    timer: (ms: number, then: () => void) => {
      const over = new AbortController();
      clock.sleep(ms, over.signal).then(then, () => {});
      return () => over.abort();
    },
  };
  let failed: Awaited<ReturnType<typeof runAgain>> | undefined;
  const done = runAgain(world, defaultPolicy, checks).then((found) => {
    failed = found;
  });
  while (failed === undefined) await clock.advance(500);
  await done;
  return { failed, asked, now: now() };
}

t.test('a check that passes does not fail here, at once or after a while', async (t) => {
  const { failed, asked, now } = await again({ link: (now) => (now < 60 ? fail : pass), baseline: () => pass });
  t.strictSame(failed, []);
  t.ok(now >= 60 && now < 70, `at ${now}`);
  t.equal(asked.filter((kind) => kind === 'baseline').length, 1, 'once was enough');
});

t.test('a check that fails for as long as the policy is patient fails here, too', async (t) => {
  const { failed, now } = await again({ link: () => fail, store: () => pass, services: () => new Promise(() => {}) });
  t.match(failed, [
    { check: 'link', result: { state: 'fail', reason: 'it fails', evidence: ['so'] } },
    { check: 'services', result: { state: 'fail', reason: /no answer within 30 s/ } },
  ]);
  t.ok(now >= 140, `at ${now}`);
});

t.test('a check that the policy does not have is not run', async (t) => {
  const { failed, asked } = await again({ command: () => fail });
  t.strictSame([failed, asked], [[], []]);
});
