/**
 * Where something is that may lie in the hands of others: a directory that is trusted, and the names that lead from it, of
 * which none is followed where it is a symlink.
 */
import { join } from 'node:path';
import { DiskError, diskErrorFrom } from '../disk-error.ts';
import { isErrno, type TreeCalls } from './calls.ts';

export interface Spot {
  /** Absolute. */
  readonly base: string;
  readonly way: readonly string[];
}

/** For people, and for what is announced of writes. */
export function pathAt({ base, way }: Spot, name = ''): string {
  return join(base, ...way, name);
}

/**
 * Lets `use` work with the open directory; `undefined` where there is none.
 * @throws DiskError `wrong-kind` where something on the way is no directory
 */
export async function atSpot<T>(
  calls: TreeCalls,
  spot: Spot,
  use: (dir: number) => Promise<T>,
): Promise<T | undefined> {
  const dir = opened(calls, spot);
  if (dir === undefined) return undefined;
  try {
    return await use(dir);
  } finally {
    calls.close(dir);
  }
}

function opened(calls: TreeCalls, spot: Spot): number | undefined {
  let dir: number | undefined;
  try {
    dir = calls.base(spot.base);
    for (const name of spot.way) {
      const next = calls.directory(dir, Buffer.from(name));
      calls.close(dir);
      dir = next;
    }
    return dir;
  } catch (error) {
    if (dir !== undefined) calls.close(dir);
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isErrno(error, 'ENOTDIR', 'ELOOP')) {
      throw new DiskError('wrong-kind', 'open', pathAt(spot), { detail: 'something on the way is no directory' });
    }
    throw diskErrorFrom(error, 'open', pathAt(spot));
  }
}
