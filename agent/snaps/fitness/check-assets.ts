/**
 * A snap's files on the boot partition against the snap. The snap is the copy that they are mended from, one at a time: each
 * gets its new content in one step, so at no moment is less there than before.
 */
import { dirname, join } from 'node:path';
import type { Disk, StreamResult } from '../../system/disk.ts';
import { DiskError } from '../../system/disk-error.ts';
import { type Asset, extractAssets } from '../assets.ts';
import type { FitnessState } from './finding.ts';
import { calmly, digestOf, type Pause } from './reading.ts';

export interface AssetCheck {
  /** Path in the snap, and below its directory on the boot partition. */
  readonly path: string;
  readonly state: FitnessState;
  readonly reason: string;
  readonly mended: boolean;
}

/**
 * Compares `directory` with `assets`, and mends what differs where `mayMend`: where the snap itself is known to be fit.
 * @throws Disturbed, SquashfsError where the snap cannot be read
 */
export async function checkAssets(
  disk: Disk,
  assets: readonly Asset[],
  directory: string,
  mayMend: boolean,
  pause: Pause,
): Promise<AssetCheck[]> {
  if ((await disk.stat(directory)) === undefined) return missingDirectory(disk, assets, directory, mayMend, pause);
  const checks: AssetCheck[] = [];
  for (const asset of assets) {
    const expected = await digestOf(asset.stream(), pause);
    const path = join(directory, asset.path);
    const { state, reason } = await compare(disk, path, expected, pause);
    const why = state === 'fit' || !mayMend ? undefined : await mend(disk, asset, path, expected, pause);
    const mended = mayMend && state !== 'fit' && why === undefined;
    checks.push({ path: asset.path, state, reason: why === undefined ? reason : `${reason}; ${why}`, mended });
  }
  return checks;
}

async function compare(disk: Disk, path: string, expected: StreamResult, pause: Pause) {
  const found = (state: FitnessState, reason: string) => ({ state, reason });
  try {
    const stat = await disk.stat(path);
    if (stat === undefined) return found('missing', 'it is not on the boot partition');
    if (stat.kind !== 'file') return found('rotten', `it is a ${stat.kind}`);
    if (stat.size !== expected.size) return found('rotten', `it has ${stat.size} bytes instead of ${expected.size}`);
    const there = await digestOf(disk.readStream(path), pause);
    return there.sha256 === expected.sha256 ? found('fit', '') : found('rotten', 'it differs from what the snap holds');
  } catch (error) {
    if (error instanceof DiskError) return found('rotten', error.message);
    throw error;
  }
}

/** Gives a file its content again; why not, where that cannot be done. */
async function mend(disk: Disk, asset: Asset, path: string, expected: StreamResult, pause: Pause) {
  return tried(async () => {
    await disk.mkdir(dirname(path));
    await disk.writeStream(path, calmly(asset.stream(), pause), { maxBytes: expected.size, expected });
  });
}

async function missingDirectory(
  disk: Disk,
  assets: readonly Asset[],
  directory: string,
  mayMend: boolean,
  pause: Pause,
): Promise<AssetCheck[]> {
  const calm = assets.map((asset) => ({ ...asset, stream: () => calmly(asset.stream(), pause) }));
  const why = mayMend ? await tried(() => extractAssets(disk, calm, directory, () => {})) : undefined;
  const reason = 'its directory is not on the boot partition';
  return assets.map(({ path }) => ({
    ...{ path, state: 'missing' as const, mended: mayMend && why === undefined },
    reason: why === undefined ? reason : `${reason}; ${why}`,
  }));
}

/** What the medium refused, in words. */
async function tried(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof DiskError) return error.message;
    throw error;
  }
}
