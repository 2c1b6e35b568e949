import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { placeBytes, recordVars } from '../../bootloader/protocol/index.ts';
import { type Layout, layoutImages, type PlacedStructure } from '../../gadget/layout.ts';
import type { DiskSnaps } from './blobs.ts';
import { DiskImageError } from './error.ts';

/** What the boot environment of a fresh device says: one good set, nothing tried, no previous one. */
function bootVars({ kernel, base, gadget }: DiskSnaps): Record<string, string> {
  return { snap_kernel: kernel.fileName, snap_core: base.fileName, snap_gadget: gadget.fileName, snap_gen: '0' };
}

function named({ structures }: Layout, name: string): PlacedStructure {
  const found = structures.find(({ structure }) => structure.name === name);
  if (found === undefined)
    throw new DiskImageError('bad-input', `cannot build a disk from this gadget: it has no structure ${name}`);
  return found;
}

/** Raw contents: the images that the gadget names, both environment copies and the record. */
export async function writeRaw(disk: string, layout: Layout, gadgetTree: string, snaps: DiskSnaps): Promise<void> {
  const sizes = new Map<string, number>();
  for (const { structure } of layout.structures)
    for (const content of structure.content)
      if (content.kind === 'image') sizes.set(content.image, (await stat(join(gadgetTree, content.image))).size);
  const file = await open(disk, 'r+');
  try {
    for (const placed of layout.structures)
      for (const { image, start } of layoutImages(placed, (name) => sizes.get(name) ?? 0))
        await file.write(await readFile(join(gadgetTree, image)), { position: start });
    const vars = bootVars(snaps);
    for (const name of ['hf-env-a', 'hf-env-b'])
      await file.write(placeBytes(vars), { position: named(layout, name).start });
    await file.write(placeBytes(recordVars(vars)), { position: named(layout, 'hf-good').start });
    // Empty but whole: a mark that cannot be read makes U-Boot complain on each boot.
    await file.write(placeBytes({}), { position: named(layout, 'hf-mark').start });
  } finally {
    await file.close();
  }
}
