/** What a snapshot says of itself (`meta.json`), and how that is read and written. Pure. */
import { createHash } from 'node:crypto';
import type { Epoch } from '../../../images/snap/index.ts';
import type { ConfigDocument } from '../life/world.ts';
import { SavedError } from './error.ts';
import { goJson, sortedMaps } from './go-json.ts';

export interface Snapshot {
  readonly set: number;
  /** When it was begun; RFC 3339. */
  readonly time: string;
  /** By its instance name. */
  readonly snap: string;
  readonly revision: string;
  /** Empty for a snap without signatures. */
  readonly snapId: string;
  readonly epoch: Epoch;
  readonly summary: string;
  readonly version: string;
  readonly conf?: ConfigDocument;
  /** SHA3-384 in lower-case hex of each archive, by its name in the file. */
  readonly digests: Readonly<Record<string, string>>;
  /** Of all archives, bytes. */
  readonly size: number;
  /** It goes by itself some day. Only old snapd writes it here; elsewhere the database knows. */
  readonly auto?: boolean;
  /** What was left out because the request said so. */
  readonly options?: { readonly exclude: readonly string[] };
}

/** Nothing larger is read; bytes. */
export const maxMetaBytes = 4 << 20;
export const metaFile = 'meta.json';
export const metaDigestFile = 'meta.sha3_384';
/** The archive of what belongs to the system. */
export const systemArchive = 'archive.tgz';

export function userArchiveOf(user: string): string {
  return `user/${user}.tgz`;
}

/** The user whose archive it is; `undefined` for the system's and for what no snapshot has. */
export function userOf(archive: string): string | undefined {
  return /^user\/([^/]+)\.tgz$/.exec(archive)?.[1];
}

/** As snapd's API and its files have it. */
export function snapshotJson(snapshot: Snapshot): Readonly<Record<string, unknown>> {
  const { set, time, snap, revision, snapId, epoch, summary, version, conf, digests, size, auto, options } = snapshot;
  return {
    ...{ set, time, snap, revision },
    ...(snapId === '' ? {} : { 'snap-id': snapId }),
    ...{ epoch: { read: epoch.read, write: epoch.write }, summary, version },
    ...(conf === undefined || Object.keys(conf).length === 0 ? {} : { conf: sortedMaps(conf) }),
    'sha3-384': sortedMaps(digests),
    ...(size === 0 ? {} : { size }),
    ...(auto === true ? { auto } : {}),
    ...(options === undefined ? {} : { options }),
  };
}

/** The bytes of `meta.json`. */
export function encodeMeta(snapshot: Snapshot): Buffer {
  return Buffer.from(`${goJson(snapshotJson(snapshot))}\n`);
}

/** @throws SavedError `not-a-snapshot` */
export function decodeMeta(bytes: Uint8Array): Snapshot {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SavedError('not-a-snapshot', `cannot read the ${metaFile} of a snapshot: it is no JSON`, { cause });
  }
  const fields = mapOf(value);
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : '');
  const number = (key: string) => (Number.isSafeInteger(fields[key]) ? Number(fields[key]) : 0);
  const epoch = mapOf(fields['epoch'] ?? { read: [0], write: [0] });
  const digests = mapOf(fields['sha3-384']);
  const snapshot: Snapshot = {
    ...{ set: number('set'), time: text('time'), snap: text('snap'), revision: text('revision') },
    ...{ snapId: text('snap-id'), epoch: { read: numbersOf(epoch['read']), write: numbersOf(epoch['write']) } },
    ...{ summary: text('summary'), version: text('version'), size: number('size') },
    digests: Object.fromEntries(Object.entries(digests).map(([name, digest]) => [name, String(digest)])),
    ...(isConfig(fields['conf']) ? { conf: fields['conf'] } : {}),
    ...(fields['auto'] === true ? { auto: true } : {}),
    ...optionsOf(fields['options']),
  };
  const { set, time, snap, revision } = snapshot;
  const isKnown = Object.entries(snapshot.digests).every(([name, digest]) => isArchive(name) && isDigest(digest));
  if (set === 0 || snap === '' || revision === '' || time === '' || Number.isNaN(Date.parse(time)) || !isKnown) {
    throw new SavedError('not-a-snapshot', 'invalid snapshot');
  }
  return snapshot;
}

function optionsOf(value: unknown): Pick<Snapshot, 'options'> {
  const { exclude } = mapOf(value ?? {});
  if (!Array.isArray(exclude)) return {};
  return { options: { exclude: exclude.filter((path) => typeof path === 'string') } };
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((number) => Number.isSafeInteger(number)) : [0];
}

function isConfig(value: unknown): value is ConfigDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isArchive(name: string): boolean {
  return name === systemArchive || userOf(name) !== undefined;
}

function isDigest(text: string): boolean {
  return /^[0-9a-f]{96}$/.test(text);
}

/** The same data of the same snaps has the same hash, in whichever set and whenever it was saved; snapd's. */
export function contentHash(snapshots: readonly Snapshot[]): Buffer {
  const hash = createHash('sha256');
  for (const snapshot of snapshots.toSorted((a, b) => (a.snap < b.snap ? -1 : a.snap > b.snap ? 1 : 0))) {
    const bare = snapshotJson({ ...snapshot, set: 0, time: '0001-01-01T00:00:00Z', auto: false });
    hash.update(
      createHash('sha256')
        .update(`${goJson(bare)}\n`)
        .digest(),
    );
  }
  return hash.digest();
}
