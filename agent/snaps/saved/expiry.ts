/** How long snapshots that were saved by themselves are kept (`snapshots.automatic.retention`), and their end. */
import { join } from 'node:path';
import { formatDuration, parseDuration } from '../../../images/snap/duration.ts';
import type { Change } from '../../engine/model.ts';
import { reasonOf, SavedError } from './error.ts';
import { fileNameOf } from './file-name.ts';
import { setConflict } from './set-conflict.ts';
import { savedNames } from './sets.ts';
import { type SavedWorld, snapshotFolder } from './world.ts';

const hourMs = 3_600_000;
/** On a classic system, where nothing else was set; milliseconds. */
export const usualRetention = 31 * 24 * hourMs;
const minRetention = 24 * hourMs;
const key = 'snapshots.automatic.retention';

/**
 * How long, milliseconds; `undefined` where nothing is saved by itself, which on core is so unless it was set.
 * @param complain is told about a value that means nothing
 */
export function retentionOf(
  value: unknown,
  classic: boolean,
  complain: (text: string) => void = () => {},
): number | undefined {
  if (value === 'no') return undefined;
  const usual = classic ? usualRetention : undefined;
  if (value === undefined || value === null || value === '') return usual;
  try {
    const retention = millisecondsOf(String(value));
    return retention > 0 ? retention : undefined;
  } catch (error) {
    complain(`${key} cannot be parsed: ${reasonOf(error)}`);
    return usual;
  }
}

/** Whether it may be set to that; nothing unsets it. Texts are snapd's. @throws SavedError `bad-request` */
export function checkRetention(value: unknown): void {
  if (value === undefined || value === null || value === '' || value === 'no') return;
  let retention: number;
  try {
    retention = millisecondsOf(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (cause) {
    throw new SavedError('bad-request', `${key} cannot be parsed: ${reasonOf(cause)}`, { cause });
  }
  if (retention >= minRetention) return;
  throw new SavedError('bad-request', `${key} must be a value greater than 24 hours, or "no" to disable`);
}

function millisecondsOf(text: string): number {
  return parseDuration(text) / 1e6;
}

/** As Go prints it; for people. */
export function retentionText(retention: number): string {
  return formatDuration(retention * 1e6);
}

/**
 * Removes the sets whose time is over, save those that a change works on: they are looked at again the next time. Once a day is
 * enough. Returns their numbers. @throws DiskError; DatabaseError
 */
export async function forgetExpired(world: SavedWorld, open: readonly Change[]): Promise<readonly number[]> {
  const now = world.clock.wallMs();
  const names = await savedNames(world);
  const forgotten: number[] = [];
  for (const [set, expiry] of world.sets.expiries()) {
    if (expiry.getTime() > now || setConflict(open, set, ['check-snapshot', 'restore-snapshot']) !== undefined)
      continue;
    for (const name of names.filter((one) => one.set === set)) {
      await world.disk.remove(join(snapshotFolder(world), fileNameOf(name)));
    }
    // After the files: a power cut between them is made up for by the next time.
    await world.sets.dropExpiry(set);
    forgotten.push(set);
  }
  return forgotten;
}
