/** Real power cuts inside the writes of the boot environment: one update is recorded, and replayed up to a byte of a write. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from '../../../bootloader/protocol/index.ts';
import type { DiskImage } from '../../../images/qemu/arguments.ts';
import { withDisk } from '../../../images/qemu/disk-access.ts';
import { findPartition } from '../../../images/qemu/gpt.ts';
import { Machine } from '../../../images/qemu/machine.ts';
import { createOverlay } from '../../../images/qemu/qemu-img.ts';
import { replay } from '../../../images/qemu/replay.ts';
import { type LogEntry, readWriteLog, writesTo } from '../../../images/qemu/write-log.ts';
import { PARTITION_OF } from './break-in.ts';
import { Device } from './device.ts';
import type { Lab } from './lab.ts';

/** Bytes of a 4096-byte write that reached the medium: inside and behind the CRC, inside the names, in the padding. */
export const CUT_OFFSETS: readonly number[] = [1, 4, 70, 150, 512, 2048, 4095];

export interface Recording {
  readonly log: string;
  /** The disk when recording began. */
  readonly base: DiskImage;
  /** Writes of the environment copies, in order. */
  readonly writes: readonly (LogEntry & { readonly place: Place })[];
}

/** Records a whole update, from the command to the confirmation. */
export async function recordUpdate(lab: Lab, snap: string, directory: string): Promise<Recording> {
  const log = join(directory, 'writes.log');
  const machine = await Machine.fromState(lab.ready, { directory });
  const { disk } = machine;
  if (disk === undefined) throw new Error('the saved device has no disk');
  await machine.start({ recordWrites: log });
  const device = new Device(machine);
  await device.install(snap);
  await device.confirmed();
  await machine.stop();
  const base: DiskImage = { file: join(lab.ready.directory, 'disk'), format: 'qcow2' };
  const writes = await withDisk({ file: log, format: 'raw' }, {}, async (source) => {
    const all = await readWriteLog(source);
    return withDisk(base, {}, async (before) => {
      const found: (LogEntry & { readonly place: Place })[] = [];
      for (const place of ['env-a', 'env-b'] as const) {
        const partition = await findPartition(before, PARTITION_OF[place]);
        found.push(...writesTo(all, partition).map((entry) => ({ ...entry, place })));
      }
      return found.sort((a, b) => a.index - b.index);
    });
  });
  return { log, base, writes };
}

/** The disk as a power cut left it that came when `bytes` bytes of `write` had reached the medium. */
export async function diskAfterCut(
  recording: Recording,
  write: LogEntry,
  bytes: number,
  directory: string,
): Promise<DiskImage> {
  await mkdir(directory, { recursive: true });
  return replay(recording.log, recording.base, join(directory, 'cut.qcow2'), { entries: write.index, torn: { bytes } });
}

/** Switches a device on that has this disk. */
export async function switchOn(lab: Lab, disk: DiskImage, directory: string): Promise<Device> {
  await mkdir(directory, { recursive: true });
  const own = await createOverlay(disk, join(directory, 'disk.qcow2'));
  const payload: DiskImage = { file: lab.payload, format: 'raw' };
  const machine = await Machine.create({ directory, disk: own, flash: lab.flash, payload, network: true });
  await machine.start();
  return new Device(machine);
}
