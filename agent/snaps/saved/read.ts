/** A snapshot that is there: what it says of itself, and whether its bytes are those that were saved. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { SavedError } from './error.ts';
import { parseFileName } from './file-name.ts';
import { decodeMeta, maxMetaBytes, metaDigestFile, metaFile, type Snapshot, userOf } from './model.ts';
import { openZip, type ZipReader } from './zip-read.ts';

export interface OpenSnapshot {
  readonly path: string;
  /** Its set is the one in its file's name. */
  readonly snapshot: Snapshot;
  readonly zip: ZipReader;
  [Symbol.dispose](): void;
}

const maxDigestBytes = 1024;

/** @throws SavedError `not-a-snapshot`, `damaged`, `too-large` */
export async function openSnapshot(path: string): Promise<OpenSnapshot> {
  const name = parseFileName(basename(path));
  if (name === undefined) throw new SavedError('not-a-snapshot', `not a snapshot filename: ${JSON.stringify(path)}`);
  const zip = await openZip(path);
  try {
    const meta = await zip.bytes(metaFile, maxMetaBytes);
    const snapshot = { ...decodeMeta(meta), set: name.set };
    const declared = (await zip.bytes(metaDigestFile, maxDigestBytes)).toString('latin1').trim();
    const actual = createHash('sha3-384').update(meta).digest('hex');
    if (declared !== actual) {
      throw new SavedError('damaged', `declared hash (${short(declared)}) does not match actual (${short(actual)})`);
    }
    const { snap, version, revision } = snapshot;
    if (snap !== name.snap || version !== name.version || revision !== name.revision) {
      throw new SavedError(
        'damaged',
        `cannot use ${path}: it is of another snap, version or revision than its name says`,
      );
    }
    return { path, snapshot, zip, [Symbol.dispose]: () => zip.close() };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/**
 * Reads all archives, or only those of these users beside the system's.
 * @throws SavedError `damaged`
 */
export async function checkSnapshot(
  open: OpenSnapshot,
  users: readonly string[] = [],
  signal?: AbortSignal,
): Promise<void> {
  for (const archive of archivesFor(open.snapshot, users)) {
    for await (const _ of checkedArchive(open, archive)) signal?.throwIfAborted();
  }
}

/** The system's archive first. */
export function archivesFor({ digests }: Snapshot, users: readonly string[]): readonly string[] {
  return Object.keys(digests)
    .filter((archive) => {
      const user = userOf(archive);
      return user === undefined || users.length === 0 || users.includes(user);
    })
    .sort();
}

/** The bytes of an archive; after the last one it throws where they were not those that were saved. @throws SavedError `damaged` */
export async function* checkedArchive(open: OpenSnapshot, archive: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha3-384');
  for await (const piece of open.zip.stream(archive)) {
    hash.update(piece);
    yield piece;
  }
  const actual = hash.digest('hex');
  const expected = open.snapshot.digests[archive] ?? '';
  if (actual === expected) return;
  throw new SavedError(
    'damaged',
    `snapshot entry ${JSON.stringify(archive)} expected hash (${short(expected)}) does not match actual (${short(actual)})`,
  );
}

function short(digest: string): string {
  return `${digest.slice(0, 7)}…`;
}
