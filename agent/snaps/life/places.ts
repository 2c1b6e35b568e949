/** Where a snap's files are, as paths of the device: whoever touches them puts the root directory before it. Pure. */

import type { DaemonScope } from '../../../images/snap/index.ts';
import { mountUnitOf, type Place, unitFolderOf } from '../../../images/snap/units/index.ts';
import { launchFolder } from '../../confine/launch/index.ts';

export const binFolder = '/snap/bin';
export const unitFolder = unitFolderOf('system');
export const userUnitFolder = unitFolderOf('user');
const sequenceFolder = '/var/lib/snapd/sequence';
const inhibitFolder = '/var/lib/snapd/inhibit';

export function blobFileOf({ instance, revision }: Place): string {
  return `${instance}_${revision}.snap`;
}

export function blobPathOf(place: Place): string {
  return `/var/lib/snapd/snaps/${blobFileOf(place)}`;
}

export function snapFolderOf(instance: string): string {
  return `/snap/${instance}`;
}

export function mountPointOf({ instance, revision }: Place): string {
  return `${snapFolderOf(instance)}/${revision}`;
}

export function dataFolderOf({ instance, revision }: Place): string {
  return `/var/snap/${instance}/${revision}`;
}

/** The links that say which revision runs. */
export function currentLinksOf(instance: string): readonly string[] {
  return [`/var/snap/${instance}/current`, `${snapFolderOf(instance)}/current`];
}

export function sequenceFileOf(instance: string): string {
  return `${sequenceFolder}/${instance}.json`;
}

/** Says why the snap's programs must not be started now, or nothing. */
export function inhibitFileOf(instance: string): string {
  return `${inhibitFolder}/${instance}.lock`;
}

/** Beside it: the revision that ran. */
export function inhibitInfoOf(instance: string, hint: string): string {
  return `${inhibitFolder}/${instance}.${hint}`;
}

/** Why `snap run` has to wait, or to refuse; snapd's words. */
export const inhibitHints = ['refresh', 'remove', 'disable'] as const;
export type InhibitHint = (typeof inhibitHints)[number];

export function mountUnitPathOf(place: Place): string {
  return `${unitFolder}/${mountUnitOf(place)}`;
}

const targetOf: Readonly<Record<string, string>> = { socket: 'sockets.target', timer: 'timers.target' };

/** The link by which systemd starts a unit at boot. */
export function wantsLinkOf(unit: string, scope: DaemonScope | ''): string {
  const kind = unit.slice(unit.lastIndexOf('.') + 1);
  const target = targetOf[kind] ?? (scope === 'user' ? 'default.target' : 'multi-user.target');
  return `${unitFolderOf(scope)}/${target}.wants/${unit}`;
}

export const mountTargets: readonly string[] = ['snapd.mounts.target', 'multi-user.target'];

/** Folders that all snaps share; they are made once and stay. */
export const sharedFolders: readonly string[] = [
  unitFolder,
  userUnitFolder,
  ...['/snap', binFolder, '/var/snap', sequenceFolder, inhibitFolder, launchFolder],
  ...[...mountTargets, 'sockets.target', 'timers.target'].map((target) => `${unitFolder}/${target}.wants`),
  ...['default.target', 'sockets.target', 'timers.target'].map((target) => `${userUnitFolder}/${target}.wants`),
];
