/** Takes a snap file in: straight onto the medium, bounded by its space, hashed on the way and read back. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Layout } from '../boot/layout.ts';
import { SnapsError } from '../snaps/error.ts';
import type { Disk } from '../system/disk.ts';
import { DiskError } from '../system/disk-error.ts';

/** How uploads are called until they have their place; snapd's name for them. */
export const uploadPrefix = '.local-install-';

export interface Upload {
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** The largest snap file, bytes. */
const maxSnapBytes = 4 * 1024 ** 3;
/** What an upload leaves free: the state database, its log and the journal of the system have to go on. */
const reserveBytes = 16 * 1024 ** 2;

/**
 * Writes `content` to a file of its own beside the snap files.
 * @throws SnapsError `no-space`; DiskError; what `content` throws. Nothing is left then.
 */
export async function receiveUpload(
  { disk, layout }: { readonly disk: Disk; readonly layout: Layout },
  content: AsyncIterable<Uint8Array>,
): Promise<Upload> {
  const room = (await disk.free(layout.snaps)) - reserveBytes;
  if (room <= 0) throw noSpace(room);
  const path = join(layout.snaps, `${uploadPrefix}${randomBytes(6).toString('hex')}`);
  try {
    const written = await disk.writeStream(path, content, { maxBytes: Math.min(room, maxSnapBytes), mode: 0o600 });
    return { path, ...written };
  } catch (error) {
    const isFull = error instanceof DiskError && (error.code === 'no-space' || error.code === 'too-large');
    throw isFull ? noSpace(room, error) : error;
  }
}

function noSpace(room: number, cause?: unknown): SnapsError {
  const free = Math.max(0, Math.floor(room / 1024 ** 2));
  return new SnapsError(
    'no-space',
    `cannot install the snap: it does not fit into the ${free} MiB that are free for snaps`,
    { cause },
  );
}
