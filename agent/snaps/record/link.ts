/** What link-snap writes down, and how its undo takes that back (`snaps.md` §10; vectors B26-B34, C1-C25). Pure. */
import type { Epoch, SnapType } from '../../../images/snap/index.ts';
import { fullChannel } from './channel.ts';
import {
  isInstalled,
  newRecord,
  placeOf,
  type RevertStatus,
  type SideInfo,
  type SnapFlags,
  type SnapRecord,
} from './model.ts';
import { changed, type Inverse, reversed, type Step } from './step.ts';

/** What becomes current. */
export interface Linking {
  readonly instance: string;
  readonly side: SideInfo;
  readonly type: SnapType;
  readonly version: string;
  readonly base?: string;
  readonly epoch: Epoch;
  /** Tracked from now on; the old one stays where none is given. */
  readonly channel?: string;
  readonly cohort?: string;
  readonly flags: SnapFlags;
  readonly userId?: number;
  /** Given where an old revision is gone back to; whether the one that is left may come again by itself. */
  readonly revert?: RevertStatus;
}

/**
 * Makes a revision current and active.
 * @param record the snap as it is; `undefined` in a first installation
 * @throws SnapsError `bad-request` for a channel that is none
 */
export function linked(record: SnapRecord | undefined, linking: Linking, now: Date): Step {
  const { side, flags, revert } = linking;
  const old = record ?? newRecord(linking.instance, linking.type);
  const { required } = old.flags;
  const tracking =
    linking.channel === undefined || linking.channel === '' ? old.tracking : fullChannel(linking.channel);
  return changed(old, {
    ...{ type: linking.type, version: linking.version, base: linking.base, epoch: linking.epoch },
    ...{ sequence: sequenceWith(old, side, revert !== undefined), current: side.revision, active: true, tracking },
    flags: { ...flags, ...(required === true ? { required } : {}) },
    cohort: linking.cohort,
    userId: old.userId ?? linking.userId,
    revertStatus: revertStatusAfter(old, linking),
    // Running apps no longer stand in the way of anything.
    refreshInhibitedTime: undefined,
    ...(revert === undefined ? { lastRefreshTime: now.toISOString() } : {}),
  });
}

/** Takes a link back; `undefined` where the snap was not there before. Revisions that have gone since then stay gone. */
export function linkReversed(record: SnapRecord, inverse: Inverse): SnapRecord | undefined {
  const before = reversed(record, inverse);
  const sequence = before.sequence.filter(({ revision }) => placeOf(record, revision) >= 0);
  // Its own undo relinks the old revision: between the two nothing is active.
  const result: SnapRecord = { ...before, sequence, active: false };
  return isInstalled(result) ? result : undefined;
}

/** A refresh puts its revision last, also one that was there before; a revert leaves the order alone. */
function sequenceWith(record: SnapRecord, side: SideInfo, isRevert: boolean): readonly SideInfo[] {
  if (placeOf(record, side.revision) < 0) return [...record.sequence, side];
  if (isRevert) return record.sequence;
  return [...record.sequence.filter(({ revision }) => revision !== side.revision), side];
}

function revertStatusAfter(record: SnapRecord, { side, revert }: Linking): SnapRecord['revertStatus'] {
  const changedRevision = revert === undefined ? side.revision : record.current;
  const kept = Object.entries(record.revertStatus).filter(([revision]) => revision !== changedRevision);
  if (revert === 'not-blocked' && changedRevision !== undefined) kept.push([changedRevision, 'not-blocked']);
  return Object.fromEntries(kept);
}
