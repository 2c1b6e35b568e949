/**
 * The reboot that gets through. Each step is harsher than the one before and needs less of the system to be alive: logind
 * stops units in order; `systemctl reboot -ff` asks no manager; reboot(2) asks only the kernel; and when that hangs in a
 * driver, the watchdog is left unfed.
 */
import { type Clock, within } from './clock.ts';

export type RebootStepName = 'login1' | 'systemctl' | 'syscall' | 'silence';

export interface RebootStep {
  readonly name: RebootStepName;
  /** How long after its start the machine may still be up before the next step is taken. */
  readonly waitMs: number;
}

/** systemd gives a unit 90 s to stop by default; a reboot that is to save a device does not wait that long. */
export const REBOOT_STEPS: readonly RebootStep[] = [
  { name: 'login1', waitMs: 60_000 },
  { name: 'systemctl', waitMs: 15_000 },
  { name: 'syscall', waitMs: 5_000 },
  { name: 'silence', waitMs: 120_000 },
];

/** How each step is done. One that returns has only been accepted: whether it works shows by this process ending. */
export type RebootPorts = Readonly<Record<RebootStepName, (signal: AbortSignal) => Promise<void>>>;

export interface RebootOutcome {
  readonly step: RebootStepName;
  /** `failed`: refused, the next step was taken at once. `late`: the machine was still up after waitMs. */
  readonly outcome: 'failed' | 'late';
  readonly error?: unknown;
}

export interface RebootOptions {
  readonly steps?: readonly RebootStep[];
  /** Leaves the reason for the next boot. Started first and never waited for: nothing may delay the reboot. */
  readonly record?: () => Promise<void>;
  /** Told of each step as it begins, for the log. */
  readonly onStep?: (step: RebootStep) => void;
}

/** Runs a part whose failure must not stop the reboot. */
async function tolerate(part: () => unknown): Promise<void> {
  try {
    await part();
  } catch {}
}

/** Takes the steps one after the other. Resolves, to what became of each, only on a machine that cannot be rebooted. */
export async function reboot(ports: RebootPorts, clock: Clock, options: RebootOptions = {}): Promise<RebootOutcome[]> {
  void tolerate(async () => await options.record?.());
  const outcomes: RebootOutcome[] = [];
  for (const step of options.steps ?? REBOOT_STEPS) {
    await tolerate(() => options.onStep?.(step));
    outcomes.push(await take(step, ports, clock));
  }
  return outcomes;
}

async function take({ name, waitMs }: RebootStep, ports: RebootPorts, clock: Clock): Promise<RebootOutcome> {
  const end = clock.monotonicMs() + waitMs;
  try {
    await within(clock, waitMs, `reboot by ${name}`, async (signal) => await ports[name](signal));
  } catch (error) {
    return { step: name, outcome: clock.monotonicMs() < end ? 'failed' : 'late', error };
  }
  await clock.sleep(Math.max(0, end - clock.monotonicMs()));
  return { step: name, outcome: 'late' };
}
