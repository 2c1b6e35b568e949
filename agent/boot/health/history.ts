/** What samples of a trial say about one check, and which of them must be remembered. */
import type { CheckSummary, HealthPolicy, Sample } from './model.ts';

/** An unbroken row of samples of one check in the same state, up to the latest. */
export interface Run {
  /** The sample before it, in another state. */
  readonly broken: Sample | undefined;
  readonly first: Sample;
  readonly last: Sample;
}

/** The latest run of a check; undefined where it has no sample. */
export function runOf(history: readonly Sample[], check: string): Run | undefined {
  const own = history.filter((sample) => sample.check === check);
  const last = own.at(-1);
  if (last === undefined) return undefined;
  const broken = own.findLastIndex((sample) => sample.result.state !== last.result.state);
  return { broken: own[broken], first: own[broken + 1] ?? last, last };
}

/** Uptime at which the target was first seen active; where no check decides about it, of the first sample of all. */
export function reachedAt(policy: HealthPolicy, history: readonly Sample[]): number | undefined {
  return reachedSample(policy, history)?.uptimeSeconds;
}

function reachedSample(policy: HealthPolicy, history: readonly Sample[]): Sample | undefined {
  const target = policy.checks.find(({ kind, weight }) => kind === 'target' && weight === 'required');
  if (target === undefined) return history[0];
  return history.find(({ check, result }) => check === target.id && result.state === 'pass');
}

/** Adds a sample, and forgets those in the middle of a run and before it: a settling time may be of any length. */
export function remembered(policy: HealthPolicy, history: readonly Sample[], latest: Sample): Sample[] {
  const all = [...history, latest];
  const run = runOf(all, latest.check);
  const reached = reachedSample(policy, all);
  const kept = new Set([run?.broken, run?.first, run?.last, reached]);
  return all.filter((sample) => sample.check !== latest.check || kept.has(sample));
}

/** Where each check stands. */
export function summaries(policy: HealthPolicy, history: readonly Sample[]): CheckSummary[] {
  return policy.checks.map(({ id, weight }) => {
    const result = runOf(history, id)?.last.result;
    if (result === undefined) return { check: id, weight, state: 'wait', reason: 'not looked at', evidence: [] };
    const reason =
      result.state === 'pass' ? '' : result.state === 'wait' ? `waiting for ${result.waitingFor}` : result.reason;
    return { check: id, weight, state: result.state, reason, evidence: result.evidence };
  });
}
