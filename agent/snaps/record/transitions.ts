/** The other things that happen to a record, each with its inverse where a task needs it. Pure. */
import { SnapsError } from '../error.ts';
import { fullChannel } from './channel.ts';
import { placeOf, type SideInfo, type SnapRecord } from './model.ts';
import { changed, type Step } from './step.ts';

/** The snap's programs are no longer to be found (unlink-current-snap, unlink-snap). */
export function unlinked(record: SnapRecord): Step {
  return changed(record, { active: false });
}

/** Follows another channel or cohort (switch-snap, switch-snap-channel); an empty cohort leaves the one there is. */
export function switched(record: SnapRecord, to: { readonly channel: string; readonly cohort?: string }): Step {
  const tracking = to.channel === '' ? record.tracking : fullChannel(to.channel);
  return changed(record, { tracking, cohort: to.cohort });
}

/** Services that were found disabled when the snap was stopped. */
export function servicesStopped(record: SnapRecord, disabledServices: readonly string[]): Step {
  return changed(record, { disabledServices });
}

export function aliasesSet(
  record: SnapRecord,
  to: Pick<SnapRecord, 'aliases' | 'autoAliasesDisabled' | 'aliasesPending'>,
): Step {
  const { aliases, autoAliasesDisabled, aliasesPending } = to;
  return changed(record, { aliases, autoAliasesDisabled, aliasesPending });
}

/** Running apps stood in the way of an automatic refresh; only the first time counts. */
export function inhibited(record: SnapRecord, now: Date): SnapRecord {
  return { ...record, refreshInhibitedTime: record.refreshInhibitedTime ?? now.toISOString() };
}

/** What brings a discarded revision back. */
export interface Discarded {
  readonly place: number;
  readonly side: SideInfo;
  /** The record as it was: with the last revision all of it goes. */
  readonly before: SnapRecord;
}

export interface DiscardStep {
  /** `undefined` where that was the last revision. */
  readonly record: SnapRecord | undefined;
  /** `undefined` where the revision was not there. */
  readonly inverse: Discarded | undefined;
}

/**
 * Drops a revision (discard-snap).
 * @throws SnapsError `internal` for the one that is running
 */
export function discarded(record: SnapRecord, revision: string): DiscardStep {
  const place = placeOf(record, revision);
  const side = record.sequence[place];
  if (side === undefined) return { record, inverse: undefined };
  if (record.current === revision && record.active) {
    throw new SnapsError('internal', `internal error: cannot discard snap "${record.instance}": still active`, {
      snap: record.instance,
    });
  }
  const inverse: Discarded = { place, side, before: record };
  const sequence = record.sequence.filter((other) => other.revision !== revision);
  const last = sequence.at(-1);
  if (last === undefined) return { record: undefined, inverse };
  const revertStatus = Object.fromEntries(Object.entries(record.revertStatus).filter(([key]) => key !== revision));
  const current = record.current === revision ? last.revision : record.current;
  return { record: { ...record, sequence, revertStatus, ...(current === undefined ? {} : { current }) }, inverse };
}

/** Brings a discarded revision back to its place. */
export function discardReversed(record: SnapRecord | undefined, { place, side, before }: Discarded): SnapRecord {
  if (record === undefined) return before;
  if (placeOf(record, side.revision) >= 0) return record;
  const { revertStatus, current } = before;
  return {
    ...record,
    sequence: record.sequence.toSpliced(place, 0, side),
    revertStatus,
    ...(current === undefined ? {} : { current }),
  };
}
