/** The file of a revision: brought to its place, with its digest beside it. */
import { join } from 'node:path';
import type { Place } from '../../../images/snap/units/index.ts';
import type { StreamResult } from '../../system/disk.ts';
import { DiskError } from '../../system/disk-error.ts';
import { SnapsError } from '../error.ts';
import { formatDigest } from '../fitness/digest-record.ts';
import { digestOf, type Pause } from '../fitness/reading.ts';
import type { Source } from '../plan/setup.ts';
import { blobFileOf } from './places.ts';
import type { LifeWorld } from './world.ts';

type BlobWorld = Pick<LifeWorld, 'disk' | 'layout'>;
type UploadedFile = Extract<Source, { kind: 'file' }>;

const blobMode = 0o600;

/** How a file is brought to its place. */
export interface Placing {
  /** The file at the place is not older than this task. */
  readonly isOurs: boolean;
  /** Called between the pieces of what is hashed. */
  readonly pause: Pause;
}

/**
 * Moves an uploaded file to its place, or takes what is there already; either is what the setup says it is, by the bytes that
 * are on the medium now: between the upload and its change anybody with the right to may have altered them. Whoever mounts it,
 * or lets it be mounted at the next boot, does so after this.
 * @throws SnapsError `damaged`; DiskError; what `pause` throws
 */
export async function placeBlob(
  world: BlobWorld,
  place: Place,
  source: Source,
  { isOurs, pause }: Placing,
): Promise<void> {
  const { disk, layout } = world;
  const path = join(layout.snaps, blobFileOf(place));
  const digestAt = (at: string) => digestOf(disk.readStream(at), pause);
  const isThere = (await disk.stat(path)) !== undefined;
  if (source.kind !== 'file') {
    if (!isThere) throw gone(place);
    await recordDigest(world, place, await digestAt(path));
    return;
  }
  const expected = source.sha256 === undefined ? undefined : { size: source.size, sha256: source.sha256 };
  if (isThere && !isOurs) {
    const wanted = expected ?? (await digestAt(source.path));
    const there = await digestAt(path);
    if (there.size !== wanted.size || there.sha256 !== wanted.sha256) {
      const text = `cannot install "${place.instance}" (${place.revision}): this revision is there with other content`;
      throw new SnapsError('damaged', text, { snap: place.instance });
    }
    await recordDigest(world, place, there);
    return;
  }
  if (!isThere || (await disk.stat(source.path)) !== undefined) await move(world, source, path, place);
  const { size } = (await disk.stat(path)) ?? {};
  if (size !== source.size) {
    const text = `cannot install "${place.instance}": ${size} bytes came instead of ${source.size}`;
    throw new SnapsError('damaged', text, { snap: place.instance });
  }
  const digest = await digestAt(path);
  if (expected !== undefined && (digest.size !== expected.size || digest.sha256 !== expected.sha256)) {
    const text = `cannot install "${place.instance}": its file was altered after it was received (its SHA-256 is ${digest.sha256} instead of ${expected.sha256}); install it again`;
    throw new SnapsError('damaged', text, { snap: place.instance });
  }
  await recordDigest(world, place, digest);
}

/** Within a file system without a copy. */
async function move({ disk }: BlobWorld, source: UploadedFile, path: string, place: Place): Promise<void> {
  const stat = await disk.stat(source.path);
  if (stat === undefined) throw gone(place);
  try {
    await disk.rename(source.path, path);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'other-file-system') throw error;
    const { size, sha256 } = source;
    const expected = sha256 === undefined ? { size } : { size, sha256 };
    await disk.writeStream(path, disk.readStream(source.path), { maxBytes: size, expected, mode: blobMode });
  }
}

/** The initramfs of a trial and the check for rot go by it. */
async function recordDigest({ disk, layout }: BlobWorld, place: Place, digest: StreamResult): Promise<void> {
  await disk.replace(join(layout.digests, blobFileOf(place)), formatDigest(digest), { verify: true });
}

function gone({ instance }: Place): SnapsError {
  return new SnapsError('damaged', `cannot install "${instance}": what was uploaded is gone; install it again`, {
    snap: instance,
  });
}
