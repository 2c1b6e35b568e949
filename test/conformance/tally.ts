/** Adding up the cases of one kind. */
import { type CaseReport, type Verdict, verdictOf } from './kind.ts';

/** A count of cases, and of the answers in them. */
export interface Count {
  readonly cases: number;
  readonly answers: number;
}

export interface Tally {
  readonly kind: string;
  readonly cases: Readonly<Record<Verdict, number>>;
  readonly answers: { readonly equal: number; readonly intended: number; readonly unmatched: number };
  /** By class of intended difference. */
  readonly classes: Readonly<Record<string, Count>>;
  /** By what is missing. */
  readonly notBuilt: Readonly<Record<string, Count>>;
  readonly unmatched: readonly { readonly name: string; readonly what: readonly string[] }[];
}

export function tally(kind: string, reports: readonly CaseReport[]): Tally {
  const cases = { equal: 0, intended: 0, unmatched: 0, 'not built': 0 };
  for (const report of reports) cases[verdictOf(report)] += 1;
  return {
    kind,
    cases,
    answers: {
      equal: sum(reports.map((report) => report.equal)),
      intended: sum(reports.map((report) => report.intended.length)),
      unmatched: sum(reports.map((report) => report.unmatched.length)),
    },
    classes: counted(reports.map((report) => report.intended)),
    notBuilt: counted(reports.map((report) => report.notBuilt)),
    unmatched: reports
      .filter((report) => report.unmatched.length > 0)
      .map(({ name, unmatched }) => ({ name, what: unmatched })),
  };
}

/** A kind fails with any unmatched answer, and where nothing at all was compared. */
export function isGood({ cases, answers }: Tally): boolean {
  return cases.unmatched === 0 && answers.equal + answers.intended > 0;
}

function counted(words: readonly (readonly string[])[]): Record<string, Count> {
  const counts = new Map<string, Count>();
  for (const ofCase of words) {
    for (const word of new Set(ofCase)) {
      const { cases, answers } = counts.get(word) ?? { cases: 0, answers: 0 };
      counts.set(word, { cases: cases + 1, answers: answers + ofCase.filter((other) => other === word).length });
    }
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
