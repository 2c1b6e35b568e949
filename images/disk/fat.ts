import { createHash } from 'node:crypto';
import type { PlacedStructure } from '../../gadget/layout.ts';
import { DiskImageError } from './error.ts';
import { SECTOR_BYTES } from './gpt.ts';
import { FIXED_TIME, run } from './run.ts';

/** A file to put on the boot partition; directories are made as needed. */
export interface FatFile {
  /** Path on the partition, without a leading slash. */
  readonly path: string;
  /** File of this machine; its time stamp is kept. */
  readonly from: string;
}

/** A volume number out of the label: FAT has 32 bits for it. */
function volumeId(label: string): string {
  return createHash('sha256').update(label).digest('hex').slice(0, 8);
}

function parents(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      found.add(parts.slice(0, index + 1).join('/'));
    });
  }
  return [...found].sort();
}

/** Makes a FAT file system inside a disk image, in place, with the files in the given order. No mount, no root. */
export async function makeFat(
  disk: string,
  { structure, start, end }: PlacedStructure,
  files: readonly FatFile[],
): Promise<void> {
  const label = structure.label ?? structure.name;
  if (label.length > 11)
    throw new DiskImageError('bad-input', `cannot label a FAT file system "${label}": at most 11 characters`);
  const bits = structure.filesystem === 'vfat-16' ? '16' : '32';
  await run('mkfs.vfat', [
    ...['--invariant', '-F', bits, '-s', '4', '-i', volumeId(label), '-n', label],
    ...[`--offset=${start / SECTOR_BYTES}`, disk, String((end - start) / 1024)],
  ]);
  const image = `${disk}@@${start}`;
  const directories = parents(files.map(({ path }) => path));
  if (directories.length > 0)
    await run('mmd', ['-i', image, ...directories.map((path) => `::/${path}`)], { env: FIXED_TIME });
  for (const { path, from } of files) await run('mcopy', ['-i', image, '-m', from, `::/${path}`], { env: FIXED_TIME });
}
