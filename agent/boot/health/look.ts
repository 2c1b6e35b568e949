/** One look of a check, bounded in time. */
import type { Check, CheckResult } from './model.ts';

/** Calls `then` after some milliseconds, unless what it returns is called before. */
export type Timer = (milliseconds: number, then: () => void) => () => void;

export const realTimer: Timer = (milliseconds, then) => {
  const timer = setTimeout(then, milliseconds);
  return () => clearTimeout(timer);
};

export interface Look {
  /** Never rejects: what a check throws is a failed look, and so is no answer in time. */
  readonly result: Promise<CheckResult>;
  /** The check itself has come to its end; until then it must not be run again. */
  readonly done: Promise<void>;
  abort(): void;
}

export function lookAt(check: Check, timeoutSeconds: number, timer: Timer = realTimer): Look {
  const over = new AbortController();
  const work = run(check, over.signal);
  const { promise: late, resolve } = Promise.withResolvers<CheckResult>();
  const cancel = timer(timeoutSeconds * 1000, () => {
    resolve(failed(`${check.id} gave no answer within ${timeoutSeconds} s`));
    over.abort();
  });
  const result = Promise.race([work, late]).finally(cancel);
  return { result, done: work.then(() => {}), abort: () => over.abort() };
}

async function run(check: Check, signal: AbortSignal): Promise<CheckResult> {
  try {
    return await check.run(signal);
  } catch (error) {
    return failed(`${check.id} could not be looked at: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function failed(reason: string): CheckResult {
  return { state: 'fail', reason, evidence: [], final: false };
}
