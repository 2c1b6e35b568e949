/** Aliases as snapd's API shows them: by snap, and there by name. Pure. */
import { commandNameOf } from '../../images/snap/units/index.ts';
import { effectiveAliases } from '../snaps/record/aliases.ts';
import type { SnapRecord } from '../snaps/record/model.ts';

export interface AliasObject {
  /** The command that it stands for, such as `shop.till`; of one that is switched off, what it would be. */
  readonly command: string;
  readonly status: 'auto' | 'manual' | 'disabled';
  readonly manual?: string;
  readonly auto?: string;
}

/** Snaps without any are left out. */
export function aliasObjects(records: readonly SnapRecord[]) {
  const withAliases = records.filter(({ aliases }) => Object.keys(aliases).length > 0);
  return Object.fromEntries(withAliases.map((record) => [record.instance, objectsOf(record)]));
}

function objectsOf(record: SnapRecord): Readonly<Record<string, AliasObject>> {
  const effective = effectiveAliases(record);
  const entries = Object.entries(record.aliases).map(([alias, target]): [string, AliasObject] => {
    const name = effective.get(alias);
    const status = name === undefined ? 'disabled' : target.manual === undefined ? 'auto' : 'manual';
    return [alias, { command: commandNameOf(record, { name: name ?? target.auto ?? '' }), status, ...target }];
  });
  return Object.fromEntries(entries);
}
