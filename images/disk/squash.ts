import { rename, rm } from 'node:fs/promises';
import { EPOCH_SECONDS } from './epoch.ts';
import { run } from './run.ts';

/** A file that is not simply root's: what an ordinary user cannot give a file of his tree. */
export interface OwnedFile {
  /** From the root of the snap, without a leading slash. */
  readonly path: string;
  /** Octal, as chmod takes it. */
  readonly mode: string;
  readonly group: number;
}

/**
 * Packs a tree as a snap: squashfs, zstd, everything owned by root save `owned`, every time stamp the same. The bytes depend on
 * the tree's names, contents and modes only; its files must be readable by the one who builds.
 */
export async function squash(tree: string, outFile: string, owned: readonly OwnedFile[] = []): Promise<void> {
  const temporary = `${outFile}.part`;
  await rm(temporary, { force: true });
  // Actions, not -all-root: that one wins over whatever a pseudo file or an action says of a single file.
  const actions = ['guid(0,0)@true'].concat(
    owned.flatMap(({ path, mode, group }) => [
      `guid(0,${group})@pathname(${path})`,
      `chmod(${mode})@pathname(${path})`,
    ]),
  );
  await run('mksquashfs', [
    ...[tree, temporary, '-noappend', '-quiet', '-no-progress', '-no-xattrs', '-root-mode', '755'],
    ...['-comp', 'zstd', '-Xcompression-level', '9', '-b', '131072'],
    ...['-all-time', String(EPOCH_SECONDS), '-mkfs-time', String(EPOCH_SECONDS)],
    ...actions.flatMap((action) => ['-action', action]),
  ]);
  await rename(temporary, outFile);
}
