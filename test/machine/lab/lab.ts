/**
 * What machine tests start from: the image with a short deadline, the payload with all snaps, and a device that has booted
 * once and is stopped at its shell. Built once for all test files, and again only when something it is made of changes.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheDir } from '../../../images/disk/cache.ts';
import { DEFAULT_GADGET_ARGS } from '../../../images/disk/gadget.ts';
import { buildImage } from '../../../images/disk/image.ts';
import type { Report } from '../../../images/disk/progress.ts';
import type { GuestService } from '../../../images/qemu/arguments.ts';
import { Machine } from '../../../images/qemu/machine.ts';
import { createOverlay } from '../../../images/qemu/qemu-img.ts';
import { readState, type SavedState } from '../../../images/qemu/saved-state.ts';
import { buildApps } from './app.ts';
import { Device } from './device.ts';
import { FAULTS, GOOD, WANTED } from './faults.ts';
import { buildSecondGadget } from './gadget.ts';
import { withLock } from './lock.ts';
import { enableServices, SERVICES } from './services.ts';
import { badFiles, buildPayload } from './snaps.ts';

const BUILD = fileURLToPath(new URL('../../../build', import.meta.url));

/** Seconds: a trial's deadline, and how long a healthy one is watched; a device in the field has 300 and 30. */
export const LAB_DEADLINE = 90;
export const LAB_SETTLE = 5;
/** Seconds for which something required may fail before the trial is bad; in the field 120. */
export const LAB_PATIENCE = 15;

export interface Lab {
  /** Files of the image. */
  readonly disk: string;
  readonly flash: string;
  readonly payload: string;
  /** The device at its shell, after its first boot, with the payload mounted. */
  readonly ready: SavedState;
  /** Fresh folders for machines; removed with the build directory. */
  readonly folder: string;
}

/** Builds what is missing; quick when all is there. Any number of processes may want it at once: one builds. */
export function openLab(report?: Report): Promise<Lab> {
  const folder = join(BUILD, 'lab');
  return withLock(join(folder, 'lock'), () => buildLab(folder, report));
}

async function buildLab(folder: string, report: Report | undefined): Promise<Lab> {
  const cacheDir = defaultCacheDir();
  const told = report === undefined ? {} : { report };
  const policy = `holdfast.deadline=${LAB_DEADLINE} holdfast.settle=${LAB_SETTLE} holdfast.patience=${LAB_PATIENCE}`;
  const gadgetArgs = `${DEFAULT_GADGET_ARGS} ${policy}`;
  const manifest = await buildImage({ cacheDir, outDir: folder, gadgetArgs, ...told });
  const file = (name: string): string => join(folder, 'image', name);
  const kernel = file('virt-kernel_x1.snap');
  const others = [
    ...(await badFiles(join(folder, 'bad'), kernel)),
    ...(await buildApps(cacheDir, join(folder, 'apps'))),
    await buildSecondGadget(cacheDir, join(folder, 'gadget'), gadgetArgs),
    file('holdfast_x1.snap'),
  ];
  const payload = await buildPayload([...GOOD, WANTED, ...FAULTS], others, {
    cacheDir,
    kernel,
    base: file('bookworm_x1.snap'),
    ...told,
  });
  const key = createHash('sha256')
    .update(JSON.stringify([manifest.inputs, payload, SERVICES, 'network']))
    .digest('hex')
    .slice(0, 16);
  const lab = { disk: file('disk.img'), flash: file('uboot-env.img'), payload, folder };
  const directory = join(folder, `ready-${key}`);
  if (!existsSync(directory)) {
    report?.('booting the device for the first time ...');
    for (const old of await readdir(folder))
      if (old.startsWith('ready-')) await rm(join(folder, old), { recursive: true });
    await saveReady(lab, directory);
  }
  return { ...lab, ready: await readState(directory) };
}

async function saveReady(lab: Omit<Lab, 'ready'>, directory: string): Promise<void> {
  const scratch = await mkdtemp(join(lab.folder, 'first-boot-'));
  const device = await powerOn(lab, scratch);
  await device.ready();
  await device.mountPayload();
  await enableServices(device);
  await device.machine.saveState(join(scratch, 'state'));
  await rename(join(scratch, 'state'), directory);
  await rm(scratch, { recursive: true });
}

/** A device switched on for the first time, in a folder of its own. */
export async function powerOn(
  lab: Omit<Lab, 'ready'>,
  directory: string,
  onSerial?: (text: string) => void,
): Promise<Device> {
  await mkdir(directory, { recursive: true });
  const disk = await createOverlay({ file: lab.disk, format: 'raw' }, join(directory, 'disk.qcow2'));
  const machine = await Machine.create({
    directory,
    disk,
    flash: lab.flash,
    payload: { file: lab.payload, format: 'raw' },
    network: true,
    ...(onSerial === undefined ? {} : { onSerial }),
  });
  await machine.start();
  return new Device(machine);
}

/** A device that goes on from the saved one, in a folder of its own. */
export async function resume(
  lab: Lab,
  directory: string,
  options: { readonly services?: readonly GuestService[] } = {},
): Promise<Device> {
  await rm(directory, { recursive: true, force: true });
  const machine = await Machine.fromState(lab.ready, { directory, ...options });
  await machine.start();
  return new Device(machine);
}
