/** The small files by which the revision that runs is found: its commands, its units, its links. */
import { isService, type SnapInfo } from '../../../images/snap/index.ts';
import { commandNameOf, type Place, unitsOf } from '../../../images/snap/units/index.ts';
import { isLaunchFileOf, launchFileOf, launchFolder, launchText } from '../../confine/launch/index.ts';
import type { SnapFlags } from '../record/model.ts';
import { type Entries, type Entry, type Files, pathOn, readEntry } from './entries.ts';
import {
  binFolder,
  currentLinksOf,
  type InhibitHint,
  inhibitFileOf,
  inhibitHints,
  inhibitInfoOf,
  unitFolder,
  userUnitFolder,
  wantsLinkOf,
} from './places.ts';
import type { MountedSnap } from './world.ts';

/** What starts a snap's commands. */
const runner = '/usr/bin/snap';

/** Units first, and the links that say "this one" last. */
export function linkedEntries(info: SnapInfo, place: Place): Entries {
  const units = [...unitsOf(info, place)].map(([path, text]) => [path, { text }] as const);
  const commands = [...info.apps.values()]
    .filter((app) => !isService(app))
    .map((app) => [`${binFolder}/${commandNameOf(place, app)}`, { link: runner }] as const);
  const links = currentLinksOf(place.instance).map((path) => [path, { link: place.revision }] as const);
  return Object.fromEntries<Entry>([...units, ...commands, ...links]);
}

/**
 * How the launcher starts what is in a revision; that of any other revision goes, which was kept while services of it ran on
 * through a refresh. @throws LaunchError, DiskError
 */
export async function launchEntries(
  world: Files & { readonly architecture: string },
  { info, hooks }: MountedSnap,
  place: Place,
  flags: SnapFlags,
): Promise<Entries> {
  const text = launchText(info, place, { architecture: world.architecture, flags, hooks });
  return { ...(await noLaunchEntries(world, place.instance)), [launchFileOf(place)]: { text } };
}

/** Nothing of a snap is started any more. @throws DiskError */
export async function noLaunchEntries(files: Files, instance: string): Promise<Entries> {
  const names = await namesIn(files, launchFolder, (name) => isLaunchFileOf(name, instance));
  return Object.fromEntries(names.map((name) => [`${launchFolder}/${name}`, null]));
}

/**
 * All such files of a snap that are there now, each to be nothing: found by their names, as what is mounted may not be
 * readable any more. @throws DiskError
 */
export async function unlinkedEntries(files: Files, instance: string): Promise<Entries> {
  const commands = await namesIn(files, binFolder, (name) => name === instance || name.startsWith(`${instance}.`));
  const own: string[] = [];
  for (const name of commands) {
    const entry = await readEntry(files, `${binFolder}/${name}`);
    // Another snap's alias may read like a command of this one.
    if (entry !== null && 'link' in entry && entry.link === runner) own.push(`${binFolder}/${name}`);
  }
  const isUnit = (name: string) => name.startsWith(`snap.${instance}.`) && /\.(service|socket|timer)$/.test(name);
  const units: string[] = [];
  for (const [folder, scope] of [
    [unitFolder, 'system'],
    [userUnitFolder, 'user'],
  ] as const) {
    for (const name of await namesIn(files, folder, isUnit)) units.push(wantsLinkOf(name, scope), `${folder}/${name}`);
  }
  return Object.fromEntries([...own, ...units, ...currentLinksOf(instance)].map((path) => [path, null]));
}

async function namesIn(files: Files, folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const real = pathOn(files, folder);
  if ((await files.disk.stat(real))?.kind !== 'directory') return [];
  return (await files.disk.list(real)).filter(isWanted);
}

/** The snap's programs are not started any more, for this reason. */
export function inhibitedEntries(instance: string, hint: InhibitHint, previous: string | undefined): Entries {
  return {
    [inhibitInfoOf(instance, hint)]: { text: JSON.stringify({ previous: previous ?? '' }) },
    [inhibitFileOf(instance)]: { text: hint },
  };
}

/** Nothing keeps them from being started. The file stays: whoever starts them holds a lock on it. */
export async function uninhibitedEntries(files: Files, instance: string): Promise<Entries> {
  const file = inhibitFileOf(instance);
  const isThere = (await readEntry(files, file)) !== null;
  const infos = inhibitHints.map((hint) => [inhibitInfoOf(instance, hint), null] as const);
  return { ...(isThere ? { [file]: { text: '' } } : {}), ...Object.fromEntries(infos) };
}

/** All of it goes, with the last revision. */
export function noInhibitEntries(instance: string): Entries {
  const infos = inhibitHints.map((hint) => inhibitInfoOf(instance, hint));
  return Object.fromEntries([...infos, inhibitFileOf(instance)].map((path) => [path, null]));
}
