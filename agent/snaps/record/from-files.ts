/**
 * Records for snaps that are there without one: the boot set of a new image, and all of them where the database was lost.
 * What boots is current; of other snaps it is the newest file. Channels, aliases and modes cannot be told from files. Pure.
 */
import type { Epoch, SnapType } from '../../../images/snap/index.ts';
import { isInstalled, newRecord, type SideInfo, type SnapRecord } from './model.ts';
import { isLocalRevision } from './revision.ts';

export interface FoundSnap {
  readonly instance: string;
  readonly revision: string;
  readonly type: SnapType;
  readonly version: string;
  readonly base?: string;
  readonly epoch: Epoch;
  /** Where signatures say so. */
  readonly snapId?: string;
  /** RFC 3339; files of one snap are ordered by it. */
  readonly time: string;
}

/**
 * @param found every snap file that can be read
 * @param booted the revision that boots, by instance
 */
export function recordsFromFiles(
  found: readonly FoundSnap[],
  known: ReadonlySet<string>,
  booted: ReadonlyMap<string, string>,
): SnapRecord[] {
  const instances = [...new Set(found.map(({ instance }) => instance))].filter((instance) => !known.has(instance));
  return instances.flatMap((instance) => {
    const files = found.filter((file) => file.instance === instance).toSorted(byTime);
    const record = recordOf(instance, files, booted.get(instance));
    return isInstalled(record) ? [record] : [];
  });
}

function recordOf(instance: string, files: readonly FoundSnap[], boots: string | undefined): SnapRecord | undefined {
  const current = files.find(({ revision }) => revision === boots) ?? files.at(-1);
  if (current === undefined) return undefined;
  const name = instance.split('_')[0] ?? instance;
  const sequence = files.map(({ revision, snapId }): SideInfo => ({ name, snapId: snapId ?? '', revision }));
  return {
    ...newRecord(instance, current.type),
    ...{ sequence, current: current.revision, active: true, version: current.version, epoch: current.epoch },
    ...(current.base === undefined ? {} : { base: current.base }),
  };
}

/** Of one time the store's revisions come by number, and local ones last. */
function byTime(a: FoundSnap, b: FoundSnap): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  if (isLocalRevision(a.revision) !== isLocalRevision(b.revision)) return isLocalRevision(a.revision) ? 1 : -1;
  return Number(a.revision.replace('x', '')) - Number(b.revision.replace('x', ''));
}
