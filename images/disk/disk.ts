import { mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bootEnvironment, FLASH_BYTES } from '../../bootloader/scripts/flash.ts';
import { type Layout, layoutVolume } from '../../gadget/layout.ts';
import type { Volume } from '../../gadget/model.ts';
import { parseGadget } from '../../gadget/yaml.ts';
import { type DiskSnaps, readBlob, unpackSnap } from './blobs.ts';
import { bootFiles } from './boot-files.ts';
import { withScratch } from './cache.ts';
import { DiskImageError } from './error.ts';
import { makeExt4 } from './ext4.ts';
import { makeFat } from './fat.ts';
import { makeDisk } from './gpt.ts';
import { type Report, silent, step } from './progress.ts';
import { writeRaw } from './raw.ts';
import { run } from './run.ts';
import { writableEntries } from './writable.ts';

/** The revision that every snap of a fresh image has. */
export const IMAGE_REVISION = 'x1';

export interface DiskOptions {
  readonly cacheDir: string;
  /** Snap files; their names on the device come from their snap.yaml. */
  readonly gadget: string;
  readonly base: string;
  readonly kernel: string;
  readonly agent: string;
  /** The disk: raw, sparse. Replaced only when complete. */
  readonly outFile: string;
  readonly report?: Report;
}

function onlyVolume(text: string): { readonly volume: Volume; readonly layout: Layout } {
  const [volume, ...more] = parseGadget(text).volumes.values();
  if (volume === undefined || more.length > 0 || volume.schema !== 'gpt')
    throw new DiskImageError(
      'bad-input',
      'cannot build a disk from this gadget: it must have one volume, with schema gpt',
    );
  return { volume, layout: layoutVolume(volume) };
}

/**
 * Builds a disk as its gadget describes it: partition table, boot partition with the kernel's and the gadget's assets, boot
 * environment, writable partition with the snaps. Nothing is mounted and no root rights are needed; the bytes depend on the
 * snaps only.
 */
export async function buildDisk(options: DiskOptions): Promise<void> {
  const { cacheDir, outFile, report = silent } = options;
  const snaps: DiskSnaps = {
    gadget: await readBlob(options.gadget, IMAGE_REVISION),
    base: await readBlob(options.base, IMAGE_REVISION),
    kernel: await readBlob(options.kernel, IMAGE_REVISION),
    agent: await readBlob(options.agent, IMAGE_REVISION),
  };
  await step(report, 'building the disk', () =>
    withScratch(cacheDir, 'disk', async (scratch) => {
      const gadgetTree = join(scratch, 'gadget');
      const kernelTree = join(scratch, 'kernel');
      await unpackSnap(snaps.gadget.path, gadgetTree);
      await unpackSnap(snaps.kernel.path, kernelTree, ['kernel.img', 'initrd.img']);
      const { volume, layout } = onlyVolume(await readFile(join(gadgetTree, 'meta/gadget.yaml'), 'utf8'));
      const disk = join(scratch, 'disk.img');
      await makeDisk(disk, volume, layout);
      for (const placed of layout.structures) {
        const { role } = placed.structure;
        if (role === 'system-boot')
          await makeFat(disk, placed, await bootFiles(placed.structure, snaps, gadgetTree, kernelTree));
        if (role === 'system-data') await makeExt4(disk, placed, await writableEntries(scratch, snaps));
      }
      await writeRaw(disk, layout, gadgetTree, snaps);
      await mkdir(dirname(outFile), { recursive: true });
      await moveSparse(disk, outFile);
    }),
  );
}

/** Renames across file systems too, where `cp` keeps the holes. */
async function moveSparse(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await run('cp', ['--sparse=always', from, `${to}.part`]);
    await rename(`${to}.part`, to);
  }
}

/** Writes U-Boot's own environment as the image of QEMU's second flash bank, which takes files of exactly that size. Sparse. */
export async function buildFlash(outFile: string): Promise<void> {
  await mkdir(dirname(outFile), { recursive: true });
  const part = `${outFile}.part`;
  await writeFile(part, bootEnvironment());
  await truncate(part, FLASH_BYTES);
  await rename(part, outFile);
}
