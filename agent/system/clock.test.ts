import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootId, type ClockError, realClock, within } from './clock.ts';
import { FakeClock } from './clock-fake.ts';
import { REBOOT_STEPS, type RebootPorts, type RebootStepName, reboot } from './reboot.ts';
import { rebootPorts } from './reboot-ports.ts';
import { FakeSystemd } from './systemd-fake.ts';

t.test('the real clock runs forward and waits', async (t) => {
  const before = realClock.monotonicMs();
  await realClock.sleep(2);
  t.ok(realClock.monotonicMs() > before);
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  t.ok(Math.abs(uptime - realClock.monotonicMs()) < 3_600_000, 'from the start of the machine, give or take its sleep');
  t.ok(Math.abs(realClock.wallMs() - Date.now()) < 60_000);
  await t.rejects(realClock.sleep(1e6, AbortSignal.abort()), { name: 'AbortError' });
});

t.test('bootId is a UUID, the same for every process of a boot', async (t) => {
  t.match(bootId(), /^[0-9a-f-]{36}$/);
  const script = `import { bootId } from './clock.ts'; process.stdout.write(bootId())`;
  const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const;
  t.equal(spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], options).stdout, bootId());
  const folder = t.testdir({ bad: 'not a boot id' });
  for (const name of ['bad', 'missing'])
    t.throws(() => bootId(join(folder, name)), { name: 'ClockError', code: 'no-boot-id' });
});

t.test('the fake clock wakes sleepers in the order of their times', async (t) => {
  const clock = new FakeClock({ monotonicMs: 100, wallMs: 1_000_000 });
  const woken: string[] = [];
  const sleep = (name: string, ms: number): Promise<unknown> =>
    clock.sleep(ms).then(() => woken.push(`${name} ${clock.monotonicMs()}`));
  const all = [sleep('late', 30), sleep('early', 10).then(() => sleep('again', 5)), sleep('never', 1000)];
  await clock.advance(30);
  t.strictSame(woken, ['early 110', 'again 115', 'late 130']);
  t.equal(clock.wallMs(), 1_000_030);
  clock.setWall(5);
  t.equal(clock.monotonicMs(), 130, 'setting the time of day moves no deadline');
  await clock.advance(1000);
  await Promise.all(all);
  const abort = new AbortController();
  const aborted = clock.sleep(10, abort.signal);
  abort.abort(new Error('enough'));
  await t.rejects(aborted, { message: 'enough' });
});

t.test('within gives the result in time, the error, or late and an aborted signal', async (t) => {
  const clock = new FakeClock();
  t.equal(await within(clock, 10, 'add', async () => 42), 42);
  await t.rejects(
    within(clock, 10, 'fail', () => Promise.reject(new Error('broken'))),
    { message: 'broken' },
  );
  let aborted = false;
  const hangs = within(clock, 10, 'hang', async (signal) => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    await new Promise(() => {});
  }).catch((error: ClockError) => `${error.code}: ${error.message}`);
  await clock.advance(10);
  t.equal(await hangs, 'late: cannot hang within 10 ms');
  t.ok(aborted);
});

type Behaviour = 'accepts' | 'fails' | 'hangs';

/** Runs the escalation on a machine that never goes down; when each step was begun, in seconds, and what became of it. */
async function escalate(behaviour: Partial<Record<RebootStepName, Behaviour>>, record?: () => Promise<void>) {
  const clock = new FakeClock();
  const begun: string[] = [];
  const port = (name: RebootStepName) => async (): Promise<void> => {
    begun.push(`${name} at ${clock.monotonicMs() / 1000}`);
    if (behaviour[name] === 'fails') throw new Error(`${name} is broken`);
    if (behaviour[name] === 'hangs') await new Promise(() => {});
  };
  const ports: RebootPorts = {
    ...{ login1: port('login1'), systemctl: port('systemctl'), syscall: port('syscall'), silence: port('silence') },
  };
  const steps: string[] = [];
  const onStep = ({ name }: { name: string }): void => {
    steps.push(name);
    throw new Error('a broken log must not stop a reboot');
  };
  const done = reboot(ports, clock, { onStep, ...(record && { record }) });
  await clock.advance(1_000_000);
  return { begun, steps, outcomes: (await done).map(({ step, outcome }) => `${step} ${outcome}`) };
}

const ALL = ['login1', 'systemctl', 'syscall', 'silence'] as const;

t.test('a reboot takes each step at its deadline, whether it was accepted or hangs', async (t) => {
  for (const how of ['accepts', 'hangs'] as const) {
    const { begun, steps, outcomes } = await escalate(Object.fromEntries(ALL.map((name) => [name, how])));
    t.strictSame(begun, ['login1 at 0', 'systemctl at 60', 'syscall at 75', 'silence at 80'], how);
    t.strictSame(
      outcomes,
      ALL.map((name) => `${name} late`),
    );
    t.strictSame(steps, ALL);
  }
});

t.test('a reboot takes the next step at once when one is refused', async (t) => {
  const { begun, outcomes } = await escalate({ login1: 'fails', systemctl: 'fails', syscall: 'accepts' });
  t.strictSame(begun, ['login1 at 0', 'systemctl at 0', 'syscall at 0', 'silence at 5']);
  t.strictSame(outcomes, ['login1 failed', 'systemctl failed', 'syscall late', 'silence late']);
});

t.test('a record that fails or never ends does not delay the reboot', async (t) => {
  const records = [() => Promise.reject(new Error('no space')), () => new Promise<void>(() => {})];
  for (const record of records) t.equal((await escalate({}, record)).begun[0], 'login1 at 0');
});

t.test('the steps of a reboot are bounded, and the last one is longer than a watchdog', async (t) => {
  t.strictSame(
    REBOOT_STEPS.map(({ name }) => name),
    ALL,
  );
  for (const { name, waitMs } of REBOOT_STEPS) t.ok(waitMs >= 1000 && waitMs <= 120_000, name);
});

t.test('the ports of a reboot ask logind, run systemctl, call the kernel, fall silent', async (t) => {
  const folder = t.testdir();
  const systemd = new FakeSystemd();
  const asked: string[] = [];
  const native = (): { rebootNow(): void } => ({ rebootNow: () => asked.push('reboot(2)') });
  const silence = (): number => asked.push('silence');
  const ports = rebootPorts({ systemd, native, silence, command: ['touch', join(folder, 'ran')] });
  const { signal } = new AbortController();
  for (const name of ALL) await ports[name](signal);
  t.strictSame(systemd.calls, ['reboot']);
  t.ok(existsSync(join(folder, 'ran')), 'the command ran');
  t.strictSame(asked, ['reboot(2)', 'silence']);

  const broken = rebootPorts({ systemd, native, silence, command: ['false'] });
  await t.rejects(broken.systemctl(signal), { code: 1 }, 'a command that fails is a refusal');
  const hanging = rebootPorts({ systemd, native, silence, command: ['sleep', '1000'] });
  await t.rejects(hanging.systemctl(AbortSignal.timeout(20)), { name: 'AbortError' }, 'one that hangs is ended');
});
