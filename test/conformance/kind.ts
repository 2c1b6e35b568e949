/** What a kind of corpus is to the runner: a name, and a report for each of its cases. */

/** What came of one case: each answer of snapd's is in exactly one of the four. */
export interface CaseReport {
  /** File name, or what else finds the case again. */
  readonly name: string;
  /** How many answers were equal. */
  readonly equal: number;
  /** For each answer that differs on purpose, the name of its class. */
  readonly intended: readonly string[];
  /** For each answer that differs and must not: what was compared, snapd's answer and ours. */
  readonly unmatched: readonly string[];
  /** For each answer that no code of ours gives yet, the name of what is missing. */
  readonly notBuilt: readonly string[];
}

export interface Kind {
  /** The word after `--only`. */
  readonly name: string;
  /** Its folder or file in the corpus. */
  readonly path: string;
  /** Reports every case under `corpus`, the folder that the person named. Throws where it cannot be read. */
  readonly run: (corpus: string) => Iterable<CaseReport> | AsyncIterable<CaseReport>;
}

/** `equal`: nothing differs. `intended`: what differs does so on purpose. `not built`: nothing could be compared. */
export type Verdict = 'equal' | 'intended' | 'unmatched' | 'not built';

export function verdictOf(report: CaseReport): Verdict {
  if (report.unmatched.length > 0) return 'unmatched';
  if (report.intended.length > 0) return 'intended';
  return report.equal > 0 ? 'equal' : 'not built';
}
