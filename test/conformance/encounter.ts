/** What a step is judged by: both sides, what was before, and what our device knew. */
import type { Answer, Operation, Variables } from './history.ts';
import { bySnapd, type Side } from './snapd-rules.ts';

/** One step on which the two sides differ. */
export interface Encounter {
  readonly operation: Operation;
  /** snapd's variables before the step, the same on both sides; without empty ones. */
  readonly before: Variables;
  readonly snapd: Side;
  readonly ours: Side;
  readonly seen: Seen;
}

/** What our device knows besides snapd's variables. */
export interface Seen {
  /** What the command line says that runs, by the names of the good variables. */
  readonly ran: Variables;
  /** The command line says that this boot is a trial. */
  readonly isTrial: boolean;
  /** The good names of the last-good record, where it names a kernel and a base. */
  readonly record: Variables | undefined;
  /** Every file name that stands in a copy or in the record, and what runs. */
  readonly named: ReadonlySet<string>;
  /** "" where none is named. */
  readonly goodGadget: string;
}

export interface Difference {
  readonly name: string;
  /** Where boot.md describes the hole that is closed: section, and number in the list of holes where it has one. */
  readonly hole: string;
  readonly snapdDoes: string;
  readonly weDo: string;
  /** What our side must be; `undefined` where the class does not apply. Given that snapd's side is as its rules say. */
  readonly ours: (encounter: Encounter) => Side | undefined;
}

/**
 * `equal`, the class of the intended difference, or `unmatched`. Where a class applies we have to differ: to answer as snapd
 * does is a fault then, too.
 */
export function verdictOn(classes: readonly Difference[], encounter: Encounter): 'equal' | 'unmatched' | Difference {
  const { operation, before, snapd, ours } = encounter;
  const known = bySnapd(operation, before);
  const isKnown = known !== undefined && sameSide(snapd, known);
  const applying = classes.flatMap((difference) => {
    const intended = isKnown ? difference.ours(encounter) : undefined;
    return intended === undefined || sameSide(intended, snapd) ? [] : [{ difference, intended }];
  });
  if (applying.length === 0) return sameSide(snapd, ours) ? 'equal' : 'unmatched';
  const met = applying.find(({ intended }) => sameSide(ours, intended) && sameWhy(ours.answer, intended.answer));
  return met?.difference ?? 'unmatched';
}

/** Errors are equal whatever their text: ours are written anew. */
export function sameSide(a: Side, b: Side): boolean {
  return sameVars(a.vars, b.vars) && sameAnswer(a.answer, b.answer);
}

export function sameVars(a: Variables, b: Variables): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => (a[name] ?? '') === (b[name] ?? ''));
}

function sameAnswer(a: Answer, b: Answer): boolean {
  if (a.said === 'error') return b.said === 'error';
  const [one, other]: [Record<string, unknown>, Record<string, unknown>] = [{ ...a }, { ...b }];
  return Object.keys({ ...one, ...other }).every((key) => one[key] === other[key]);
}

function sameWhy(a: Answer, b: Answer): boolean {
  return a.said !== 'error' || b.said !== 'error' || a.why === b.why;
}
