/** Aliases of a snap: which count, and what becomes of them (`snaps.md` §19). Pure. */
import { isService, type SnapInfo } from '../../../images/snap/index.ts';
import type { AliasTarget, SnapRecord } from './model.ts';
import { changed, type Step } from './step.ts';

export type AliasRecord = Pick<SnapRecord, 'instance' | 'aliases' | 'autoAliasesDisabled'>;
type Aliases = SnapRecord['aliases'];

/** The app that each alias calls: what a person set wins. */
export function effectiveAliases({
  aliases,
  autoAliasesDisabled,
}: Pick<AliasRecord, 'aliases' | 'autoAliasesDisabled'>): ReadonlyMap<string, string> {
  const entries = Object.entries(aliases).flatMap(([name, { manual, auto }]): [string, string][] => {
    const app = manual ?? (autoAliasesDisabled ? undefined : auto);
    return app === undefined ? [] : [[name, app]];
  });
  return new Map(entries);
}

/** The aliases with what the publisher declares now; those whose app is not there any more, or is a service, are dropped. */
export function withAutoAliases(
  { aliases }: Pick<SnapRecord, 'aliases'>,
  declared: Readonly<Record<string, string>>,
  { apps }: Pick<SnapInfo, 'apps'>,
): Aliases {
  const isUsable = (name: string | undefined): name is string => {
    const app = name === undefined ? undefined : apps.get(name);
    return app !== undefined && !isService(app);
  };
  const next = new Map<string, AliasTarget>();
  for (const [name, { manual }] of Object.entries(aliases)) if (isUsable(manual)) next.set(name, { manual });
  for (const [name, auto] of Object.entries(declared)) if (isUsable(auto)) next.set(name, { ...next.get(name), auto });
  return sorted(next);
}

/** A person sets an alias; it wins over an automatic one of that name (alias). */
export function aliasSet(record: SnapRecord, alias: string, app: string): Step {
  const aliases = new Map(Object.entries(record.aliases));
  aliases.set(alias, { ...aliases.get(alias), manual: app });
  return changed(record, { aliases: sorted(aliases) });
}

/** An alias that a person set goes; an automatic one of that name comes back (unalias). */
export function aliasUnset(record: SnapRecord, alias: string): Step {
  const aliases = new Map(Object.entries(record.aliases));
  const auto = aliases.get(alias)?.auto;
  if (auto === undefined) aliases.delete(alias);
  else aliases.set(alias, { auto });
  return changed(record, { aliases: sorted(aliases) });
}

/** Automatic aliases are switched off, and those that a person set go (disable-aliases). */
export function aliasesDisabled(record: SnapRecord): Step {
  return changed(record, { aliases: autoOnly(record.aliases), autoAliasesDisabled: true });
}

/** Another snap is preferred: the same, but where nothing automatic is left, none is switched off that may come later. */
export function aliasesGivenUp(record: SnapRecord): Step {
  const aliases = autoOnly(record.aliases);
  const autoAliasesDisabled = record.autoAliasesDisabled || Object.keys(aliases).length > 0;
  return changed(record, { aliases, autoAliasesDisabled });
}

/** Automatic aliases are switched on (prefer-aliases). */
export function aliasesEnabled(record: SnapRecord): Step {
  return changed(record, { autoAliasesDisabled: false });
}

/** True for an alias that a person set. */
export function hasManualAlias({ aliases }: Pick<SnapRecord, 'aliases'>, alias: string): boolean {
  return Object.entries(aliases).some(([name, { manual }]) => name === alias && manual !== undefined);
}

function autoOnly(aliases: Aliases): Aliases {
  return Object.fromEntries(
    Object.entries(aliases).flatMap(([name, { auto }]) => (auto === undefined ? [] : [[name, { auto }]])),
  );
}

function sorted(aliases: ReadonlyMap<string, AliasTarget>): Aliases {
  return Object.fromEntries([...aliases].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
