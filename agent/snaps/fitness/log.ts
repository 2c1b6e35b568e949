/** What the checks of the boot sets have found, kept for whoever asks and for the next check to know when it is due. */
import type { Database } from '../../system/database.ts';
import type { Finding } from './finding.ts';

/** The table, for the schema's migrations. */
export const fitnessTables: readonly string[] = [
  'CREATE TABLE fitness_checks (id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, findings TEXT NOT NULL)',
];

export interface FitnessReport {
  /** When it was finished. */
  readonly time: string;
  readonly findings: readonly Finding[];
}

const keptReports = 30;

export class FitnessLog {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** The latest report; `undefined` where the sets were never checked. */
  last(): FitnessReport | undefined {
    return this.list(1)[0];
  }

  /** The latest first. */
  list(limit: number): FitnessReport[] {
    return this.#db
      .all<{ time: string; findings: string }>('SELECT * FROM fitness_checks ORDER BY id DESC LIMIT ?', limit)
      .map(({ time, findings }) => ({ time, findings: JSON.parse(findings) as Finding[] }));
  }

  /** Keeps what was found now. @throws DatabaseError */
  add(findings: readonly Finding[]): FitnessReport {
    const time = this.#now().toISOString();
    this.#db.transaction('fitness: checked', (sql) => {
      sql.run('INSERT INTO fitness_checks (time, findings) VALUES (?, ?)', time, JSON.stringify(findings));
      sql.run(
        'DELETE FROM fitness_checks WHERE id NOT IN (SELECT id FROM fitness_checks ORDER BY id DESC LIMIT ?)',
        keptReports,
      );
    });
    return { time, findings };
  }
}
