/** Whether what a trial failed on is its own fault: the checks that failed are run again on the good set. */
import type { Cause } from '../boot/cause.ts';
import { parseBaseline } from '../boot/health/baseline.ts';
import type { Check, HealthPolicy } from '../boot/health/model.ts';
import { runAgain } from '../boot/health/run-again.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { prepareHealth } from './health.ts';
import type { Parts } from './parts.ts';

/** The required checks that failed in the last trial, the one that decided first; none where nobody said so. */
export async function failedChecks({ env }: Parts): Promise<readonly string[]> {
  const said = await env.verdict();
  return said?.kind === 'bad' && said.by === undefined ? (said.failed ?? []) : [];
}

const isTarget = ({ kind }: Check) => kind === 'target';

/**
 * The cause with that taken into account: what fails on the good set, too, is the environment's doing. Takes as long as the
 * policy is patient, where a check goes on failing.
 */
export async function blame(parts: Parts, policy: HealthPolicy, entry: TrialEntry, cause: Cause): Promise<Cause> {
  const wanted = cause.code === 'verdict' ? await failedChecks(parts) : [];
  if (wanted.length === 0) return cause;
  const { world } = parts;
  const health = await prepareHealth(parts, policy, parseBaseline(entry.baseline));
  const required = new Set(health.policy.checks.flatMap(({ id, weight }) => (weight === 'required' ? [id] : [])));
  const checks = health.checks.filter(({ id }) => wanted.includes(id) && required.has(id));
  // What only the tried set requires has nothing to be compared with: the good set was never held to it.
  if (checks.length === 0) return cause;
  const names = checks.map(({ id }) => id).join(', ');
  world.say(`running again on the good set: ${names}`);
  const clock = {
    uptimeSeconds: () => world.uptimeSeconds(),
    agentSeconds: () => world.agentSeconds(),
    sleep: (milliseconds: number) => world.clock.sleep(milliseconds),
  };
  // As in the trial, the target comes first: before it is reached, a service has not failed yet.
  const notReached = await runAgain(clock, health.policy, health.checks.filter(isTarget));
  const others = checks.filter((check) => !isTarget(check));
  const failed = [...notReached, ...(await runAgain(clock, health.policy, others))].filter(({ check }) =>
    wanted.includes(check),
  );
  if (failed.length === 0) return { ...cause, evidence: [...cause.evidence, `passes on the good set: ${names}`] };
  const again = failed.map(({ check, result }) => {
    const why = result.state === 'fail' ? result.reason : `waiting for ${result.waitingFor}`;
    return `on the good set: ${check}: ${why}`;
  });
  const evidence = [...cause.evidence, ...again];
  // What only came along with the check that decided takes no blame away.
  const isSame = failed.some(({ check }) => check === wanted[0]);
  if (!isSame) return { ...cause, evidence };
  return { code: 'environment', message: `${cause.message}; ${wanted[0]} fails on the good set, too`, evidence };
}
