/**
 * The text of `/var/lib/snapd/sequence/<instance>.json`, byte for byte snapd's: what goes back to an older agent while none
 * runs reads it. Pure.
 */
import type { SnapRecord } from './model.ts';
import { unsetRevision } from './revision.ts';

/** Where there is no record there is no file. */
export function sequenceFileText({ sequence, current }: Pick<SnapRecord, 'sequence' | 'current'>): string {
  return JSON.stringify({
    sequence: sequence.map(({ name, snapId, revision, channel }) => ({
      ...{ name, 'snap-id': snapId, revision },
      ...(channel === undefined || channel === '' ? {} : { channel }),
    })),
    current: current ?? unsetRevision,
    'migrated-hidden': false,
    'migrated-exposed-home': false,
  });
}
