import { findEntry } from './directory.ts';
import { corrupt, SquashfsError } from './error.ts';
import { type DirectoryInode, type Inode, readInode, type SymlinkInode } from './inode.ts';
import { MAX_LOOKUP_ENTRIES, MAX_SYMLINKS } from './limits.ts';
import type { Volume } from './volume.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The inode of the root directory. Throws `corrupt`. */
export async function readRoot(volume: Volume): Promise<DirectoryInode> {
  const root = await readInode(volume, volume.storage.superblock.rootInode);
  if (root.type !== 'directory') throw corrupt(`cannot read squashfs: the root is a ${root.type}`);
  return root;
}

function notFound(path: string, why: string): SquashfsError {
  return new SquashfsError('not-found', `cannot find ${JSON.stringify(path)} in the image: ${why}`);
}

/** A symlink's target as path components; one that leads to the root of the host leads outside. */
function targetOf(link: SymlinkInode, path: string): string[] {
  let target: string;
  try {
    target = decoder.decode(link.target);
  } catch {
    throw notFound(path, 'a symlink on the way is not UTF-8');
  }
  if (target.startsWith('/')) throw notFound(path, `a symlink leads outside, to ${JSON.stringify(target)}`);
  return target.split('/');
}

/**
 * The inode that a path names. Paths are relative to the image's root, a leading "/" changes nothing. Symlinks are followed
 * inside the image only (the last one if `follow` is set): absolute targets and ".." above the root are `not-found`,
 * more than 40 are a `loop`. Also throws `not-a-directory` where a path goes on below something else, `corrupt`, and `too-large` after
 * looking at 1048576 entries.
 */
export async function resolvePath(volume: Volume, path: string, follow: boolean): Promise<Inode> {
  const trail: DirectoryInode[] = [await readRoot(volume)];
  const pending = path.split('/').reverse();
  const budget = { entries: MAX_LOOKUP_ENTRIES };
  let links = 0;
  let current: Inode | undefined;
  while (pending.length > 0) {
    const name = pending.pop() ?? '';
    if (current !== undefined) {
      if (current.type !== 'directory') {
        throw new SquashfsError(
          'not-a-directory',
          `cannot find ${JSON.stringify(path)}: part of it is a ${current.type}`,
        );
      }
      trail.push(current);
      current = undefined;
    }
    if (name === '' || name === '.') continue;
    if (name === '..') {
      trail.pop();
      if (trail.length === 0) throw notFound(path, 'it leads outside');
      continue;
    }
    const directory = trail.at(-1);
    const found = directory && (await findEntry(volume, directory, Buffer.from(name), budget));
    if (found === undefined) throw notFound(path, `there is no ${JSON.stringify(name)}`);
    const inode = await readInode(volume, found.inode);
    if (inode.type !== found.type) throw corrupt(`cannot read ${JSON.stringify(path)}: listed as ${found.type}`);
    const isLast = pending.length === 0;
    if (inode.type === 'symlink' && (follow || !isLast)) {
      links += 1;
      if (links > MAX_SYMLINKS)
        throw new SquashfsError('loop', `cannot find ${JSON.stringify(path)}: too many symlinks`);
      pending.push(...targetOf(inode, path).reverse());
    } else {
      current = inode;
    }
  }
  return current ?? trail.at(-1) ?? readRoot(volume);
}
