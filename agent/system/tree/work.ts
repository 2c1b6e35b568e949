/** What can be asked to be done with trees, as data that goes to a worker, and how it is done. */
import { fchmodSync } from 'node:fs';
import { DiskError, diskErrorFrom } from '../disk-error.ts';
import { type Entry, isErrno, type TreeCalls } from './calls.ts';
import { copyTree } from './copy.ts';
import type { Pace } from './pace.ts';
import { removeTree } from './remove.ts';
import { atSpot, pathAt, type Spot } from './spot.ts';

export type TreeRequest = { readonly spot: Spot; readonly name: string } & (
  | { readonly op: 'look' | 'remove' | 'rmdir' }
  | { readonly op: 'mkdir'; readonly mode: number }
  | { readonly op: 'rename'; readonly to: string }
  | { readonly op: 'copy'; readonly to: string }
);

/** What has a name. */
export type Found = Pick<Entry, 'kind' | 'isSymlink' | 'identity'>;

/** For `look`: what is there. `undefined` where there is nothing, or where there was nothing to do. */
export type TreeAnswer = Found | 'done' | undefined;

const suffix = '.holdfast~';

/** What a copy is called until it is complete. */
export function unfinishedName(name: string): string {
  return `.${name}${suffix}`;
}

/** What is there beside it meanwhile. */
export function linksName(name: string): string {
  return `.${name}.links${suffix}`;
}

/** Durable when it resolves. @throws DiskError, WorkStopped */
export async function doTreeWork(calls: TreeCalls, request: TreeRequest, pace: Pace): Promise<TreeAnswer> {
  const { spot, name } = request;
  try {
    return await atSpot(calls, spot, (dir) => work(calls, request, dir, pace));
  } catch (error) {
    if (isAnswered(request.op, error)) return undefined;
    throw error instanceof DiskError || !(error instanceof Error) || !('errno' in error || 'code' in error)
      ? error
      : diskErrorFrom(error, verbs[request.op], pathAt(spot, name));
  }
}

const verbs: Readonly<Record<TreeRequest['op'], string>> = {
  ...{ look: 'look at', remove: 'remove', rmdir: 'remove', mkdir: 'create', rename: 'rename', copy: 'copy' },
};

async function work(calls: TreeCalls, request: TreeRequest, dir: number, pace: Pace): Promise<TreeAnswer> {
  const name = Buffer.from(request.name);
  switch (request.op) {
    case 'look': {
      const { kind, isSymlink, identity } = calls.stat(dir, name);
      return { kind, isSymlink, identity };
    }
    case 'remove':
      await removeTree(calls, dir, name, pace);
      break;
    case 'rmdir':
      calls.rmdir(dir, name);
      break;
    case 'mkdir':
      await mkdir(calls, dir, request, pace);
      break;
    case 'rename':
      calls.rename(dir, name, dir, Buffer.from(request.to));
      break;
    case 'copy':
      await copy(calls, dir, request, pace);
      return 'done';
  }
  calls.fsync(dir);
  return 'done';
}

/** The directory has its mode as soon as it has its name. */
async function mkdir(
  calls: TreeCalls,
  dir: number,
  { name, mode }: Extract<TreeRequest, { op: 'mkdir' }>,
  pace: Pace,
): Promise<void> {
  const unfinished = Buffer.from(unfinishedName(name));
  if (isThere(calls, dir, Buffer.from(name))) return;
  await removeTree(calls, dir, unfinished, pace);
  calls.mkdir(dir, unfinished);
  const fd = calls.directory(dir, unfinished);
  try {
    fchmodSync(fd, mode);
    calls.fsync(fd);
  } finally {
    calls.close(fd);
  }
  calls.rename(dir, unfinished, dir, Buffer.from(name));
}

function isThere(calls: TreeCalls, dir: number, name: Uint8Array): boolean {
  try {
    calls.stat(dir, name);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** What a copy that was cut short has left is in the way of none. */
async function copy(
  calls: TreeCalls,
  dir: number,
  request: Extract<TreeRequest, { op: 'copy' }>,
  pace: Pace,
): Promise<void> {
  const names = { from: Buffer.from(request.name), to: Buffer.from(unfinishedName(request.to)) };
  const links = Buffer.from(linksName(request.to));
  await removeTree(calls, dir, names.to, pace);
  await removeTree(calls, dir, links, pace);
  await copyTree(calls, { dir, ...names, links }, pace);
  calls.syncfs(dir);
}

/** True for what means that there is nothing to do it to, or that it is so already. */
function isAnswered(op: TreeRequest['op'], error: unknown): boolean {
  if (isErrno(error, 'ENOENT')) return op !== 'copy';
  if (op === 'rmdir') return isErrno(error, 'ENOTEMPTY', 'EEXIST');
  return op === 'mkdir' && isErrno(error, 'EEXIST');
}
