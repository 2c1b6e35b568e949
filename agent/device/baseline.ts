/** What is well before a trial: asked while clients still hear of the reboot, and kept with the trial. */
import { takeBaseline } from '../boot/health/baseline.ts';
import type { TrialLog } from '../boot/trial-log.ts';
import { within } from '../system/within.ts';
import type { DeviceWorld } from './world.ts';

/** A systemd that does not answer must not keep the device from its reboot, milliseconds. */
const patienceMillis = 20_000;

/**
 * Keeps how the device is with trial `id`. Never rejects: without it the trial is judged by less, and the log says so. The
 * reboot waits for it, but not for long.
 */
export async function keepBaseline(world: DeviceWorld, trials: TrialLog, id: number): Promise<void> {
  const { systemd, health: ports, clock, say } = world;
  const unknown = (why: string) => say(`what is well before the trial is not known: ${why}`);
  try {
    const baseline = await within(patienceMillis, takeBaseline({ systemd, ports, wallMs: () => clock.wallMs() }));
    if (baseline === undefined) unknown('systemd did not say in time');
    else trials.keepBaseline(id, baseline);
  } catch (error) {
    unknown(error instanceof Error ? error.message : String(error));
  }
}
