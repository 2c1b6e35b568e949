/**
 * What is to become of one snap in a change: snapd's snap-setup. The first task of the snap carries it, so that each of its
 * tasks can go on after the power was cut.
 */
import type { Epoch, SnapType } from '../../../images/snap/index.ts';
import type { TaskData } from '../../engine/model.ts';
import type { Linking } from '../record/link.ts';
import type { RevertStatus, SideInfo, SnapFlags } from '../record/model.ts';

/** Where the revision comes from. */
export type Source =
  /** A file that was uploaded; it is moved away by mount-snap. */
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly sha256?: string }
  /** What a store is to be asked for; sizes in bytes. */
  | { readonly kind: 'store'; readonly size: number; readonly download: TaskData }
  /** It is on the device. `unused`: what was uploaded and is not needed for that reason; prepare-snap removes it. */
  | { readonly kind: 'present'; readonly unused?: string };

export type Operation = 'install' | 'refresh' | 'revert' | 'enable' | 'disable' | 'remove' | 'switch' | 'alias';

export interface SnapSetup {
  readonly operation: Operation;
  readonly instance: string;
  readonly side: SideInfo;
  readonly type: SnapType;
  readonly version: string;
  readonly base?: string;
  readonly epoch: Epoch;
  /** To be tracked from now on. */
  readonly channel?: string;
  readonly cohort?: string;
  readonly userId?: number;
  readonly flags: SnapFlags;
  readonly source: Source;
  /** The revision that was current when this was planned. */
  readonly previous?: string;
  readonly revert?: RevertStatus;
  /** No automatic aliases. */
  readonly unaliased?: boolean;
  /** Its running programs are no reason to refuse. */
  readonly ignoreRunning?: boolean;
  readonly automatic?: boolean;
}

/** The name under which a task's data carries a setup. */
export const setupKey = 'snap-setup';

/** Reads it back. @throws Error where the data carries none */
export function setupIn(data: TaskData): SnapSetup {
  const value = data[setupKey];
  if (!isSetup(value)) throw new Error('cannot go on with this task: it carries no snap-setup');
  return value;
}

export function fileNameOfSetup({ instance, side }: Pick<SnapSetup, 'instance' | 'side'>): string {
  return `${instance}_${side.revision}.snap`;
}

/** What link-snap writes down. */
export function linkingOf(setup: SnapSetup): Linking {
  const { instance, side, type, version, base, epoch, channel, cohort, flags, userId, revert } = setup;
  return {
    ...{ instance, side, type, version, epoch, flags },
    ...(base === undefined ? {} : { base }),
    ...(channel === undefined ? {} : { channel }),
    ...(cohort === undefined ? {} : { cohort }),
    ...(userId === undefined ? {} : { userId }),
    ...(revert === undefined ? {} : { revert }),
  };
}

function isSetup(value: unknown): value is SnapSetup {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const texts = ['operation', 'instance', 'type', 'version'];
  const objects = ['side', 'epoch', 'flags', 'source'];
  return (
    texts.every((key) => typeof fields[key] === 'string') &&
    objects.every((key) => typeof fields[key] === 'object' && fields[key] !== null)
  );
}
