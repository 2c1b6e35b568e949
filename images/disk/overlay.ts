import { chmod, lstat, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskImageError } from './error.ts';

/** One change to the tree of a snap; `path` is relative to its root. Whatever was there before is replaced. */
export type OverlayEntry =
  | { readonly path: string; readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly path: string; readonly symlink: string }
  | { readonly path: string; readonly directory: true; readonly mode?: number }
  | { readonly path: string; readonly remove: true };

export type Overlay = readonly OverlayEntry[];

/**
 * The place of `path` below `tree`, its parents made where absent. A parent that is a symbolic link is refused: in a root file
 * system it may be absolute, and would lead into the machine that builds.
 */
async function placeOf(tree: string, path: string): Promise<string> {
  const parts = path.split('/');
  if (path.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new DiskImageError('bad-overlay', `cannot apply overlay: "${path}" is not a plain relative path`);
  let at = tree;
  for (const part of parts.slice(0, -1)) {
    at = join(at, part);
    const found = await lstat(at).catch(() => undefined);
    if (found === undefined) {
      await mkdir(at);
      await chmod(at, 0o755);
    } else if (!found.isDirectory())
      throw new DiskImageError(
        'bad-overlay',
        `cannot apply overlay: "${path}" leads through ${at.slice(tree.length + 1)}, not a directory`,
      );
  }
  return join(at, parts.at(-1) ?? '');
}

/** Applies changes in order. Modes are set whatever the umask: files 0644, directories 0755 unless told. */
export async function applyOverlay(tree: string, overlay: Overlay): Promise<void> {
  for (const entry of overlay) {
    const place = await placeOf(tree, entry.path);
    if ('directory' in entry) {
      await mkdir(place, { recursive: true });
      await chmod(place, entry.mode ?? 0o755);
      continue;
    }
    await rm(place, { recursive: true, force: true });
    if ('content' in entry) {
      await writeFile(place, entry.content);
      await chmod(place, entry.mode ?? 0o644);
    } else if ('symlink' in entry) await symlink(entry.symlink, place);
  }
}

/** An overlay as data for a cache key: contents as base64, so that bytes and text that are equal are equal here. */
export function overlayKey(overlay: Overlay): unknown {
  return overlay.map((entry) =>
    'content' in entry ? { ...entry, content: Buffer.from(entry.content).toString('base64') } : entry,
  );
}
