/** Whether a case ended as it was promised. Pure. */
import type { Status } from '../machine/lab/status.ts';
import type { SnapCase } from './cases.ts';
import { plain, setText } from './format.ts';

/** What was seen of a case. */
export interface Seen {
  readonly before: Pick<Status, 'good'>;
  readonly after: Pick<Status, 'good' | 'running' | 'hasTrial' | 'outcomes'>;
  /** What the console said while the trial ran, or instead of it. */
  readonly during: string;
  readonly watchdog: boolean;
}

/** What is not as promised, as sentences; empty where all is. */
export function brokenPromises({ promised, slot }: Pick<SnapCase, 'promised' | 'slot'>, seen: Seen): string[] {
  const { before, after, during, watchdog } = seen;
  const broken: string[] = [];
  const console = plain(during);
  if (!promised.evidence.test(console)) broken.push(`the console does not show ${promised.evidence}`);
  if (promised.absent?.test(console)) broken.push(`the console shows ${promised.absent}`);
  if (watchdog !== promised.watchdog) {
    broken.push(watchdog ? 'the watchdog reset the machine' : 'the watchdog did not reset the machine');
  }
  const outcome = after.outcomes[0];
  if (outcome?.what !== promised.what)
    broken.push(`the outcome is ${outcome?.what ?? 'not there'}, not ${promised.what}`);
  if (outcome?.cause !== promised.cause) {
    broken.push(`the cause is ${outcome?.cause ?? 'none'}, not ${promised.cause ?? 'none'}`);
  }
  if (promised.message !== undefined && !promised.message.test(outcome?.message ?? '')) {
    broken.push(`the cause says "${outcome?.message ?? ''}", not ${promised.message}`);
  }
  if (after.hasTrial) broken.push('a trial is still open');
  if (!isSame(after.running, after.good)) broken.push(`it runs ${setText(after.running)}, not its good set`);
  if (promised.what === 'reverted') {
    if (!isSame(after.good, before.good)) broken.push(`the good set became ${setText(after.good)}`);
  } else {
    const tried = outcome?.set[slot];
    const wanted = { ...before.good, ...(tried === undefined ? {} : { [slot]: tried }) };
    if (tried === undefined || tried === before.good[slot] || !isSame(after.good, wanted)) {
      broken.push(`the good set is ${setText(after.good)}, not what was tried`);
    }
  }
  return broken;
}

/** The same slots with the same files. */
export function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const slots = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...slots].every((slot) => a[slot] === b[slot]);
}
