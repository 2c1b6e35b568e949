/** Notes in the boot journal when systemd began and when the system was up: stages that every boot comes to, trial or not. */
import { defaultPolicy } from '../boot/health/defaults.ts';
import type { Parts } from './parts.ts';

const pauseMillis = 2000;
/** Where it is not reached by then, somebody else has to say why. */
const maxLooks = 300;

/** Looks until the target is active, and marks it and what came before. Never rejects; `signal` ends it. */
export async function markStages({ world, journal }: Parts, signal: AbortSignal): Promise<void> {
  const { systemd } = world;
  for (let look = 0; look < maxLooks && !signal.aborted; look++) {
    const started = await systemd.startedSeconds().catch(() => undefined);
    if (started !== undefined) await journal.mark('systemd', started);
    const state = await systemd.unitState(defaultPolicy.target).catch(() => undefined);
    if (state?.activeState === 'active') {
      await journal.mark('target', await world.uptimeSeconds());
      return;
    }
    await world.clock.sleep(pauseMillis, signal).catch(() => {});
  }
}
