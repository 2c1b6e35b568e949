/**
 * A device in the middle of a trial: the good kernel has booted as `virt-kernel_x2.snap`, all its checks pass, and it is
 * watched for so long that there is time for something to happen to it. Saved once, for all that begins there.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Machine } from '../../../images/qemu/machine.ts';
import { readState, type SavedState } from '../../../images/qemu/saved-state.ts';
import { Device } from './device.ts';
import { configure } from './harm.ts';
import { type Lab, openLab, resume } from './lab.ts';
import { withLock } from './lock.ts';

/** For how long that trial is watched, seconds: well before the deadline, and long enough for a few commands. */
export const LONG_SETTLE = 40;

export interface OpenTrial extends Lab {
  readonly trial: SavedState;
}

export async function openTrial(): Promise<OpenTrial> {
  const lab = await openLab();
  return withLock(join(lab.folder, 'trial.lock'), async () => {
    const directory = join(lab.folder, basename(lab.ready.directory).replace('ready-', 'trial-'));
    if (!existsSync(directory)) {
      for (const old of await readdir(lab.folder))
        if (old.startsWith('trial-')) await rm(join(lab.folder, old), { recursive: true });
      await saveTrial(lab, directory);
    }
    return { ...lab, trial: await readState(directory) };
  });
}

async function saveTrial(lab: Lab, directory: string): Promise<void> {
  const scratch = await mkdtemp(join(lab.folder, 'first-trial-'));
  const device = await resume(lab, join(scratch, 'machine'));
  await configure(device, { 'health.settle': `${LONG_SETTLE}s` });
  await device.install('good-kernel');
  await device.expect('holdfast: rule=try');
  await device.expect('holdfast# ');
  await device.run('systemctl is-system-running --wait');
  await device.heard(/trial: waiting for the system to stay up/);
  await device.machine.saveState(join(scratch, 'state'));
  await rename(join(scratch, 'state'), directory);
  await rm(scratch, { recursive: true });
}

/** That device, in a folder of its own. */
export async function resumeTrial(lab: OpenTrial, name: string): Promise<Device> {
  const directory = join(lab.folder, 'in-trial', name);
  await rm(directory, { recursive: true, force: true });
  const machine = await Machine.fromState(lab.trial, { directory });
  await machine.start();
  return new Device(machine);
}
