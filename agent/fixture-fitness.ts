/** For tests: a device's boot sets on a simulated disk, all of them fit. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Medium, placeBytes } from '../bootloader/protocol/index.ts';
import { layoutUnder } from './boot/layout.ts';
import { makeSnap, temporaryDirectory } from './fixture.ts';
import type { CheckWorld } from './snaps/fitness/check.ts';
import { formatDigest } from './snaps/fitness/digest-record.ts';
import { SimDisk } from './system/disk-sim.ts';
import type { PowerSupply } from './system/power.ts';

export const layout = layoutUnder('/');

export const vars = {
  ...{ snap_kernel: 'k_x2.snap', snap_core: 'b_x1.snap', snap_gadget: 'g_x1.snap' },
  ...{ snap_prev: 'k_x1.snap b_x1.snap g_x1.snap' },
};

/** What is on the boot partition, by path below it. */
export const assets: Readonly<Record<string, string>> = {
  'k_x2.snap/kernel.img': 'kernel two '.repeat(20_000),
  'k_x2.snap/initrd.img': 'initrd two',
  'k_x2.snap/dtbs/v/a.dtb': 'tree two',
  'k_x1.snap/kernel.img': 'kernel one',
  'k_x1.snap/initrd.img': 'initrd one',
  'g_x1.snap/gadget.env': 'gadget_args=\n',
};

const types = { k: 'kernel', b: 'base', g: 'gadget' } as const;
const files = ['k_x2.snap', 'k_x1.snap', 'b_x1.snap', 'g_x1.snap'] as const;

export type Snaps = ReadonlyMap<string, Uint8Array>;

/** The bytes of every snap file; made once, as it takes a process each. */
export async function makeSnaps(t: { teardown(end: () => unknown): void }): Promise<Snaps> {
  const directory = await temporaryDirectory(t);
  const snaps = new Map<string, Uint8Array>();
  for (const file of files) {
    const [name = ''] = file.split('_');
    const type = types[name as keyof typeof types];
    const own = Object.entries(assets).filter(([path]) => path.startsWith(`${file}/`));
    const content = Object.fromEntries(own.map(([path, text]) => [path.slice(file.length + 1), text]));
    const path = join(directory, file);
    await makeSnap(path, { name: `${name}-snap`, type, ...(type === 'base' ? {} : { files: content }) });
    snaps.set(file, await readFile(path));
  }
  return snaps;
}

export function seedSnap(disk: SimDisk, file: string, bytes: Uint8Array): void {
  disk.seed(join(layout.snaps, file), bytes);
}

export function seedAsset(disk: SimDisk, path: string, text: string): void {
  disk.seed(join(layout.bootPartition, path), text);
}

/** A disk on which all is as it was written. */
export function fitDisk(snaps: Snaps, power?: PowerSupply): SimDisk {
  const disk = new SimDisk(power === undefined ? {} : { power });
  for (const [file, bytes] of snaps) {
    seedSnap(disk, file, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    disk.seed(join(layout.digests, file), formatDigest({ size: bytes.length, sha256 }));
  }
  for (const [path, text] of Object.entries(assets)) seedAsset(disk, path, text);
  return disk;
}

const copy = placeBytes(vars);
const medium: Medium = { 'env-a': copy, 'env-b': copy, good: copy, mark: undefined };

export function worldOf(disk: SimDisk): CheckWorld {
  return { disk, layout, env: { read: async () => medium } };
}

/** A snap of which one byte has flipped, in the middle. */
export function flipped(bytes: Uint8Array | undefined): Uint8Array {
  const other = Uint8Array.from(bytes ?? []);
  const middle = other.length >> 1;
  other[middle] = (other[middle] ?? 0) ^ 1;
  return other;
}
