/** The device's own story of itself. Pure. */
import type { OutcomeSeen } from '../machine/lab/status.ts';
import { setText, table } from './format.ts';

/** Adds what a status shows (newest first) to what is known (oldest first); a status shows only the last few. */
export function withOutcomes(known: readonly OutcomeSeen[], newestFirst: readonly OutcomeSeen[]): OutcomeSeen[] {
  const key = (outcome: OutcomeSeen): string => `${outcome.time} ${outcome.what} ${setText(outcome.set)}`;
  const keys = new Set(known.map(key));
  return [...known, ...newestFirst.toReversed().filter((outcome) => !keys.has(key(outcome)))];
}

/** One line an outcome: time, what, set, cause. */
export function timelineLines(outcomes: readonly OutcomeSeen[]): string[] {
  return table(
    outcomes.map(({ time, what, set, cause, message }) => [
      time.slice(0, 19).replace('T', ' '),
      what,
      setText(set),
      cause === undefined ? '' : `${cause}: ${message}`,
    ]),
  );
}
