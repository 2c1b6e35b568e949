/** Notes in the boot journal when systemd began and when the system was up: stages that every boot comes to, trial or not. */
import { defaultPolicy } from '../boot/health/defaults.ts';
import type { Parts } from './parts.ts';

const pauseMillis = 2000;
/** Where it is not reached by then, somebody else has to say why. */
const maxLooks = 300;

/** Looks until the target is active, and marks it and what came before. Never rejects; `signal` ends it. */
export async function markStages({ world, journal }: Parts, signal: AbortSignal): Promise<void> {
  for (let look = 0; look < maxLooks && !signal.aborted; look++) {
    const state = await world.systemd.unitState(defaultPolicy.target).catch(() => undefined);
    if (state?.activeState === 'active') {
      const [uptime, started] = await Promise.all([
        world.uptimeSeconds(),
        world.systemd.startedSeconds().catch(() => undefined),
      ]);
      // Together, so that they are one write.
      const systemd = started === undefined ? [] : [journal.mark('systemd', started)];
      await Promise.all([...systemd, journal.mark('target', uptime)]);
      return;
    }
    await world.clock.sleep(pauseMillis, signal).catch(() => {});
  }
}
