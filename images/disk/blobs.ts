import { chmod, mkdir, utimes } from 'node:fs/promises';
import { parse } from 'yaml';
import { EPOCH_SECONDS } from './epoch.ts';
import { DiskImageError } from './error.ts';
import { digestFile, type FileDigest } from './hash.ts';
import { run } from './run.ts';

/** A snap that goes into an image. */
export interface Blob extends FileDigest {
  /** The file on the machine that builds. */
  readonly path: string;
  readonly name: string;
  /** The file's name on the device, `<name>_<revision>.snap`. */
  readonly fileName: string;
}

/** The snaps of an image. */
export interface DiskSnaps {
  readonly gadget: Blob;
  readonly base: Blob;
  readonly kernel: Blob;
  readonly agent: Blob;
}

const SNAP_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Reads what an image needs to know of a snap: its name, from meta/snap.yaml, and its digest. */
export async function readBlob(path: string, revision: string): Promise<Blob> {
  const meta: unknown = parse(await run('unsquashfs', ['-cat', path, 'meta/snap.yaml']), { maxAliasCount: 0 });
  const name = meta !== null && typeof meta === 'object' && 'name' in meta ? meta.name : undefined;
  if (typeof name !== 'string' || !SNAP_NAME.test(name))
    throw new DiskImageError('bad-input', `cannot use ${path}: its meta/snap.yaml has no valid name`);
  return { path, name, fileName: `${name}_${revision}.snap`, ...(await digestFile(path)) };
}

/** Unpacks some files of a snap (all of it without a list) to `directory`, with the image's time stamp. */
export async function unpackSnap(snap: string, directory: string, files: readonly string[] = []): Promise<void> {
  await mkdir(directory, { recursive: true });
  await run('unsquashfs', ['-q', '-n', '-no-xattrs', '-f', '-d', directory, snap, ...files]);
}

/** Gives a file the mode and the time stamp of the image: file system tools copy both. */
export async function settle(file: string): Promise<string> {
  await chmod(file, 0o644);
  await utimes(file, EPOCH_SECONDS, EPOCH_SECONDS);
  return file;
}
