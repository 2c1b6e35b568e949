/** Whether what a trial failed on is its own fault: the checks that failed are run again on the good set. */
import type { Cause } from '../boot/cause.ts';
import { parseBaseline } from '../boot/health/baseline.ts';
import type { HealthPolicy } from '../boot/health/model.ts';
import { runAgain } from '../boot/health/run-again.ts';
import type { TrialEntry } from '../boot/trial-log.ts';
import { prepareHealth } from './health.ts';
import type { Parts } from './parts.ts';

/** The required checks that the last trial was given up for; none where nobody said so. */
export async function failedChecks({ env }: Parts): Promise<readonly string[]> {
  const said = await env.verdict();
  return said?.kind === 'bad' && said.by === undefined ? (said.failed ?? []) : [];
}

/**
 * The cause with that taken into account: what fails on the good set, too, is the environment's doing. Takes as long as the
 * policy is patient, where a check goes on failing.
 */
export async function blame(parts: Parts, policy: HealthPolicy, entry: TrialEntry, cause: Cause): Promise<Cause> {
  const wanted = cause.code === 'verdict' ? await failedChecks(parts) : [];
  if (wanted.length === 0) return cause;
  const { world } = parts;
  const health = await prepareHealth(parts, policy, parseBaseline(entry.baseline));
  const checks = health.checks.filter(({ id }) => wanted.includes(id));
  world.say(`running again on the good set: ${wanted.join(', ')}`);
  const clock = {
    uptimeSeconds: () => world.uptimeSeconds(),
    agentSeconds: () => world.agentSeconds(),
    sleep: (milliseconds: number) => world.clock.sleep(milliseconds),
  };
  const failed = await runAgain(clock, health.policy, checks);
  const [first] = failed;
  if (first === undefined)
    return { ...cause, evidence: [...cause.evidence, `passes on the good set: ${wanted.join(', ')}`] };
  const again = failed.map(({ check, result }) => {
    const why = result.state === 'fail' ? result.reason : `waiting for ${result.waitingFor}`;
    return `on the good set: ${check}: ${why}`;
  });
  return {
    code: 'environment',
    message: `${cause.message}; ${first.check} fails on the good set, too`,
    evidence: [...cause.evidence, ...again],
  };
}
