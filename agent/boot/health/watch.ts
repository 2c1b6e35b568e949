/** Watches a trial until there is a verdict. */

import type { Timer } from './look.ts';
import { Looks } from './looks.ts';
import type { Check, FinalVerdict, HealthPolicy, PersonVerdict } from './model.ts';
import { judge, personVerdict } from './verdict.ts';

export interface HealthWorld {
  /** Seconds since the kernel started. */
  uptimeSeconds(): Promise<number>;
  /** Seconds since the agent started. */
  agentSeconds(): number;
  sleep(milliseconds: number): Promise<void>;
  /** For limits that count while a check works; setTimeout if not given. */
  readonly timer?: Timer;
}

/** More often than that there is nothing to see; and what waits hears of it at least every second. */
const minSleepMillis = 200;
const maxSleepMillis = 1000;

/**
 * Runs each check on its interval, and judges, until the verdict is final: bounded by the policy's deadline, which the uptime
 * reaches whatever the checks do. `onPending` hears what is waited for; `decided` is a person's word, which ends the watch.
 */
export async function watchHealth(
  world: HealthWorld,
  policy: HealthPolicy,
  checks: readonly Check[],
  onPending: (waitingFor: string, uptimeSeconds: number) => void,
  decided: Promise<PersonVerdict> = new Promise(() => {}),
): Promise<FinalVerdict> {
  const looks = new Looks(policy, checks, () => world.agentSeconds(), world.timer);
  let person: PersonVerdict | undefined;
  const heard = decided.then((verdict) => {
    person = verdict;
  });
  const verdictNow = async (): Promise<FinalVerdict | undefined> => {
    const now = await world.uptimeSeconds();
    if (person !== undefined) return personVerdict(policy, looks.history, person);
    const verdict = judge(policy, looks.history, now);
    if (verdict.kind !== 'pending') return verdict;
    onPending(verdict.waitingFor, now);
    return undefined;
  };
  try {
    for (;;) {
      looks.start(await world.uptimeSeconds());
      await Promise.race([looks.round(), heard]);
      const verdict = await verdictNow();
      if (verdict !== undefined) return verdict;
      const wait = (looks.nextAt() - (await world.uptimeSeconds())) * 1000;
      await Promise.race([world.sleep(Math.min(maxSleepMillis, Math.max(minSleepMillis, wait))), heard]);
    }
  } finally {
    looks.end();
  }
}
