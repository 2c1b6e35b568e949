/** After a revert: do the checks that failed fail on the good set, too? Then the cause is not the revision that was tried. */
import { lookAt } from './look.ts';
import type { Check, CheckResult, HealthPolicy } from './model.ts';
import type { HealthWorld } from './watch.ts';

export interface FailedAgain {
  readonly check: string;
  readonly result: Exclude<CheckResult, { readonly state: 'pass' }>;
}

const pauseMillis = 5000;

/**
 * Runs each check until it passes, for as long as the policy is patient; those that never did. Where the checks are none of
 * the policy's, there is nothing to find.
 */
export async function runAgain(
  world: HealthWorld,
  policy: HealthPolicy,
  checks: readonly Check[],
): Promise<readonly FailedAgain[]> {
  const until = (await world.uptimeSeconds()) + policy.patienceSeconds;
  const timeouts = new Map(policy.checks.map(({ id, timeoutSeconds }) => [id, timeoutSeconds]));
  let open = checks.filter(({ id }) => timeouts.has(id));
  for (;;) {
    const failed: FailedAgain[] = [];
    // One after the other: nothing hurries here, and the device has its work to do.
    for (const check of open) {
      const result = await lookAt(check, timeouts.get(check.id) ?? 0, world.timer).result;
      if (result.state !== 'pass') failed.push({ check: check.id, result });
    }
    if (failed.length === 0 || (await world.uptimeSeconds()) >= until) return failed;
    open = open.filter(({ id }) => failed.some(({ check }) => check === id));
    await world.sleep(pauseMillis);
  }
}
