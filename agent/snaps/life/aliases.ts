/** The links of aliases, as entries that a task can exchange. */
import { isService, type SnapInfo } from '../../../images/snap/index.ts';
import { commandNameOf } from '../../../images/snap/units/index.ts';
import { type AliasRecord, effectiveAliases } from '../record/aliases.ts';
import { type Entries, type Files, readEntries } from './entries.ts';
import { binFolder } from './places.ts';

export function aliasPath(alias: string): string {
  return `${binFolder}/${alias}`;
}

export function aliasOfPath(path: string): string {
  return path.slice(binFolder.length + 1);
}

/** A link for each alias whose app is there and no service. */
export function aliasEntries(record: AliasRecord, { apps }: Pick<SnapInfo, 'apps'>): Entries {
  const { instance } = record;
  const links = [...effectiveAliases(record)].flatMap(([alias, name]) => {
    const app = apps.get(name);
    if (app === undefined || isService(app)) return [];
    return [[aliasPath(alias), { link: commandNameOf({ instance }, app) }] as const];
  });
  return Object.fromEntries(links);
}

/** The links of these aliases that lead to this snap, and not to what somebody else has put there; each is to go. */
export async function linksThere(files: Files, instance: string, aliases: Iterable<string>): Promise<Entries> {
  const there = Object.entries(await readEntries(files, [...aliases].map(aliasPath))).filter(([, entry]) => {
    if (entry === null || !('link' in entry)) return false;
    return entry.link === instance || entry.link.startsWith(`${instance}.`);
  });
  return Object.fromEntries(there.map(([path]) => [path, null]));
}
