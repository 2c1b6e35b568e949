/** Plans the installation of files that were received: each is read, and checked against this device, before anything changes. */
import { readBootState, type Slot } from '../../bootloader/protocol/index.ts';
import type { SnapInfo } from '../../images/snap/index.ts';
import type { ChangePlan } from '../engine/plan.ts';
import { listAssets } from '../snaps/assets.ts';
import { SnapsError } from '../snaps/error.ts';
import { slotOfSnap } from '../snaps/plan/essential.ts';
import { type InstallRequest, planInstall, type SnapFile } from '../snaps/plan/install.ts';
import { notASnap, openSnap } from '../snaps/read-snap.ts';
import type { Parts } from './parts.ts';
import { factsOf } from './snap-infos.ts';
import type { Upload } from './upload.ts';
import { viewOf } from './view.ts';

export interface InstallUploads extends Omit<InstallRequest, 'files'> {
  readonly action: 'install';
  /** `title`: what the user calls the file. */
  readonly uploads: readonly { readonly upload: Upload; readonly title: string }[];
}

type Received = InstallUploads['uploads'][number];

/** @throws SnapsError, DiskError; and nothing has changed */
export async function planUploads(parts: Parts, request: InstallUploads): Promise<ChangePlan> {
  const { uploads, ...rest } = request;
  const infos: SnapInfo[] = [];
  for (const received of uploads) infos.push(await infoOf(received));
  const view = await viewOf(parts, { facts: [], running: infos.map(({ name }) => request.name ?? name) });
  const ofBootSet = infos.flatMap((info, at): OfBootSet[] => {
    const slot = slotOfSnap({ instance: info.name, type: info.type }, view.device);
    return slot === undefined ? [] : [{ name: info.name, slot, received: sure(uploads[at]) }];
  });
  if (ofBootSet.length > 0) await assertWayBack(parts);
  const files = infos.map((info, at): SnapFile => {
    const { upload, title } = sure(uploads[at]);
    return { path: upload.path, title, facts: factsOf(info), size: upload.size, sha256: upload.sha256 };
  });
  const plan = planInstall(view, { ...rest, files });
  if (ofBootSet.length > 0) await checkAssets(parts, ofBootSet);
  return plan;
}

interface OfBootSet {
  readonly name: string;
  readonly slot: Slot;
  readonly received: Received;
}

async function infoOf({ upload, title }: Received): Promise<SnapInfo> {
  const { info, image } = await openSnap(upload.path, title);
  await image.close();
  return info;
}

/** Room that a file takes beyond its bytes: clusters, directory entries. */
const bytesPerAsset = 64 * 1024;

async function assertWayBack({ env }: Parts): Promise<void> {
  if (readBootState(await env.read()).source !== 'none') return;
  throw new SnapsError('no-boot-set', 'cannot install a snap: no readable boot environment names the good boot set');
}

/** What the boot script needs is there, and there is room for it. */
async function checkAssets({ world: { disk, layout } }: Parts, snaps: readonly OfBootSet[]): Promise<void> {
  let needed = 0;
  for (const snap of snaps) needed += await assetBytes(snap);
  const free = await disk.free(layout.bootPartition);
  if (needed <= free) return;
  const names = snaps.map(({ name }) => name);
  throw new SnapsError(
    'no-space',
    `cannot install "${names.join('", "')}": the boot partition has ${free} bytes free, ${needed} are needed`,
    { snaps: names },
  );
}

async function assetBytes({ received: { upload, title }, slot }: OfBootSet): Promise<number> {
  const { image } = await openSnap(upload.path, title);
  try {
    const assets = await listAssets(image, slot);
    return assets.reduce((sum, { size }) => sum + size + bytesPerAsset, 0);
  } catch (error) {
    throw notASnap(error, title);
  } finally {
    await image.close();
  }
}

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('cannot plan: a file has no upload');
  return value;
}
