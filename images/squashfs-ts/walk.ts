import { type RawEntry, readDirectory } from './directory.ts';
import { corrupt, SquashfsError } from './error.ts';
import { type DirectoryInode, type Inode, readInode } from './inode.ts';
import { MAX_DEPTH } from './limits.ts';
import { type InodeReference, keyOf } from './place.ts';
import type { Volume } from './volume.ts';

/** An inode met on the way, with its path relative to where the walk began. */
export interface Step {
  readonly path: string;
  readonly reference: InodeReference;
  readonly inode: Inode;
}

/** A directory that is being read. */
interface Level {
  /** What its entries' paths begin with. */
  readonly prefix: string;
  /** Its place, by which it is known again; undefined for the one in which the walk began. */
  readonly key: number | undefined;
  readonly runs: AsyncGenerator<readonly RawEntry[]>;
  run: readonly RawEntry[];
  /** The entry of `run` that comes next. */
  next: number;
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

async function nextEntry(level: Level): Promise<RawEntry | undefined> {
  if (level.next === level.run.length) {
    const { value } = await level.runs.next();
    if (value === undefined) return undefined;
    level.run = value;
    level.next = 0;
  }
  level.next += 1;
  return level.run[level.next - 1];
}

/** Goes down into a directory. Throws `loop` where it is one of its own ancestors, or too deep. */
function enter(volume: Volume, levels: Level[], prefix: string, directory: DirectoryInode, key?: number): void {
  if (key !== undefined && levels.some((level) => level.key === key)) {
    throw new SquashfsError('loop', `cannot walk the image: ${prefix} contains itself`);
  }
  if (levels.length > MAX_DEPTH) {
    throw new SquashfsError('loop', `cannot walk the image: more than ${MAX_DEPTH} directories inside each other`);
  }
  levels.push({ prefix, key, runs: readDirectory(volume, directory), run: [], next: 0 });
}

/**
 * Everything below a directory, depth first, names in byte order; symlinks are reported, not followed. Keeps one run of
 * entries for each level. Throws `loop`, `too-large`, `corrupt`.
 */
export async function* walkTree(
  volume: Volume,
  from: DirectoryInode,
  { maxEntries }: { readonly maxEntries: number },
): AsyncGenerator<Step> {
  const progress = { entries: 0, directories: 0, maxEntries };
  const levels: Level[] = [];
  enter(volume, levels, '', from);
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const entry = await nextEntry(level);
    if (entry === undefined) {
      levels.pop();
      continue;
    }
    const path = level.prefix + Buffer.from(entry.name).toString();
    const reference = entry.inode;
    const inode = await readInode(volume, reference);
    if (inode.type !== entry.type) throw corrupt(`cannot read ${JSON.stringify(path)}: listed as ${entry.type}`);
    count(volume, progress, inode);
    yield { path, reference, inode };
    if (inode.type === 'directory') enter(volume, levels, `${path}/`, inode, keyOf(reference));
  }
}
