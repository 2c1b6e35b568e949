/** Which changes are forgotten, and which are given up because they never end; snapd's numbers. Pure. */
import type { Change } from './model.ts';

const hourMs = 3_600_000;

export interface PruneLimits {
  /** How long a finished change, or an empty one, is kept. */
  readonly keepMs: number;
  /** How long a change may take. */
  readonly abortMs: number;
  /** Finished changes that are kept at most. */
  readonly maxReady: number;
}

export const pruneLimits: PruneLimits = { keepMs: 24 * hourMs, abortMs: 72 * hourMs, maxReady: 500 };

/** How often it is looked. */
export const pruneEveryMs = 600_000;

export type PruneChange = Pick<Change, 'id' | 'spawnTime' | 'readyTime'> & { readonly isEmpty: boolean };

export interface Pruning {
  readonly drop: readonly number[];
  readonly abort: readonly number[];
}

export interface PruneView {
  /** Milliseconds since 1970, as `start`. */
  readonly now: number;
  /** When the daemon started: while it was not there, nothing could come to an end. */
  readonly start: number;
  /** A change that something outside will take further, such as a reboot. */
  isProtected(id: number): boolean;
  readonly limits?: PruneLimits;
}

export function pruning(changes: readonly PruneChange[], view: PruneView): Pruning {
  const { keepMs, abortMs, maxReady } = view.limits ?? pruneLimits;
  const spawned = ({ spawnTime }: PruneChange) => Math.max(Date.parse(spawnTime), view.start);
  const isOlder = (time: number, limit: number) => time < view.now - limit;
  const open = changes.filter(({ readyTime }) => readyTime === undefined);
  const empty = open.filter((change) => change.isEmpty && isOlder(spawned(change), keepMs));
  const stuck = open.filter(
    (change) => !empty.includes(change) && isOlder(spawned(change), abortMs) && !view.isProtected(change.id),
  );
  const ready = changes
    .flatMap(({ id, readyTime }) => (readyTime === undefined ? [] : [{ id, time: Date.parse(readyTime) }]))
    .sort((a, b) => a.time - b.time || a.id - b.id);
  const old = ready.filter(({ time }, at) => isOlder(time, keepMs) || at < ready.length - maxReady);
  return { drop: [...empty, ...old].map(({ id }) => id), abort: stuck.map(({ id }) => id) };
}
