/** The environment in which a hook runs (`snaps.md` §7), and its command. Pure. */
import { type SnapInfo, splitInstanceName, type Variable } from '../../../images/snap/index.ts';
import type { Place } from '../../../images/snap/units/index.ts';
import { dataFolderOf, mountPointOf } from './places.ts';
import type { HookRun } from './world.ts';

/** Debian's name of the machine. */
interface Machine {
  readonly architecture: string;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A hook as it is run: the snap's command chain before it, the snap's and the hook's variables around it. */
export function hookCommand(info: SnapInfo, hook: string, place: Place, machine: Machine): Omit<HookRun, 'seconds'> {
  const snap = mountPointOf(place);
  const { commandChain = [], environment = [] } = info.hooks.get(hook) ?? {};
  const own = withVariables(snapEnvironment(info, place, machine), [...info.environment, ...environment]);
  return { command: [...commandChain.map((part) => `${snap}/${part}`), `${snap}/meta/hooks/${hook}`], env: own };
}

/** Hooks run as root. */
function snapEnvironment(info: SnapInfo, place: Place, { architecture }: Machine): Readonly<Record<string, string>> {
  const { instance, revision } = place;
  const { key } = splitInstanceName(instance);
  const user = `/root/snap/${instance}`;
  const libraries = ['lib/gl', 'lib/gl32', 'void'].map((folder) => `/var/lib/snapd/${folder}`);
  return {
    PATH: path,
    LANG: 'C.UTF-8',
    SNAP: mountPointOf(place),
    SNAP_COMMON: `/var/snap/${instance}/common`,
    SNAP_DATA: dataFolderOf(place),
    SNAP_NAME: info.name,
    SNAP_INSTANCE_NAME: instance,
    SNAP_INSTANCE_KEY: key,
    SNAP_VERSION: info.version,
    SNAP_REVISION: revision,
    SNAP_ARCH: architecture,
    SNAP_LIBRARY_PATH: libraries.join(':'),
    SNAP_REEXEC: '',
    SNAP_UID: '0',
    SNAP_EUID: '0',
    SNAP_USER_COMMON: `${user}/common`,
    SNAP_USER_DATA: `${user}/${revision}`,
    SNAP_REAL_HOME: '/root',
    ...(info.confinement === 'classic'
      ? { HOME: '/root' }
      : { HOME: `${user}/${revision}`, XDG_RUNTIME_DIR: `/run/user/0/snap.${instance}` }),
  };
}

/** Each may name those before it, as `$NAME` or `${NAME}`. */
function withVariables(
  env: Readonly<Record<string, string>>,
  variables: readonly Variable[],
): Readonly<Record<string, string>> {
  const known: Record<string, string> = { ...env };
  for (const [name, value] of variables) {
    known[name] = value.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => {
      const key = braced ?? plain ?? '';
      return Object.hasOwn(known, key) ? (known[key] ?? '') : '';
    });
  }
  return known;
}
