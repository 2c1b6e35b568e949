/**
 * The log of trials: each one from the moment it is armed, and how it ended; also the times when the device helped itself
 * without one. What a person reads who finds a device on another revision than expected.
 */
import { isEmpty, SLOTS, type SlotNames, sameSlots } from '../../bootloader/protocol/index.ts';
import type { Database } from '../system/database.ts';
import type { Cause } from './cause.ts';

/** The table, for the schema's migrations. */
export const trialTables: readonly string[] = [
  `CREATE TABLE boots (
    id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, tried TEXT NOT NULL, good TEXT NOT NULL, change INTEGER,
    staged_boot TEXT NOT NULL, staged_time TEXT NOT NULL, reboots INTEGER NOT NULL DEFAULT 0,
    reboot_boot TEXT, trial_boot TEXT, trial_time TEXT, end_time TEXT, cause TEXT, settled INTEGER NOT NULL DEFAULT 0
  )`,
];

/** Since version 2: what was well before the trial, as JSON. */
export const trialBaselineColumn: readonly string[] = ['ALTER TABLE boots ADD COLUMN baseline TEXT'];

/** How a trial, or a boot that was none, ended. */
export type Outcome =
  | 'confirmed'
  | 'reverted'
  /** Disarmed before it started. */
  | 'cancelled'
  /** The good set failed; the one before it was booted and is the good one now. */
  | 'fell-back'
  /** The state was damaged and was made whole, or as whole as it could be, from its checkpoints and its log. */
  | 'state-restored'
  /** The state was lost and made again from the files and the environment. */
  | 'state-rebuilt';

export interface TrialEntry {
  readonly id: number;
  /** `undefined` while the trial is open. */
  readonly what: Outcome | undefined;
  readonly tried: SlotNames;
  /** The good set when the trial was armed. */
  readonly good: SlotNames;
  readonly change: number | undefined;
  readonly stagedBoot: string;
  readonly stagedTime: string;
  /** Boots in which a reboot was asked for since it was armed, or last started. */
  readonly reboots: number;
  /** The latest of them. */
  readonly rebootBoot: string | undefined;
  readonly trialBoot: string | undefined;
  readonly trialTime: string | undefined;
  readonly endTime: string | undefined;
  readonly cause: Cause | undefined;
  /** What was well when the reboot was asked for (`health/baseline.ts` reads it); `undefined` where it was not looked at. */
  readonly baseline: unknown;
}

interface Row {
  readonly id: number;
  readonly what: Outcome | null;
  readonly tried: string;
  readonly good: string;
  readonly change: number | null;
  readonly staged_boot: string;
  readonly staged_time: string;
  readonly reboots: number;
  readonly reboot_boot: string | null;
  readonly trial_boot: string | null;
  readonly trial_time: string | null;
  readonly end_time: string | null;
  readonly cause: string | null;
  readonly baseline: string | null;
}

const keptEntries = 500;

export class TrialLog {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** The trial that has no outcome yet, or whose outcome is not yet in the environment. */
  unsettled(): TrialEntry | undefined {
    return this.#one('SELECT * FROM boots WHERE settled = 0 ORDER BY id DESC LIMIT 1');
  }

  /** The latest trial of a change, however it stands; `undefined` where none was ever opened for it, or that is long ago. */
  ofChange(change: number): TrialEntry | undefined {
    return this.#one('SELECT * FROM boots WHERE change = ? ORDER BY id DESC LIMIT 1', change);
  }

  /** What ended, the latest first. */
  outcomes(limit: number): TrialEntry[] {
    return this.#db.all<Row>('SELECT * FROM boots WHERE what IS NOT NULL ORDER BY id DESC LIMIT ?', limit).map(entryOf);
  }

  /**
   * Opens a trial, before the environment is written. The same one again, where it is open already: with what is good now, as
   * the device may have fallen back since.
   */
  open(trial: { tried: SlotNames; good: SlotNames; change: number | undefined; bootId: string }): TrialEntry {
    const known = this.unsettled();
    if (known?.what === undefined && known !== undefined && known.change === trial.change) {
      if (sameSlots(known.good, trial.good)) return known;
      const good = JSON.stringify(trial.good);
      this.#db.transaction('trial: open again', (sql) =>
        sql.run('UPDATE boots SET good = ? WHERE id = ?', good, known.id),
      );
      return { ...known, good: trial.good };
    }
    this.#db.transaction('trial: open', (sql) => {
      sql.run(
        'INSERT INTO boots (tried, good, change, staged_boot, staged_time) VALUES (?, ?, ?, ?, ?)',
        JSON.stringify(trial.tried),
        JSON.stringify(trial.good),
        trial.change ?? null,
        trial.bootId,
        this.#now().toISOString(),
      );
      sql.run(
        'DELETE FROM boots WHERE settled = 1 AND id NOT IN (SELECT id FROM boots ORDER BY id DESC LIMIT ?)',
        keptEntries,
      );
    });
    const opened = this.unsettled();
    if (opened === undefined) throw new Error('cannot open a trial: the database lost it');
    return opened;
  }

  /** Counts a reboot that was asked for to start the trial: once in a boot, however often it is asked for. */
  countReboot(id: number, bootId: string): void {
    this.#db.transaction('trial: reboot', (sql) =>
      sql.run(
        'UPDATE boots SET reboots = reboots + 1, reboot_boot = ? WHERE id = ? AND reboot_boot IS NOT ?',
        bootId,
        id,
        bootId,
      ),
    );
  }

  /** Keeps what is well now, for the trial to be compared with. */
  keepBaseline(id: number, baseline: unknown): void {
    this.#db.transaction('trial: baseline', (sql) =>
      sql.run('UPDATE boots SET baseline = ? WHERE id = ?', JSON.stringify(baseline), id),
    );
  }

  /** Notes that this boot is the trial: the reboots that were asked for have led to it. */
  started(id: number, bootId: string): void {
    this.#db.transaction('trial: started', (sql) =>
      sql.run(
        'UPDATE boots SET trial_boot = ?, trial_time = ?, reboots = 0, reboot_boot = NULL WHERE id = ?',
        bootId,
        this.#now().toISOString(),
        id,
      ),
    );
  }

  /** Writes down how it ended; the environment follows. */
  decide(id: number, what: Outcome, cause?: Cause): void {
    this.#db.transaction(`trial: ${what}`, (sql) =>
      sql.run(
        'UPDATE boots SET what = ?, end_time = ?, cause = ? WHERE id = ?',
        what,
        this.#now().toISOString(),
        cause === undefined ? null : JSON.stringify(cause),
        id,
      ),
    );
  }

  /** Notes that the environment says the same as the outcome. */
  settle(id: number): void {
    this.#db.transaction('trial: settled', (sql) => sql.run('UPDATE boots SET settled = 1 WHERE id = ?', id));
  }

  /** Writes down something that was no trial. */
  note(what: Outcome, set: SlotNames, cause: Cause): void {
    const time = this.#now().toISOString();
    this.#db.transaction(`trial: ${what}`, (sql) =>
      sql.run(
        `INSERT INTO boots (what, tried, good, staged_boot, staged_time, end_time, cause, settled)
         VALUES (?, '{}', ?, '', ?, ?, ?, 1)`,
        what,
        JSON.stringify(set),
        time,
        time,
        JSON.stringify(cause),
      ),
    );
  }

  #one(sql: string, ...values: readonly number[]): TrialEntry | undefined {
    const row = this.#db.get<Row>(sql, ...values);
    return row === undefined ? undefined : entryOf(row);
  }
}

/** The set that an entry is about: what was tried, or for something that was no trial the set it led to. */
export function setOfEntry(entry: Pick<TrialEntry, 'tried' | 'good'>): SlotNames {
  return isEmpty(entry.tried) ? entry.good : entry.tried;
}

function entryOf(row: Row): TrialEntry {
  return {
    id: row.id,
    what: row.what ?? undefined,
    tried: readSlots(row.tried),
    good: readSlots(row.good),
    change: row.change ?? undefined,
    stagedBoot: row.staged_boot,
    stagedTime: row.staged_time,
    reboots: row.reboots,
    rebootBoot: row.reboot_boot ?? undefined,
    trialBoot: row.trial_boot ?? undefined,
    trialTime: row.trial_time ?? undefined,
    endTime: row.end_time ?? undefined,
    cause: row.cause === null ? undefined : (JSON.parse(row.cause) as Cause),
    baseline: row.baseline === null ? undefined : JSON.parse(row.baseline),
  };
}

function readSlots(json: string): SlotNames {
  const value = JSON.parse(json) as Record<string, unknown>;
  const names: Partial<Record<(typeof SLOTS)[number], string>> = {};
  for (const slot of SLOTS) if (typeof value[slot] === 'string') names[slot] = value[slot];
  return names;
}
