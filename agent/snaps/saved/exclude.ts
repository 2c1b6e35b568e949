/** What of a snap's data is not saved: its `meta/snapshots.yaml` and the request may name paths. Pure; texts are snapd's. */
import { decodeYaml } from '../../../images/snap/yaml/decode.ts';
import { parseYaml } from '../../../images/snap/yaml/parser.ts';
import { list, struct, text as textType } from '../../../images/snap/yaml/types.ts';
import { reasonOf, SavedError } from './error.ts';

/** Nothing larger is read; bytes. */
export const maxManifestBytes = 64 << 10;
const maxPaths = 1000;

/** Whose data is archived: the variables have other meanings then. */
export type DataOf = 'system' | 'user';

const folders: Readonly<Record<string, { readonly of: DataOf; readonly folder: 'common' | 'revision' }>> = {
  $SNAP_DATA: { of: 'system', folder: 'revision' },
  $SNAP_COMMON: { of: 'system', folder: 'common' },
  $SNAP_USER_DATA: { of: 'user', folder: 'revision' },
  $SNAP_USER_COMMON: { of: 'user', folder: 'common' },
};

/** @throws SavedError `bad-request` */
export function checkExcludes(paths: readonly string[]): void {
  const refuse = (text: string): never => {
    throw new SavedError('bad-request', text);
  };
  if (paths.length > maxPaths) refuse(`snapshot exclude list must not have more than ${maxPaths} paths`);
  for (const path of paths) {
    const [first = '', ...rest] = path.split('/');
    const shown = JSON.stringify(path.slice(0, 200));
    if (!Object.hasOwn(folders, first)) {
      const known = Object.keys(folders).map((name) => JSON.stringify(name));
      refuse(`snapshot exclude path must start with one of [${known.join(' ')}] (got: ${shown})`);
    }
    if (rest.some((part) => part === '' || part === '.' || part === '..')) {
      refuse(`snapshot exclude path not clean: ${shown}`);
    }
    if (/[[\]{}?]|\*\*/.test(path)) refuse(`snapshot exclude path contains invalid characters: ${shown}`);
  }
}

const manifest = struct('snap.SnapshotOptions', { exclude: list(textType) });

/** The paths that a snap's manifest names. @throws SavedError `bad-request` */
export function parseManifest(text: string): readonly string[] {
  let paths: readonly string[];
  try {
    if (parseYaml(text) === undefined) throw new Error('EOF');
    paths = decodeYaml(text, manifest).exclude;
  } catch (cause) {
    throw new SavedError('bad-request', `cannot read snapshot manifest: ${reasonOf(cause)}`, { cause });
  }
  checkExcludes(paths);
  return paths;
}

/** Whether a path (as tree.ts has names), below the folder in which the snap's data is, and all below it are left out. */
export type Excluded = (path: string) => boolean;

/** @param revision the folder of the data that belongs to one revision */
export function exclusion(paths: readonly string[], of: DataOf, revision: string): Excluded {
  const patterns = paths.flatMap((path) => {
    const [first = '', ...rest] = path.split('/');
    const meant = folders[first];
    if (meant?.of !== of) return [];
    const parts = [meant.folder === 'common' ? 'common' : revision, ...rest.map(bytesOf)];
    return [new RegExp(`^${parts.map(patternOf).join('/')}$`, 's')];
  });
  return (path) => patterns.some((pattern) => pattern.test(path));
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** A star stands for any characters of one name. */
function patternOf(part: string): string {
  return part
    .split('*')
    .map((text) => text.replace(/[\\^$.|+()]/g, '\\$&'))
    .join('[^/]*');
}
