/** What is well before a trial: asked while clients still hear of the reboot, and kept with the trial. */
import { takeBaseline } from '../boot/health/baseline.ts';
import { defaultPolicy } from '../boot/health/defaults.ts';
import type { TrialLog } from '../boot/trial-log.ts';
import { inTime } from '../system/in-time.ts';
import type { DeviceWorld } from './world.ts';

/** A systemd that does not answer must not keep the device from its reboot, milliseconds. */
const patienceMillis = 20_000;
const pauseMillis = 1000;

/**
 * Keeps how the device is with trial `id`. Never rejects: without it the trial is judged by less, and the log says so. The
 * reboot waits for it, but not for long.
 */
export async function keepBaseline(world: DeviceWorld, trials: TrialLog, id: number): Promise<void> {
  const { systemd, health: ports, clock, say } = world;
  const unknown = (why: string) => say(`what is well before the trial is not known: ${why}`);
  try {
    const over = new AbortController();
    const work = async () => {
      await upAndRunning(world, over.signal);
      return takeBaseline({ systemd, ports, wallMs: () => clock.wallMs() });
    };
    const baseline = await inTime(patienceMillis, work()).finally(() => over.abort());
    if (baseline === undefined) unknown('systemd did not say in time');
    else trials.keepBaseline(id, baseline);
  } catch (error) {
    unknown(error instanceof Error ? error.message : String(error));
  }
}

/** A trial that is armed again early in a boot must not be held to what was not up yet. */
async function upAndRunning({ systemd, clock }: DeviceWorld, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await systemd.unitState(defaultPolicy.target)).activeState !== 'active') {
    await clock.sleep(pauseMillis, signal).catch(() => {});
  }
}
