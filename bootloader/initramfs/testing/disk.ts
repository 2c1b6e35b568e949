/** A small disk with the partitions of a Holdfast image, good or with one fault. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

export const CORE = 'base_x1.snap';
export const KERNEL = 'kernel_x1.snap';

const MIB = 1024 * 1024;

/** First MiB and size in MiB of each partition. */
const LAYOUT = {
  'hf-env-a': [1, 1],
  'system-boot': [2, 16],
  'hf-good': [18, 1],
  'hf-mark': [19, 1],
  'hf-journal': [20, 1],
  writable: [21, 40],
  'hf-env-b': [61, 1],
} as const;

export type PartitionName = keyof typeof LAYOUT;

/** Files of the two snaps. */
export interface Blobs {
  readonly base: string;
  readonly kernel: string;
}

/** What differs from the good disk. */
export interface Fault {
  /** How many bytes of the base are there; 'missing': no file of that name. */
  readonly base?: number | 'missing';
  /** Instead of the base's own SHA-256; 'missing': no record of the base at all. */
  readonly digest?: string;
  /** A program for debugfs, run on the writable file system. */
  readonly debugfs?: string;
  /** Where zeros are written: partition, offset, length. */
  readonly zeros?: readonly [PartitionName, number, number];
  /** The first partition table is gone. */
  readonly table?: 'missing';
}

/** The first sector of a partition. */
export function sectorOf(name: PartitionName): number {
  return (LAYOUT[name][0] * MIB) / 512;
}

async function writableImage(scratch: string, blobs: Blobs, fault: Fault): Promise<Buffer> {
  const tree = join(scratch, 'writable');
  const snaps = join(tree, 'system-data/var/lib/snapd/snaps');
  const digests = join(tree, 'system-data/var/lib/holdfast/digests');
  mkdirSync(snaps, { recursive: true });
  mkdirSync(digests, { recursive: true });
  const base = await readFile(blobs.base);
  const digest = fault.digest ?? createHash('sha256').update(base).digest('hex');
  if (digest !== 'missing') writeFileSync(join(digests, CORE), `${base.length} ${digest}\n`);
  copyFileSync(blobs.kernel, join(snaps, KERNEL));
  if (fault.base !== 'missing') writeFileSync(join(snaps, CORE), base.subarray(0, fault.base));
  const image = join(scratch, 'writable.img');
  run('mke2fs', '-q', '-t', 'ext4', '-L', 'writable', '-d', tree, image, `${LAYOUT.writable[1]}M`);
  if (fault.debugfs !== undefined) {
    writeFileSync(join(scratch, 'debugfs'), fault.debugfs);
    run('debugfs', '-w', '-f', join(scratch, 'debugfs'), image);
  }
  return readFile(image);
}

function makeTable(disk: string): void {
  run('truncate', '-s', '64M', disk);
  const partitions = Object.entries(LAYOUT).flatMap(([name, [start, size]], index) => {
    const range = `${index + 1}:${start * 2048}:${(start + size) * 2048 - 1}`;
    return ['-n', range, '-c', `${index + 1}:${name}`];
  });
  run('sgdisk', ...partitions, disk);
}

/** Makes `disk.img` in `scratch`; its path. */
export async function makeDisk(scratch: string, blobs: Blobs, fault: Fault): Promise<string> {
  const disk = join(scratch, 'disk.img');
  const fat = join(scratch, 'fat.img');
  makeTable(disk);
  run('mkfs.vfat', '-n', 'SYSTEM-BOOT', '-C', fat, String(LAYOUT['system-boot'][1] * 1024));
  const file = await open(disk, 'r+');
  await file.write(await readFile(fat), { position: LAYOUT['system-boot'][0] * MIB });
  await file.write(await writableImage(scratch, blobs, fault), { position: LAYOUT.writable[0] * MIB });
  const [name, offset, length] = fault.zeros ?? ['hf-good', 0, 0];
  await file.write(Buffer.alloc(length), { position: LAYOUT[name][0] * MIB + offset });
  if (fault.table === 'missing') await file.write(Buffer.alloc(33 * 512), 0, 33 * 512, 512);
  await file.close();
  return disk;
}

/** The first 4096 bytes of a partition, without the NULs at their end. */
export async function readRecord(disk: string, name: PartitionName, block = 0): Promise<string> {
  const file = await open(disk, 'r');
  const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, LAYOUT[name][0] * MIB + block * 4096);
  await file.close();
  return buffer.toString('latin1').replace(/\0+$/, '');
}
