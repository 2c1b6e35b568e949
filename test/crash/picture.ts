/** A tree of files as data: read from a directory, written into one, compared. Paths begin with `/`, the tree's root. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export type Entry =
  | { readonly kind: 'file'; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: string };

/** Every path below the root and what is there; a directory comes before what is in it. The root itself is left out. */
export type Picture = ReadonlyMap<string, Entry>;

/** What is under `root`, and the inode of each path (`/` for the root). */
export function scan(root: string): { readonly picture: Picture; readonly inodes: ReadonlyMap<string, number> } {
  const picture = new Map<string, Entry>();
  const inodes = new Map([['/', lstatSync(root).ino]]);
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = join(folder, name);
      const stats = lstatSync(join(root, path));
      const mode = stats.mode & 0o7777;
      inodes.set(path, stats.ino);
      if (stats.isDirectory()) {
        picture.set(path, { kind: 'directory', mode });
        visit(path);
      } else if (stats.isSymbolicLink()) {
        picture.set(path, { kind: 'symlink', target: readlinkSync(join(root, path)) });
      } else if (stats.isFile()) {
        // No Buffer: a slice of one would not be a copy.
        picture.set(path, { kind: 'file', mode, bytes: new Uint8Array(readFileSync(join(root, path))) });
      }
    }
  };
  visit('/');
  return { picture, inodes };
}

/** Makes the tree in `root`, which must be an empty directory. */
export function paint(picture: Picture, root: string): void {
  for (const [path, entry] of picture) {
    const at = join(root, path);
    if (entry.kind === 'symlink') {
      symlinkSync(entry.target, at);
      continue;
    }
    if (entry.kind === 'directory') mkdirSync(at);
    else writeFileSync(at, entry.bytes);
    chmodSync(at, entry.mode);
  }
}

/** What is at `path` and below it, by paths relative to it; empty where nothing is. */
export function below(picture: Picture, path: string): Picture {
  const found = new Map<string, Entry>();
  for (const [at, entry] of picture) {
    if (at === path) found.set('', entry);
    else if (at.startsWith(`${path}/`)) found.set(at.slice(path.length), entry);
  }
  return found;
}

const digests = new WeakMap<Uint8Array, string>();

function digestOfBytes(bytes: Uint8Array): string {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    digest = createHash('sha1').update(bytes).digest('base64');
    digests.set(bytes, digest);
  }
  return digest;
}

function line(path: string, entry: Entry): string {
  if (entry.kind === 'symlink') return `${path} -> ${entry.target}\n`;
  const mode = entry.mode.toString(8);
  if (entry.kind === 'directory') return `${path}/ ${mode}\n`;
  return `${path} ${mode} ${entry.bytes.length} ${digestOfBytes(entry.bytes)}\n`;
}

/** The same for equal trees. */
export function digestOf(picture: Picture): string {
  const hash = createHash('sha1');
  for (const [path, entry] of [...picture].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(line(path, entry));
  return hash.digest('hex');
}

/** One line for each path that differs. */
export function differences(a: Picture, b: Picture): string[] {
  const paths = [...new Set([...a.keys(), ...b.keys()])].sort();
  return paths.flatMap((path) => {
    const [left, right] = [a.get(path), b.get(path)].map((entry) =>
      entry === undefined ? '' : line('', entry).trim(),
    );
    return left === right ? [] : [`${path}: ${left || 'nothing'}, not ${right || 'nothing'}`];
  });
}
