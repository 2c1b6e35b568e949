/** The sequence of revisions: what a refresh drops of it and what a store must not offer again. Pure (`snaps.md` §12, §18). */
import { placeOf, type SnapRecord } from './model.ts';

/** The revision that a plain revert goes to: the one before the current; `undefined` where there is none. */
export function previousRevision(record: SnapRecord): string | undefined {
  return record.sequence[placeOf(record, record.current) - 1]?.revision;
}

/**
 * Revisions that a refresh of all snaps must not bring back: those after the current one, which were reverted from. A
 * refresh that names the snap does not ask for this.
 */
export function blockedRevisions(record: SnapRecord): string[] {
  const current = placeOf(record, record.current);
  if (current < 0) return [];
  const after = record.sequence.slice(current + 1).map(({ revision }) => revision);
  return after.filter((revision) => record.revertStatus[revision] !== 'not-blocked');
}

export interface Dropping {
  readonly record: SnapRecord;
  /** The revision that becomes the current one. */
  readonly target: string;
  /** How many revisions stay in all, the target included. */
  readonly retain: number;
  /** Anything that boots, is armed, is the last good or the previous one: never dropped. */
  isBootUsed(revision: string): boolean;
}

/**
 * The revisions that a refresh to `target` drops, in the order in which they go: first all that a revert left after the
 * current one, then the oldest, as far as `retain` asks for it.
 */
export function revisionsToDrop({ record, target, retain, isBootUsed }: Dropping): string[] {
  const isNew = placeOf(record, target) < 0;
  const revisions = record.sequence.map(({ revision }) => revision);
  const current = placeOf(record, record.current);
  const reverted = revisions.slice(current + 1).filter((revision) => revision !== target);
  const others = revisions.slice(0, current + 1).filter((revision, place) => place === current || revision !== target);
  const kept = isNew ? retain - 1 : retain;
  const old = others.slice(0, Math.max(0, others.length - kept));
  return [...reverted, ...old].filter((revision) => revision !== target && !isBootUsed(revision));
}
