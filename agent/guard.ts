/** One owner at a time: this daemon does not start beside snapd. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Layout } from './boot/layout.ts';
import { DeviceError } from './device/error.ts';
import type { Clock } from './system/clock.ts';
import type { Disk } from './system/disk.ts';
import { type HeldLock, takeLock } from './system/lock.ts';
import type { Native } from './system/native/native.ts';
import type { Systemd } from './system/systemd.ts';

/** An old daemon of ours may still be going down. */
const lockMillis = 2000;

export interface GuardWorld {
  readonly layout: Layout;
  readonly disk: Disk;
  readonly native: Native;
  readonly clock: Clock;
  readonly systemd: Pick<Systemd, 'unitState'>;
}

/**
 * Takes snapd's lock on the state, after making sure that snapd itself is not about to take it.
 * @throws DeviceError `snapd-runs`, LockError
 */
export async function takeOwnership({ layout, disk, native, clock, systemd }: GuardWorld): Promise<HeldLock> {
  // Asked only where snapd is installed: most devices of ours never load D-Bus for it.
  if (layout.snapdUnits.some((unit) => existsSync(unit))) {
    // Idle, snapd is its socket only, and the first request would bring it back. Our own unit stops both before it starts.
    for (const unit of ['snapd.service', 'snapd.socket']) {
      const { activeState } = await systemd.unitState(unit);
      if (activeState === 'active' || activeState === 'activating') {
        throw new DeviceError(
          'snapd-runs',
          `cannot take over this device: ${unit} is running; stop it first (systemctl stop snapd.socket snapd)`,
        );
      }
    }
  }
  await disk.mkdir(dirname(layout.stateLock));
  return takeLock(layout.stateLock, { native, clock, waitMs: lockMillis });
}
