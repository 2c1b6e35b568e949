/** From what the checks found over time to a verdict. Pure: the same samples always give the same answer. */
import { type Run, reachedAt, runOf, summaries } from './history.ts';
import type { CheckPolicy, FinalVerdict, HealthPolicy, PersonVerdict, Sample, Verdict } from './model.ts';

/** Uptimes are fractions, and differences of those are not exact. */
const rounding = 0.001;

/**
 * Judges a trial.
 *
 * Good: all required checks passed for the settling time without a break, the agent lived so long, and the deadline has not
 * come. Bad: a required check failed for good, or without a break for as long as the policy is patient, or the deadline is near.
 * @param history in the order of time
 */
export function judge(policy: HealthPolicy, history: readonly Sample[], nowUptime: number): Verdict {
  const required = policy.checks.filter(({ weight }) => weight === 'required');
  const failing = required.flatMap((check) => failureOf(policy, check, history));
  // What is final says more than what has only lasted.
  const failure = failing.find(({ isFinal }) => isFinal) ?? failing[0];
  if (failure !== undefined) return bad(policy, history, failure.check, failure.reason);
  const isOver = nowUptime >= policy.deadlineSeconds - policy.marginSeconds;
  const settled = settledSeconds(policy, history);
  // Late is bad, however healthy: a machine that stood still for minutes is not one to keep.
  if (settled >= policy.settleSeconds - rounding && nowUptime < policy.deadlineSeconds) {
    const unseen = policy.checks.find(({ id }) => runOf(history, id) === undefined);
    if (unseen === undefined || isOver) return good(policy, history, settled);
    return { kind: 'pending', waitingFor: `${unseen.id} to be looked at` };
  }
  if (isOver) return late(policy, history);
  return { kind: 'pending', waitingFor: missing(policy, history) };
}

/** The verdict of a person, with what the checks found until then. */
export function personVerdict(policy: HealthPolicy, history: readonly Sample[], person: PersonVerdict): FinalVerdict {
  const checks = summaries(policy, history);
  const said = person.reason === '' ? '' : `: ${person.reason}`;
  const notPassing = checks.filter(({ state }) => state !== 'pass').map(({ check, reason }) => `${check}: ${reason}`);
  return person.kind === 'good'
    ? { kind: 'good', by: 'person', evidence: [`confirmed by a person${said}`, ...notPassing], checks }
    : { kind: 'bad', by: 'person', reason: `rejected by a person${said}`, evidence: notPassing, checks };
}

/** From when the required checks all pass without a break; undefined where not all do. */
export function passingSince(policy: HealthPolicy, history: readonly Sample[]): number | undefined {
  const runs = passingRuns(policy, history);
  return runs === undefined ? undefined : Math.max(...runs.map(({ first }) => first.uptimeSeconds));
}

function passingRuns(policy: HealthPolicy, history: readonly Sample[]): readonly Run[] | undefined {
  const required = policy.checks.filter(({ weight }) => weight === 'required');
  const runs = required.flatMap(({ id }) => runOf(history, id) ?? []);
  const isWhole = required.length > 0 && runs.length === required.length;
  return isWhole && runs.every(({ last }) => last.result.state === 'pass') ? runs : undefined;
}

/** Counted between looks, never up to now: what was not looked at was not seen. */
function settledSeconds(policy: HealthPolicy, history: readonly Sample[]): number {
  const runs = passingRuns(policy, history);
  const since = passingSince(policy, history);
  if (runs === undefined || since === undefined) return -1;
  const until = Math.min(...runs.map(({ last }) => last.uptimeSeconds));
  return Math.min(until - since, ...runs.map(({ last }) => last.agentSeconds));
}

interface Failure {
  readonly check: string;
  readonly reason: string;
  readonly isFinal: boolean;
}

function failureOf(policy: HealthPolicy, { id }: CheckPolicy, history: readonly Sample[]): Failure[] {
  const run = runOf(history, id);
  if (run === undefined || run.last.result.state !== 'fail') return [];
  const { reason, final } = run.last.result;
  if (final) return [{ check: id, reason, isFinal: true }];
  const reached = reachedAt(policy, history);
  if (reached === undefined) return [];
  const seconds = run.last.uptimeSeconds - Math.max(reached, run.first.uptimeSeconds);
  if (seconds < policy.patienceSeconds - rounding) return [];
  return [{ check: id, reason: `${reason}, without a break for ${Math.floor(seconds + rounding)} s`, isFinal: false }];
}

function good(policy: HealthPolicy, history: readonly Sample[], settled: number): FinalVerdict {
  const checks = summaries(policy, history);
  const required = checks.filter(({ weight }) => weight === 'required');
  const failed = checks.filter(({ weight, state }) => weight === 'wanted' && state !== 'pass');
  const evidence = [
    `passing for ${Math.floor(settled + rounding)} s: ${required.map(({ check }) => check).join(', ')}`,
    ...failed.map(({ check, reason }) => `wanted only: ${check}: ${reason}`),
  ];
  return { kind: 'good', by: 'agent', evidence, checks };
}

function bad(policy: HealthPolicy, history: readonly Sample[], check: string, reason: string): FinalVerdict {
  const checks = summaries(policy, history);
  const own = checks.find((summary) => summary.check === check);
  const others = checks.filter((other) => other !== own && other.weight === 'required' && other.state === 'fail');
  const evidence = [
    ...(own === undefined || own.evidence.length === 0 ? [`${check}: ${own?.reason ?? reason}`] : own.evidence),
    ...others.map((other) => `${other.check}: ${other.reason}`),
  ];
  return { kind: 'bad', by: 'agent', reason, evidence, check, checks };
}

/** What is missing when the deadline comes. */
function late(policy: HealthPolicy, history: readonly Sample[]): FinalVerdict {
  const limit = `${policy.deadlineSeconds} s`;
  const [first] = notPassing(policy, history);
  if (first === undefined) {
    const checks = summaries(policy, history);
    const since = passingSince(policy, history);
    const evidence = [
      since === undefined ? 'no required check was looked at' : `passing since ${Math.floor(since)} s of uptime`,
    ];
    const reason = `the required checks passed too late to settle within ${limit}`;
    const last = lastToPass(policy, history);
    return { kind: 'bad', by: 'agent', reason, evidence, ...(last === undefined ? {} : { check: last }), checks };
  }
  const { id, kind } = first;
  const result = runOf(history, id)?.last.result;
  if (result === undefined) return bad(policy, history, id, `${id} could not be looked at within ${limit}`);
  if (result.state === 'fail') return bad(policy, history, id, `${result.reason}, still so after ${limit}`);
  if (kind === 'target') return bad(policy, history, id, `${policy.target} was not reached within ${limit}`);
  const waited = result.state === 'wait' ? result.waitingFor : id;
  return bad(policy, history, id, `waited in vain for ${waited} within ${limit}`);
}

/** The required check that the others had to wait for. */
function lastToPass(policy: HealthPolicy, history: readonly Sample[]): string | undefined {
  const runs = passingRuns(policy, history) ?? [];
  const since = Math.max(...runs.map(({ first }) => first.uptimeSeconds));
  return runs.find(({ first }) => first.uptimeSeconds === since)?.first.check;
}

function notPassing(policy: HealthPolicy, history: readonly Sample[]): readonly CheckPolicy[] {
  return policy.checks.filter(
    ({ id, weight }) => weight === 'required' && runOf(history, id)?.last.result.state !== 'pass',
  );
}

function missing(policy: HealthPolicy, history: readonly Sample[]): string {
  const [first] = notPassing(policy, history);
  if (first === undefined) return `the system to stay up for ${policy.settleSeconds} s`;
  const result = runOf(history, first.id)?.last.result;
  if (result?.state === 'wait') return result.waitingFor;
  if (result?.state === 'fail') return `${first.id} to pass: ${result.reason}`;
  return first.kind === 'target' ? `${policy.target} to be reached` : `${first.id} to be looked at`;
}
