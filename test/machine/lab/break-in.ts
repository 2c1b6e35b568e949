/** What happens to a device while it is off, or to its boot partition: files lost, places read. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Medium, PLACE_BYTES, PLACES, type Place } from '../../../bootloader/protocol/index.ts';
import type { DiskImage } from '../../../images/qemu/arguments.ts';
import { withDisk } from '../../../images/qemu/disk-access.ts';
import { findPartition, readPartition } from '../../../images/qemu/gpt.ts';
import { type Device, WAIT_MS } from './device.ts';

/** GPT name of each raw place. */
export const PARTITION_OF: Readonly<Record<Place, string>> = {
  'env-a': 'hf-env-a',
  'env-b': 'hf-env-b',
  good: 'hf-good',
  mark: 'hf-mark',
};

const CHUNK = 64 * 1024;

/** The four places of a disk that no machine is using. */
export function readMedium(image: DiskImage): Promise<Medium> {
  return withDisk(image, {}, async (disk) => {
    const medium: Partial<Record<Place, Uint8Array>> = {};
    for (const place of PLACES) medium[place] = await readPartition(disk, PARTITION_OF[place], { length: PLACE_BYTES });
    return medium as Medium;
  });
}

/** Takes files away from the boot partition of a device that is off. */
export async function loseFromBootPartition(image: DiskImage, ...paths: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-fat-'));
  try {
    await withDisk(image, { writable: true }, async (disk) => {
      const partition = await findPartition(disk, 'system-boot');
      const before = await disk.read(partition.offset, partition.length);
      const file = join(folder, 'fat');
      await writeFile(file, before);
      for (const path of paths) await promisify(execFile)('mdel', ['-i', file, `::${path}`]);
      const after = await readFile(file);
      for (let at = 0; at < after.length; at += CHUNK) {
        const chunk = after.subarray(at, at + CHUNK);
        if (!chunk.equals(before.subarray(at, at + CHUNK))) await disk.write(partition.offset + at, chunk);
      }
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Installs a snap, and stops the machine where it would reset: the trial is armed, the device is off. */
export async function installAndStop(device: Device, name: string): Promise<DiskImage> {
  const { machine } = device;
  await machine.qmp('set-action', { reboot: 'shutdown' });
  await device.install(name);
  await machine.waitOff({ timeoutMs: WAIT_MS });
  if (machine.disk === undefined) throw new Error('the machine has no disk');
  return machine.disk;
}

/** Flips bits in the middle of the boot script, on the running device. */
export async function damageBootScript(device: Device): Promise<void> {
  await device.run("printf 'damaged' | dd of=/boot/uboot/boot.scr bs=1 seek=2000 conv=notrunc,fsync 2>/dev/null; sync");
}

/** Rots a file of the boot partition of the running device: what makes an arm64 kernel one is flipped. */
export async function rot(device: Device, path: string): Promise<void> {
  await device.run(`printf rot | dd of=/boot/uboot/${path} bs=1 seek=56 conv=notrunc,fsync 2>/dev/null; sync`);
}
