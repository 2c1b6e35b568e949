/**
 * Reads the good and the previous set as they lie on the medium, and mends what has a copy. A fallback that nobody reads is
 * found to be rotten only when it is needed.
 */
import { join } from 'node:path';
import { type Medium, readBootState } from '../../../bootloader/protocol/index.ts';
import type { Layout } from '../../boot/layout.ts';
import type { Disk, StreamResult } from '../../system/disk.ts';
import { DiskError } from '../../system/disk-error.ts';
import { listAssets } from '../assets.ts';
import { type AssetCheck, checkAssets } from './check-assets.ts';
import { checkSnapFile, type SnapCheck } from './check-snap.ts';
import { formatDigest } from './digest-record.ts';
import type { Finding } from './finding.ts';
import { openImage, type Pause } from './reading.ts';
import { type Target, targetsOf } from './targets.ts';

export interface CheckWorld {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly env: { read(): Promise<Medium> };
}

/** Checks both sets. @throws Disturbed */
export async function checkSets(world: CheckWorld, pause: Pause): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const target of targetsOf(readBootState(await world.env.read()))) {
    findings.push(...(await checkTarget(world, target, pause)));
  }
  return findings;
}

async function checkTarget(world: CheckWorld, target: Target, pause: Pause): Promise<Finding[]> {
  const snap = await checkSnapFile(world.disk, world.layout, target.file, pause);
  const assets = await assetsOf(world, target, snap, pause);
  const { there, ...found } = snap;
  const isProven = snap.state === 'no-record' && assets.length > 0 && assets.every(({ state }) => state === 'fit');
  const mended = isProven && there !== undefined && (await recordAgain(world, target.file, there));
  return [
    { ...target, what: 'snap', ...found, mended },
    ...assets.map(({ path, ...asset }) => ({ ...target, what: path, ...asset })),
  ];
}

/** The assets of a snap against what it holds; where it is not fit itself, it says nothing about them. */
async function assetsOf(
  { disk, layout }: CheckWorld,
  { file, slot }: Target,
  { state, there }: SnapCheck,
  pause: Pause,
): Promise<AssetCheck[]> {
  if (slot === 'base') return [];
  const unjudged = (reason: string): AssetCheck[] => [{ path: 'assets', state: 'no-record', reason, mended: false }];
  if (there === undefined || state === 'rotten') return unjudged('the snap that they come from is not fit');
  try {
    const image = await openImage(disk, join(layout.snaps, file), there.size);
    try {
      const assets = await listAssets(image, slot);
      return await checkAssets(disk, assets, join(layout.bootPartition, file), state === 'fit', pause);
    } finally {
      await image.close();
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return unjudged(error.message);
  }
}

/** What reading a snap may end in: its own errors, those of what is in it, and the medium's. */
function isUnreadable(error: unknown): error is Error {
  const names = ['SquashfsError', 'SnapError', 'SnapsError'];
  return error instanceof DiskError || (error instanceof Error && names.includes(error.name));
}

/**
 * Writes a lost record down again. Only where the boot partition holds the same as the snap: a record made of a rotten file
 * would call it fit for ever.
 */
async function recordAgain({ disk, layout }: CheckWorld, file: string, there: StreamResult): Promise<boolean> {
  try {
    await disk.mkdir(layout.digests);
    await disk.replace(join(layout.digests, file), formatDigest(there), { verify: true });
    return true;
  } catch (error) {
    if (error instanceof DiskError) return false;
    throw error;
  }
}
