/** What the device knows of a snap, beside its files: one record per instance, as snapd's (`snaps.md` §8). */
import type { Epoch, SnapType } from '../../../images/snap/index.ts';

/** One revision of a snap, with what a signature or a store says of it. */
export interface SideInfo {
  /** The snap's own name, without the key of a parallel instance. */
  readonly name: string;
  /** Empty for a file without signatures. */
  readonly snapId: string;
  /** `7` or `x1`. */
  readonly revision: string;
  readonly channel?: string;
}

/** How a snap was asked to run; kept over refreshes and reverts. */
export interface SnapFlags {
  readonly devmode?: boolean;
  readonly jailmode?: boolean;
  readonly classic?: boolean;
  readonly trymode?: boolean;
  /** The model needs it: it is not removed. */
  readonly required?: boolean;
  readonly ignoreValidation?: boolean;
}

/** Targets of an alias: what a person set wins over what the snap's publisher set. */
export interface AliasTarget {
  readonly manual?: string;
  readonly auto?: string;
}

/** Whether a revision that was reverted from may come again by itself: `default` says no. */
export type RevertStatus = 'default' | 'not-blocked';

export interface SnapRecord {
  /** `<name>` or `<name>_<key>`. */
  readonly instance: string;
  readonly type: SnapType;
  /** In the order in which they were first linked; `current` may stand anywhere after a revert. */
  readonly sequence: readonly SideInfo[];
  /** Always in the sequence; missing only while there is none. */
  readonly current?: string;
  /** False where the snap is disabled, or between unlinking and linking. */
  readonly active: boolean;
  /** The channel that is followed, such as `latest/stable`; empty where none is. */
  readonly tracking: string;
  readonly flags: SnapFlags;
  readonly aliases: Readonly<Record<string, AliasTarget>>;
  readonly autoAliasesDisabled: boolean;
  /** Links of aliases are not on the disk, though they should be. */
  readonly aliasesPending: boolean;
  /** Services that were disabled when the snap was last stopped; they stay so when it starts again. */
  readonly disabledServices: readonly string[];
  readonly revertStatus: Readonly<Record<string, RevertStatus>>;
  /** When running apps first stood in the way of an automatic refresh; RFC 3339. */
  readonly refreshInhibitedTime?: string;
  readonly lastRefreshTime?: string;
  /** Of the current revision. `undefined` stands for `core` in apps. */
  readonly base?: string;
  readonly epoch: Epoch;
  readonly version: string;
  readonly userId?: number;
  readonly cohort?: string;
}

/** A record of a snap that is not installed yet. */
export function newRecord(instance: string, type: SnapType): SnapRecord {
  return {
    ...{ instance, type, sequence: [], active: false, tracking: '', flags: {} },
    ...{ aliases: {}, autoAliasesDisabled: false, aliasesPending: false, disabledServices: [], revertStatus: {} },
    ...{ epoch: { read: [0], write: [0] }, version: '' },
  };
}

export function isInstalled(record: SnapRecord | undefined): record is SnapRecord {
  return record !== undefined && record.sequence.length > 0;
}

/** The place of a revision in the sequence, or -1. */
export function placeOf(record: Pick<SnapRecord, 'sequence'>, revision: string | undefined): number {
  return record.sequence.findLastIndex((side) => side.revision === revision);
}

export function sideInfoOf(record: SnapRecord, revision: string | undefined): SideInfo | undefined {
  return record.sequence[placeOf(record, revision)];
}
