/** The names of snapshot files: `<set>_<instance>_<version>_<revision>.zip`. Pure. */
import { checkInstanceName, checkVersion } from '../../../images/snap/index.ts';
import { SavedError } from './error.ts';

export interface SnapshotName {
  readonly set: number;
  readonly snap: string;
  readonly version: string;
  readonly revision: string;
}

export function fileNameOf({ set, snap, version, revision }: SnapshotName): string {
  return `${set}_${snap}_${version}_${revision}.zip`;
}

const form = /^([1-9]\d{0,14})_([a-z0-9-]+(?:_[a-z0-9]+)?)_([!-.0-~]+)_([1-9]\d{0,8}|x[1-9]\d{0,8})\.zip$/;

/** `undefined` for all other names. */
export function parseFileName(file: string): SnapshotName | undefined {
  const [, set = '', snap = '', version = '', revision = ''] = form.exec(file) ?? [];
  if (set === '' || version.includes('_')) return undefined;
  try {
    checkInstanceName(snap);
    checkVersion(version);
  } catch {
    return undefined;
  }
  return { set: Number(set), snap, version, revision };
}

/** @throws SavedError `not-a-snapshot` */
export function checkFileName(file: string): SnapshotName {
  const name = parseFileName(file);
  if (name !== undefined) return name;
  throw new SavedError('not-a-snapshot', `unexpected filename in import stream: ${JSON.stringify(file.slice(0, 200))}`);
}

/** While it is there, the set of that number is being imported, and does not count. */
export function importMarkOf(set: number): string {
  return `${set}_importing`;
}

/** The set that a mark is of; `undefined` for all other names. */
export function markedSet(file: string): number | undefined {
  const [, set] = /^([1-9]\d{0,14})_importing$/.exec(file) ?? [];
  return set === undefined ? undefined : Number(set);
}
