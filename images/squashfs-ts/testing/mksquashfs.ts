import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export const run = promisify(execFile);

/** Entries that only root could put into a real tree, as mksquashfs pseudo-file definitions. */
export const PSEUDO_ENTRIES: readonly string[] = [
  'dev d 755 0 0',
  'dev/console c 620 0 5 5 1',
  'dev/big c 600 0 0 300 70000',
  'dev/vda b 660 0 6 254 3',
  'dev/pipe i 644 0 0 f',
  'dev/socket i 777 0 0 s',
  'owned m 4750 1000 33',
];

/** Packs a tree with the real mksquashfs and returns the image's path. */
export async function mksquashfs(
  tree: string,
  image: string,
  { options = [], pseudo = [] }: { readonly options?: readonly string[]; readonly pseudo?: readonly string[] } = {},
): Promise<string> {
  const fixed = ['-noappend', '-no-progress', '-quiet', '-no-xattrs', '-processors', '1'];
  const definitions = pseudo.flatMap((line) => ['-p', line]);
  await run('mksquashfs', [tree, image, ...fixed, ...options, ...definitions]);
  return image;
}

/** The same, as bytes. */
export async function squashedBytes(
  tree: string,
  image: string,
  options: { readonly options?: readonly string[]; readonly pseudo?: readonly string[] } = {},
): Promise<Uint8Array> {
  return new Uint8Array(await readFile(await mksquashfs(tree, image, options)));
}

/** Packs a tar archive, and returns the image's path. */
export function squashTar(archive: Uint8Array, image: string, options: readonly string[] = []): Promise<string> {
  const fixed = ['-tar', '-exports', '-noappend', '-no-progress', '-quiet', '-processors', '1'];
  return new Promise((resolve, reject) => {
    const child = execFile('mksquashfs', ['-', image, ...fixed, ...options], (error) =>
      error === null ? resolve(image) : reject(error),
    );
    // Where it ends early, its exit status says so.
    child.stdin?.on('error', () => {}).end(archive);
  });
}

/** Appends entries to an image as mksquashfs does: tables and all are written once more behind the old data. */
export async function appendPseudo(
  image: string,
  empty: string,
  pseudo: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  const fixed = ['-no-progress', '-quiet', '-processors', '1', '-no-recovery', ...options];
  await run('mksquashfs', [empty, image, ...fixed, ...pseudo.flatMap((line) => ['-p', line])]);
}
