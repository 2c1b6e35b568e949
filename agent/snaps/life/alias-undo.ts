/** Taking tasks about aliases back: what another snap has got meanwhile stays its own. */
import type { TaskContext } from '../../engine/handler.ts';
import { SnapsError } from '../error.ts';
import { checkAliases } from '../record/alias-conflicts.ts';
import { aliasesDisabled, effectiveAliases } from '../record/aliases.ts';
import type { SnapRecord } from '../record/model.ts';
import { type Inverse, reversed } from '../record/step.ts';
import type { LifeWorld } from './world.ts';

/**
 * Records as they were before a task; where an alias is taken by now, none of that snap's come back, as with snapd.
 * @param inverses by instance
 */
export function aliasesBefore(
  { records }: Pick<LifeWorld, 'records'>,
  context: Pick<TaskContext, 'log'>,
  inverses: Readonly<Record<string, Inverse>>,
): SnapRecord[] {
  const all = records.all();
  const others = all.filter(({ instance }) => !Object.hasOwn(inverses, instance));
  return Object.entries(inverses).flatMap(([instance, inverse]) => {
    const record = all.find((candidate) => candidate.instance === instance);
    if (record === undefined) return [];
    const before = reversed(record, inverse);
    try {
      checkAliases(before, [...others, before]);
      return [before];
    } catch (error) {
      if (!(error instanceof SnapsError)) throw error;
      context.log('ERROR', `cannot reinstate alias state because of conflicts, disabling: ${error.message}`);
      return [aliasesDisabled(before).record];
    }
  });
}

/** Aliases of all snaps but these. */
export function aliasesOfOthers({ records }: Pick<LifeWorld, 'records'>, instances: readonly string[]): Set<string> {
  const others = records.all().filter(({ instance }) => !instances.includes(instance));
  return new Set(others.flatMap((record) => [...effectiveAliases(record).keys()]));
}
