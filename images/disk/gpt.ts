import { truncate, writeFile } from 'node:fs/promises';
import type { Layout } from '../../gadget/layout.ts';
import { isPartition, type Volume } from '../../gadget/model.ts';
import { DiskImageError } from './error.ts';
import { guidOf } from './guid.ts';
import { run } from './run.ts';

export const SECTOR_BYTES = 512;
const MIB = 2 ** 20;

/** Number of the attribute that firmware looks for on the partition to boot from ("legacy BIOS bootable"). */
const LEGACY_BOOT = 2;

/** Room for the second partition table. */
const GPT_END_BYTES = 33 * SECTOR_BYTES;

/** Size of a disk with this layout: whole MiB, with room for the second partition table. */
export function diskSize(layout: Layout): number {
  return Math.ceil((layout.size + GPT_END_BYTES) / MIB) * MIB;
}

/** Arguments of sgdisk for a layout: exact places, fixed GUIDs. Pure. */
export function sgdiskArgs(volume: Volume, layout: Layout): string[] {
  const args = ['-a', '1', '-U', volume.id ?? guidOf(volume.name)];
  const partitions = layout.structures.filter(({ structure }) => isPartition(structure));
  partitions.forEach(({ structure, start, end }, index) => {
    if (start % SECTOR_BYTES !== 0 || end % SECTOR_BYTES !== 0)
      throw new DiskImageError(
        'bad-input',
        `cannot place ${structure.name}: its bounds are not multiples of ${SECTOR_BYTES} bytes`,
      );
    const number = index + 1;
    args.push('-n', `${number}:${start / SECTOR_BYTES}:${end / SECTOR_BYTES - 1}`);
    args.push('-c', `${number}:${structure.name}`, '-t', `${number}:${structure.type.split(',').at(-1) ?? ''}`);
    args.push('-u', `${number}:${structure.id ?? guidOf(`${volume.name}/${structure.name}`)}`);
    if (structure.role === 'system-boot') args.push('-A', `${number}:set:${LEGACY_BOOT}`);
  });
  return args;
}

/** Makes an empty sparse disk with the partition table of a layout, and checks that the table is there. */
export async function makeDisk(disk: string, volume: Volume, layout: Layout): Promise<void> {
  await writeFile(disk, '');
  await truncate(disk, diskSize(layout));
  await run('sgdisk', [...sgdiskArgs(volume, layout), disk]);
  const told = await run('sgdisk', ['-v', disk]);
  if (!told.includes('No problems found'))
    throw new DiskImageError('tool-failed', `cannot make the partition table of ${disk}: ${told}`);
}
