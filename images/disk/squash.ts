import { rename, rm } from 'node:fs/promises';
import { EPOCH_SECONDS } from './epoch.ts';
import { run } from './run.ts';

export interface SquashOptions {
  /** Extra lines in mksquashfs's pseudo file language: owners and modes that an ordinary user cannot give a file. */
  readonly pseudo?: readonly string[];
}

/**
 * Packs a tree as a snap: squashfs, zstd, everything owned by root, every time stamp the same. The bytes depend on the tree's
 * names, contents and modes only; modes in the tree must be readable by the one who builds.
 */
export async function squash(tree: string, outFile: string, options: SquashOptions = {}): Promise<void> {
  const temporary = `${outFile}.part`;
  await rm(temporary, { force: true });
  const pseudo = (options.pseudo ?? []).flatMap((line) => ['-p', line]);
  await run('mksquashfs', [
    ...[tree, temporary, '-noappend', '-quiet', '-no-progress', '-no-xattrs', '-all-root'],
    ...['-comp', 'zstd', '-Xcompression-level', '9', '-b', '131072'],
    ...['-all-time', String(EPOCH_SECONDS), '-mkfs-time', String(EPOCH_SECONDS)],
    ...pseudo,
  ]);
  await rename(temporary, outFile);
}
