/** Aliases of a snap: which count, what their links are, and what stands in their way (`snaps.md` §19). Pure; texts are snapd's. */
import { isService, type SnapInfo } from '../../../images/snap/index.ts';
import { commandNameOf } from '../../../images/snap/units/index.ts';
import { SnapsError } from '../error.ts';
import type { AliasTarget, SnapRecord } from '../record/model.ts';
import type { Entries } from './entries.ts';
import { binFolder } from './places.ts';

type AliasRecord = Pick<SnapRecord, 'instance' | 'aliases' | 'autoAliasesDisabled'>;

/** The app that each alias calls: what a person set wins. */
export function effectiveAliases({ aliases, autoAliasesDisabled }: AliasRecord): ReadonlyMap<string, string> {
  const entries = Object.entries(aliases).flatMap(([name, { manual, auto }]): [string, string][] => {
    const app = manual ?? (autoAliasesDisabled ? undefined : auto);
    return app === undefined ? [] : [[name, app]];
  });
  return new Map(entries);
}

/** A link for each alias whose app is there and no service. */
export function aliasEntries(record: AliasRecord, { apps }: Pick<SnapInfo, 'apps'>): Entries {
  const { instance } = record;
  const links = [...effectiveAliases(record)].flatMap(([alias, name]) => {
    const app = apps.get(name);
    if (app === undefined || isService(app)) return [];
    return [[`${binFolder}/${alias}`, { link: commandNameOf({ instance }, app) }] as const];
  });
  return Object.fromEntries(links);
}

/** The aliases with what the publisher declares now, for apps that are there and no services. */
export function withAutoAliases(
  { aliases }: Pick<SnapRecord, 'aliases'>,
  declared: Readonly<Record<string, string>>,
  { apps }: Pick<SnapInfo, 'apps'>,
): SnapRecord['aliases'] {
  const usable = Object.entries(declared).filter(([, name]) => {
    const app = apps.get(name);
    return app !== undefined && !isService(app);
  });
  const manual = Object.entries(aliases).flatMap(([name, target]): [string, AliasTarget][] =>
    target.manual === undefined ? [] : [[name, { manual: target.manual }]],
  );
  const next = new Map(manual);
  for (const [name, auto] of usable) next.set(name, { ...next.get(name), auto });
  return Object.fromEntries([...next].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** @throws SnapsError `bad-request` where an alias is taken, or reads as a command of another snap */
export function checkAliases(record: AliasRecord, all: readonly SnapRecord[]): void {
  const others = all.filter(({ instance }) => instance !== record.instance);
  for (const alias of effectiveAliases(record).keys()) {
    const refuse = (why: string): never => {
      throw new SnapsError('bad-request', `cannot enable alias "${alias}" for "${record.instance}", ${why}`, {
        snap: record.instance,
      });
    };
    for (const other of others) {
      const { instance } = other;
      if (alias === instance || alias.startsWith(`${instance}.`)) {
        refuse(`it conflicts with the command namespace of installed snap "${instance}"`);
      }
      if (!other.aliasesPending && effectiveAliases(other).has(alias)) refuse(`already enabled for "${instance}"`);
    }
  }
}
