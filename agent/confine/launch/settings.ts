/**
 * The environment of a snap's programs (`snaps.md` §7), as one table for all who start them: hooks by the agent, all else by
 * the launcher, which finds it in the launch file. Pure.
 */
import { type App, type SnapInfo, splitInstanceName, type Variable } from '../../../images/snap/index.ts';
import type { Place } from '../../../images/snap/units/index.ts';
import { LaunchError } from './error.ts';
import { expandVariables, maxEntryBytes } from './expand.ts';

/** One change of an environment; they are made in order. */
export interface Setting {
  /**
   * `set`; `user`: only where the user's home is known; `directory`: only where one is at this path; in these `%h` stands for
   * the user's home, `%u` and `%e` for their number, real and effective, `%%` for a `%`. `expand`: with `$NAME` for what is
   * set by then.
   */
  readonly kind: 'set' | 'user' | 'directory' | 'expand';
  readonly name: string;
  readonly value: string;
}

export interface User {
  readonly home: string | undefined;
  readonly uid: number;
  readonly euid: number;
}

/** As snap-confine sets it. */
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games';

/** Where the user's data of a snap is; to be made before anything runs, each folder for its owner alone. */
export function userFolders(instance: string): readonly string[] {
  return ['%h/snap', `%h/snap/${instance}`];
}

export function saveFolderOf(instance: string): string {
  return `/var/lib/snapd/save/snap/${instance}`;
}

/** What all programs of a revision have: before what its snap.yaml says. @param architecture Debian's name of the machine's */
export function snapSettings(info: SnapInfo, { instance, revision }: Place, architecture: string): readonly Setting[] {
  const folder = `%h/snap/${instance}`;
  const libraries = ['lib/gl', 'lib/gl32', 'void'].map((name) => `/var/lib/snapd/${name}`);
  const confined = info.confinement !== 'classic';
  return [
    // Without a mount namespace a parallel instance sees the paths with its key.
    set('SNAP', `/snap/${instance}/${revision}`),
    set('SNAP_COMMON', `/var/snap/${instance}/common`),
    set('SNAP_DATA', `/var/snap/${instance}/${revision}`),
    set('SNAP_NAME', info.name),
    set('SNAP_INSTANCE_NAME', instance),
    set('SNAP_INSTANCE_KEY', splitInstanceName(instance).key),
    set('SNAP_VERSION', info.version),
    set('SNAP_REVISION', revision),
    set('SNAP_ARCH', architecture),
    set('SNAP_LIBRARY_PATH', libraries.join(':')),
    { kind: 'expand', name: 'SNAP_REEXEC', value: '$SNAP_REEXEC' },
    set('SNAP_UID', '%u'),
    set('SNAP_EUID', '%e'),
    { kind: 'directory', name: 'SNAP_SAVE_DATA', value: saveFolderOf(instance) },
    user('SNAP_USER_COMMON', `${folder}/common`),
    user('SNAP_USER_DATA', `${folder}/${revision}`),
    ...(confined
      ? [user('HOME', `${folder}/${revision}`), user('XDG_RUNTIME_DIR', `/run/user/%e/snap.${instance}`)]
      : []),
    user('SNAP_REAL_HOME', '%h'),
    ...(confined ? [set('PATH', path), set('TMPDIR', '/tmp'), set('TEMPDIR', '/tmp')] : []),
  ];
}

/** What an app has besides. */
export function appSettings({ name, commonId, busName }: App): readonly Setting[] {
  return [
    set('SNAP_APP_NAME', name),
    ...(commonId === '' ? [] : [set('SNAP_APP_COMMON_ID', literal(commonId))]),
    ...(busName === '' ? [] : [set('SNAP_APP_BUS_NAME', literal(busName))]),
  ];
}

/** What a snap.yaml says under `environment`. */
export function ownSettings(variables: readonly Variable[]): readonly Setting[] {
  return variables.map(([name, value]) => ({ kind: 'expand', name, value }));
}

/**
 * The environment after all settings. @param isDirectory whether there is one at this path
 * @throws LaunchError `too-large`
 */
export function environmentAfter(
  settings: readonly Setting[],
  before: Readonly<Record<string, string>>,
  user: User,
  isDirectory: (path: string) => boolean,
): Readonly<Record<string, string>> {
  const environment = new Map(Object.entries(before));
  for (const { kind, name, value } of settings) {
    if (kind === 'user' && user.home === undefined) continue;
    const text = kind === 'expand' ? expandVariables(value, environment) : withUser(value, user);
    if (kind === 'directory' && !isDirectory(text)) continue;
    if (Buffer.byteLength(name) + Buffer.byteLength(text) + 2 > maxEntryBytes) {
      const most = `${maxEntryBytes / 1024} KiB`;
      throw new LaunchError('too-large', `cannot set the variable ${name.slice(0, 64)}: it takes more than ${most}`);
    }
    environment.set(name, text);
  }
  return Object.fromEntries(environment);
}

function withUser(text: string, { home = '', uid, euid }: User): string {
  const values: Readonly<Record<string, string>> = { '%h': home, '%u': `${uid}`, '%e': `${euid}`, '%%': '%' };
  return text.replace(/%[hue%]/g, (sign) => values[sign] ?? '');
}

function set(name: string, value: string): Setting {
  return { kind: 'set', name, value };
}

function user(name: string, value: string): Setting {
  return { kind: 'user', name, value };
}

function literal(text: string): string {
  return text.replaceAll('%', '%%');
}
