/**
 * Who asked that a snap is not refreshed, and until when (`snaps.md` §16.3). A person (`system`) may hold for any time, also
 * against refreshes that are asked for (level `general`); a snap only for a while, and only automatic ones. Pure.
 */
import { SnapsError } from '../error.ts';

export type HoldLevel = 'auto-refresh' | 'general';

export interface Hold {
  /** The snap that is held. */
  readonly snap: string;
  /** `system`, or the snap that holds. */
  readonly holder: string;
  readonly firstHeld: Date;
  /** `forever` only for `system`. */
  readonly until: Date | 'forever';
  readonly level: HoldLevel;
}

export const systemHolder = 'system';

const hour = 3600_000;
const day = 24 * hour;
/** A snap may hold others this long in all. */
const maxOtherMs = 48 * hour;
/** No snap keeps another from being refreshed for longer than this. */
export const maxPostponementMs = 95 * day;
/** Kept free at its end, so that a refresh has time to be tried. */
const bufferMs = 5 * day;

/** Who holds each snap at a level, or at a more restricting one. */
export function heldSnaps(
  holds: readonly Hold[],
  level: HoldLevel,
  now: Date,
  lastRefreshOf: (snap: string) => Date | undefined,
): ReadonlyMap<string, readonly string[]> {
  const effective = holds.filter((hold) => isEffective(hold, level, now, lastRefreshOf(hold.snap)));
  const names = [...new Set(effective.map(({ snap }) => snap))];
  return new Map(
    names.map((name) => [name, effective.filter(({ snap }) => snap === name).map(({ holder }) => holder)]),
  );
}

export function isEffective(hold: Hold, level: HoldLevel, now: Date, lastRefresh: Date | undefined): boolean {
  if (level === 'general' && hold.level !== 'general') return false;
  if (hold.until !== 'forever' && hold.until.getTime() < now.getTime()) return false;
  if (hold.holder === systemHolder || lastRefresh === undefined) return true;
  return lastRefresh.getTime() + maxPostponementMs >= now.getTime();
}

/** Holds of a person. They replace those that this person placed on the same snaps before. */
export function holdBySystem(
  holds: readonly Hold[],
  snaps: readonly string[],
  until: Date | 'forever',
  level: HoldLevel,
  now: Date,
): Hold[] {
  const placed = snaps.map((snap): Hold => {
    const before = holds.find((hold) => hold.snap === snap && hold.holder === systemHolder);
    return { snap, holder: systemHolder, firstHeld: before?.firstHeld ?? now, until, level };
  });
  return [...without(holds, snaps, systemHolder), ...placed];
}

export interface SnapHold {
  readonly holder: string;
  readonly snaps: readonly string[];
  /** Milliseconds; as long as is allowed where none is given. */
  readonly durationMs?: number;
  lastRefreshOf(snap: string): Date;
}

/**
 * Holds of a snap on itself and others, within its limits; all or none: where one is refused, the holder loses what it
 * held of the others, too.
 * @returns the holds from now on, and how much of the time is left, or the refusals
 */
export function holdBySnap(
  holds: readonly Hold[],
  { holder, snaps, durationMs, lastRefreshOf }: SnapHold,
  now: Date,
): { readonly holds: readonly Hold[]; readonly leftMs: number; readonly error: SnapsError | undefined } {
  const placed: Hold[] = [];
  const refusals: string[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const snap of snaps) {
    const before = holds.find((hold) => hold.snap === snap && hold.holder === holder);
    const firstHeld = before?.firstHeld ?? now;
    const most = snap === holder ? maxPostponementMs - bufferMs : maxOtherMs;
    const cutOff = lastRefreshOf(snap).getTime() + maxPostponementMs - bufferMs;
    const left = Math.min(firstHeld.getTime() + most, cutOff) - now.getTime();
    if (left <= 0) {
      refusals.push(`snap "${holder}" cannot hold snap "${snap}" anymore, maximum refresh postponement exceeded`);
    } else if (durationMs !== undefined && durationMs > most) {
      refusals.push(
        `requested holding duration for snap "${snap}" of ${goDuration(durationMs)} by snap "${holder}" exceeds maximum holding time`,
      );
    } else {
      const until = new Date(Math.min(now.getTime() + (durationMs ?? left), cutOff));
      placed.push({ snap, holder, firstHeld, until, level: 'auto-refresh' });
      least = Math.min(least, left);
    }
  }
  const others = without(holds, snaps, holder);
  if (refusals.length === 0) return { holds: [...others, ...placed], leftMs: least, error: undefined };
  const error = new SnapsError('bad-request', ['cannot hold some snaps:', ...refusals].join('\n - '));
  return { holds: others, leftMs: 0, error };
}

/** Ends what a holder holds; of all snaps where none is named. */
export function released(holds: readonly Hold[], holder: string, snaps: readonly string[] = []): Hold[] {
  return holds.filter((hold) => hold.holder !== holder || (snaps.length > 0 && !snaps.includes(hold.snap)));
}

/** A refresh of these begins: what snaps held of them is over, what a person holds stays. */
export function afterRefresh(holds: readonly Hold[], snaps: readonly string[]): Hold[] {
  return holds.filter((hold) => hold.holder === systemHolder || !snaps.includes(hold.snap));
}

/** A snap is gone: as one that is held, and as one that holds. */
export function afterRemoval(holds: readonly Hold[], snap: string): Hold[] {
  return holds.filter((hold) => hold.snap !== snap && hold.holder !== snap);
}

/** As Go prints a duration of whole seconds. */
function goDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 3600)}h${Math.floor(seconds / 60) % 60}m${seconds % 60}s`;
}

function without(holds: readonly Hold[], snaps: readonly string[], holder: string): Hold[] {
  return holds.filter((hold) => hold.holder !== holder || !snaps.includes(hold.snap));
}
