/** What stands in the way of a snap's aliases. Pure; texts are snapd's. */
import { SnapsError } from '../error.ts';
import { type AliasRecord, effectiveAliases } from './aliases.ts';

/**
 * Which of its aliases other snaps have, by their instance. Those of a disabled snap count, too: it may be enabled again.
 * @throws SnapsError `bad-request` where an alias reads as a command of a snap, be it its own: nobody could give that up
 */
export function aliasesInWay(record: AliasRecord, all: readonly AliasRecord[]): ReadonlyMap<string, readonly string[]> {
  const { instance } = record;
  const names = [...effectiveAliases(record).keys()];
  for (const alias of names) {
    const namespace = alias.split('.')[0];
    if (!all.some((other) => other.instance === namespace)) continue;
    const why = `it conflicts with the command namespace of installed snap "${namespace}"`;
    throw new SnapsError('bad-request', `cannot enable alias "${alias}" for "${instance}", ${why}`, { snap: instance });
  }
  const others = all.filter((other) => other.instance !== instance);
  return new Map(
    others.flatMap((other): [string, string[]][] => {
      const taken = effectiveAliases(other);
      const both = names.filter((name) => taken.has(name));
      return both.length === 0 ? [] : [[other.instance, both]];
    }),
  );
}

/** @throws SnapsError `bad-request` where an alias is taken, or reads as a command of a snap */
export function checkAliases(record: AliasRecord, all: readonly AliasRecord[]): void {
  const taken = [...aliasesInWay(record, all)];
  if (taken.length === 0) return;
  const { instance } = record;
  const parts = taken.map(([other, names], place) => {
    const what = `alias${names.length === 1 ? '' : 'es'} ${names.map((name) => `"${name}"`).join(', ')}`;
    return `${what}${place === 0 ? ` for "${instance}",` : ''} already enabled for "${other}"`;
  });
  throw new SnapsError('bad-request', `cannot enable ${parts.join(' nor ')}`, { snap: instance });
}

/** @throws SnapsError `bad-request` where the commands of a snap that is to come would stand in the place of an alias */
export function checkNamespace(instance: string, all: Iterable<AliasRecord>): void {
  for (const other of all) {
    const alias = [...effectiveAliases(other).keys()].find((name) => name.split('.')[0] === instance);
    if (alias === undefined) continue;
    const text = `snap "${instance}" command namespace conflicts with alias "${alias}" for "${other.instance}" snap`;
    throw new SnapsError('bad-request', text, { snap: instance });
  }
}
