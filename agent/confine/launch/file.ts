/**
 * The launch file of a linked revision: all that the launcher has to know of it, so that it reads no YAML. Pure. Lines of a
 * key, a blank and a value; in values `\\` stands for a backslash and `\n` for the end of a line. The first line is the
 * version, the last one `end`: what is cut off is not valid. docs/launcher.md has the keys.
 */
import { type App, isService, type SnapInfo } from '../../../images/snap/index.ts';
import type { Place } from '../../../images/snap/units/index.ts';
import { LaunchError } from './error.ts';
import { appSettings, ownSettings, type Setting, snapSettings, userFolders } from './settings.ts';

export const launchFolder = '/var/lib/snapd/launch';

/** Bytes; the launcher reads no more. */
export const maxLaunchBytes = 512 * 1024;

export interface LaunchOptions {
  /** Debian's name of the machine's. */
  readonly architecture: string;
  /** What the snap was installed with. */
  readonly flags: { readonly devmode?: boolean; readonly jailmode?: boolean; readonly classic?: boolean };
  /** Hooks that are there, whether snap.yaml names them or not. */
  readonly hooks: Iterable<string>;
}

export function launchFileOf({ instance, revision }: Place): string {
  return `${launchFolder}/${instance}_${revision}`;
}

/** Whether a name in the folder is that of a revision of this instance, which may have a key, as in `foo_bar_7`. */
export function isLaunchFileOf(name: string, instance: string): boolean {
  return name.startsWith(`${instance}_`) && /^x?[1-9][0-9]*$/.test(name.slice(instance.length + 1));
}

type Line = readonly [key: string, value: string];

/** @throws LaunchError `too-large` */
export function launchText(info: SnapInfo, place: Place, options: LaunchOptions): string {
  const { instance, revision } = place;
  const confinement = confinementOf(info, options);
  const base = confinement === 'classic' ? undefined : baseOf(info);
  const lines: Line[] = [
    ['instance', instance],
    ['revision', revision],
    ['confinement', confinement],
    ...(base === undefined ? [] : [['base', base] as const]),
    ...[...userFolders(instance), `%h/snap/${instance}/${revision}`, `%h/snap/${instance}/common`].map(
      (path) => ['folder', path] as const,
    ),
    ['current-link', `%h/snap/${instance}/current`],
    ['runtime-folder', `/run/user/%e/snap.${instance}`],
    ...settingLines([...snapSettings(info, place, options.architecture), ...ownSettings(info.environment)]),
    ...[...info.apps.values()].flatMap(appLines),
    ...[...options.hooks].sort().flatMap((name) => hookLines(info, name)),
  ];
  const text = ['holdfast-launch 1', ...lines.map(([key, value]) => `${key} ${escaped(value)}`), 'end', ''].join('\n');
  if (Buffer.byteLength(text) > maxLaunchBytes) {
    const most = `${maxLaunchBytes / 1024} KiB`;
    throw new LaunchError(
      'too-large',
      `cannot link "${instance}": what its programs are started with takes more than ${most}`,
    );
  }
  return text;
}

function appLines(app: App): readonly Line[] {
  const commands: readonly Line[] = [
    ['command', app.command],
    ['stop-command', app.stopCommand],
    ['reload-command', app.reloadCommand],
    ['post-stop-command', app.postStopCommand],
  ];
  return [
    ['app', app.name],
    ...(isService(app) ? [['service', app.daemonScope === 'user' ? 'user' : 'system'] as const] : []),
    ...settingLines([...appSettings(app), ...ownSettings(app.environment)]),
    ...app.commandChain.map((path) => ['chain', path] as const),
    ...commands.filter(([, command]) => command !== ''),
  ];
}

function hookLines({ hooks }: SnapInfo, name: string): readonly Line[] {
  const { environment = [], commandChain = [] } = hooks.get(name) ?? {};
  return [
    ['hook', name],
    ...settingLines(ownSettings(environment)),
    ...commandChain.map((path) => ['chain', path] as const),
  ];
}

function settingLines(settings: readonly Setting[]): readonly Line[] {
  return settings.map(({ kind, name, value }) => [kind, `${name}=${value}`]);
}

/** A NUL is told apart from what is valid there: such a program is not started, as snapd starts none. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\0', '\\0');
}

/** The base that its programs need; `undefined` where any will do. Apps without one have `core`, as in snapd. */
function baseOf({ base, type }: SnapInfo): string | undefined {
  if (base === undefined) return type === 'app' || type === 'gadget' ? 'core' : undefined;
  return base;
}

/** What it is kept to, by what it says and what it was installed with. */
function confinementOf({ confinement }: SnapInfo, { flags }: LaunchOptions): 'strict' | 'devmode' | 'classic' {
  if (flags.jailmode === true) return 'strict';
  if (confinement === 'classic' || flags.classic === true) return 'classic';
  return flags.devmode === true ? 'devmode' : 'strict';
}
