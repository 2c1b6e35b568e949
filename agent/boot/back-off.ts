/**
 * Revisions that failed here and are not tried again by themselves for a while: snapd's delays, by the revision that failed
 * last. Another revision of the snap, or somebody who asks for it by name, ends that.
 */
import type { Database } from '../system/database.ts';
import type { CauseCode } from './cause.ts';

/** The table, for the schema's migrations. */
export const backOffTables: readonly string[] = [
  `CREATE TABLE held_back (
    name TEXT PRIMARY KEY, revision TEXT NOT NULL, failures INTEGER NOT NULL, last_time TEXT NOT NULL,
    until TEXT NOT NULL, cause TEXT NOT NULL, attempt TEXT NOT NULL
  )`,
];

const hourMillis = 3_600_000;
/** snapd's delays after the first failure, the second, ... in hours; the last one from then on. */
const delayHours: readonly number[] = [8, 12, 24, 48, 96, 168, 252, 336];

/** Endings that say nothing about what was tried, among them those of a trial that never started, for the device's own fault. */
const blameless: ReadonlySet<CauseCode> = new Set<CauseCode>([
  'not-saved',
  'not-started',
  'boot-script-damaged',
  'environment',
  'power-cut',
  'unexplained',
  'interrupted',
]);

/** True where a revision that came back for this cause is held back. */
export function isBlamed(cause: CauseCode): boolean {
  return !blameless.has(cause);
}

/** How long a revision is left alone, milliseconds. One that cost a reboot waits twice as long. */
export function delayMillis(failures: number, afterReboot: boolean): number {
  const hours = delayHours[Math.min(Math.max(failures, 1), delayHours.length) - 1] ?? 0;
  return hours * hourMillis * (afterReboot ? 2 : 1);
}

export interface HeldBack {
  readonly name: string;
  readonly revision: string;
  readonly failures: number;
  readonly lastTime: string;
  /** No automatic attempt before this time. A clock that was not set yet is before it, too. */
  readonly until: string;
  readonly cause: CauseCode;
}

export interface Failure {
  readonly name: string;
  readonly revision: string;
  readonly cause: CauseCode;
  /** It failed on a boot of its own, not while it was put in place. */
  readonly afterReboot: boolean;
  /** Names the attempt, so that it counts once however often it is written down after a cut. */
  readonly attempt: string;
}

interface Row {
  readonly name: string;
  readonly revision: string;
  readonly failures: number;
  readonly last_time: string;
  readonly until: string;
  readonly cause: CauseCode;
  readonly attempt: string;
}

export class BackOff {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** Everything that is known to have failed, by name; also what may be tried again by now. */
  list(): HeldBack[] {
    return this.#db.all<Row>('SELECT * FROM held_back ORDER BY name').map(heldBackOf);
  }

  /** Why a revision is not to be tried automatically now; `undefined` where it may be. */
  heldBack(name: string, revision: string): HeldBack | undefined {
    const row = this.#row(name);
    const isHeld = row?.revision === revision && this.#now().getTime() < Date.parse(row.until);
    return isHeld ? heldBackOf(row) : undefined;
  }

  mayTry(name: string, revision: string): boolean {
    return this.heldBack(name, revision) === undefined;
  }

  /** Counts a failure, and says until when the revision is held back; `undefined` where its cause does not count. */
  failed({ name, revision, cause, afterReboot, attempt }: Failure): HeldBack | undefined {
    if (!isBlamed(cause)) return undefined;
    const before = this.#row(name);
    if (before?.revision === revision && before.attempt === attempt) return heldBackOf(before);
    const failures = before?.revision === revision ? before.failures + 1 : 1;
    const time = this.#now();
    const until = new Date(time.getTime() + delayMillis(failures, afterReboot)).toISOString();
    const row: Row = {
      ...{ name, revision, failures, last_time: time.toISOString(), until, cause },
      attempt,
    };
    this.#put('failed', row);
    return heldBackOf(row);
  }

  /** Another revision is the one to try now, so what failed before it is over. */
  aimAt(name: string, revision: string): void {
    const row = this.#row(name);
    if (row !== undefined && row.revision !== revision) this.clear(name);
  }

  /** Somebody asked for it by name. */
  clear(name: string): void {
    if (this.#row(name) === undefined) return;
    this.#db.transaction('held-back: clear', (sql) => sql.run('DELETE FROM held_back WHERE name = ?', name));
  }

  #row(name: string): Row | undefined {
    return this.#db.get<Row>('SELECT * FROM held_back WHERE name = ?', name);
  }

  #put(what: string, row: Row): void {
    this.#db.transaction(`held-back: ${what}`, (sql) =>
      sql.run(
        `INSERT OR REPLACE INTO held_back (name, revision, failures, last_time, until, cause, attempt)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...[row.name, row.revision, row.failures, row.last_time, row.until, row.cause, row.attempt],
      ),
    );
  }
}

function heldBackOf(row: Row): HeldBack {
  const { name, revision, failures, until, cause } = row;
  return { name, revision, failures, lastTime: row.last_time, until, cause };
}
