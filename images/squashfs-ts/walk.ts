import { readDirectory } from './directory.ts';
import { corrupt, SquashfsError } from './error.ts';
import { type DirectoryInode, type Inode, readInode } from './inode.ts';
import { MAX_DEPTH } from './limits.ts';
import type { Place } from './metadata.ts';
import type { Volume } from './volume.ts';

/** An inode met on the way, with its path relative to where the walk began. */
export interface Step {
  readonly path: string;
  readonly inode: Inode;
}

/** What one walk has done so far. */
interface Progress {
  entries: number;
  directories: number;
  readonly maxEntries: number;
}

function count(volume: Volume, progress: Progress, inode: Inode): void {
  progress.entries += 1;
  if (progress.entries > progress.maxEntries) {
    throw new SquashfsError('too-large', `cannot walk the image: more than ${progress.maxEntries} entries`);
  }
  if (inode.type !== 'directory') return;
  progress.directories += 1;
  // Directories have one parent: meeting more of them than there are inodes means that some were met twice.
  if (progress.directories > volume.storage.superblock.inodeCount) {
    throw new SquashfsError('loop', 'cannot walk the image: a directory is listed more than once');
  }
}

const keyOf = (place: Place): number => place.block * 65536 + place.offset;

/**
 * Everything below a directory, depth first, names in byte order; symlinks are reported, not followed. Keeps one run of
 * entries for each level. Throws `loop`, `too-large`, `corrupt`.
 */
export async function* walkTree(
  volume: Volume,
  from: DirectoryInode,
  { maxEntries }: { readonly maxEntries: number },
): AsyncGenerator<Step> {
  yield* descend(volume, from, '', [], { entries: 0, directories: 0, maxEntries });
}

async function* descend(
  volume: Volume,
  directory: DirectoryInode,
  prefix: string,
  ancestors: readonly number[],
  progress: Progress,
): AsyncGenerator<Step> {
  if (ancestors.length > MAX_DEPTH) {
    throw new SquashfsError('loop', `cannot walk the image: more than ${MAX_DEPTH} directories inside each other`);
  }
  for await (const run of readDirectory(volume, directory)) {
    for (const entry of run) {
      const path = prefix + Buffer.from(entry.name).toString();
      const inode = await readInode(volume, entry.inode);
      if (inode.type !== entry.type) throw corrupt(`cannot read ${JSON.stringify(path)}: listed as ${entry.type}`);
      count(volume, progress, inode);
      yield { path, inode };
      if (inode.type !== 'directory') continue;
      const key = keyOf(entry.inode);
      if (ancestors.includes(key)) throw new SquashfsError('loop', `cannot walk the image: ${path} contains itself`);
      yield* descend(volume, inode, `${path}/`, [...ancestors, key], progress);
    }
  }
}
