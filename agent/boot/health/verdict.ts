/** From what was seen over time to a verdict. Pure: the same observations always give the same answer. */
import type { HealthPolicy } from './policy.ts';

/** What systemd said at one moment. */
export interface Observation {
  /** Seconds since the kernel started. */
  readonly uptimeSeconds: number;
  /** Seconds since the agent started. */
  readonly agentSeconds: number;
  readonly target: TargetState;
}

export type TargetState =
  | { readonly kind: 'active' }
  /** Not active yet: its jobs, and the units that failed, for whoever reads the verdict. */
  | {
      readonly kind: 'waiting';
      readonly state: string;
      readonly jobs: readonly string[];
      readonly failed: readonly string[];
    }
  /** systemd gave up and offers a rescue shell: this will not get better. */
  | { readonly kind: 'emergency'; readonly failed: readonly string[] }
  /** systemd could not be asked. */
  | { readonly kind: 'silent'; readonly error: string };

export type Verdict =
  | { readonly kind: 'pending'; readonly waitingFor: string }
  | { readonly kind: 'good'; readonly evidence: readonly string[] }
  | { readonly kind: 'bad'; readonly reason: string; readonly evidence: readonly string[] };

/**
 * Judges a trial. The target must be active without a break for the settling time; a break starts it again.
 * @param observations in order of time, the last one being the present
 */
export function judge(policy: HealthPolicy, observations: readonly Observation[]): Verdict {
  const now = observations.at(-1);
  if (now === undefined) return { kind: 'pending', waitingFor: `${policy.target} to be reached` };
  if (now.target.kind === 'emergency') {
    return {
      kind: 'bad',
      reason: `systemd went into its emergency mode, ${policy.target} will not be reached`,
      evidence: describe(now),
    };
  }
  const settledFor = now.target.kind === 'active' ? activeSeconds(observations) : 0;
  const lived = Math.min(settledFor, now.agentSeconds);
  // Late is bad, however healthy: a machine that stood still for minutes is not one to keep.
  if (now.target.kind === 'active' && lived >= policy.settleSeconds && now.uptimeSeconds < policy.deadlineSeconds) {
    return { kind: 'good', evidence: [`${policy.target} active, and the agent alive, for ${Math.floor(lived)} s`] };
  }
  if (now.uptimeSeconds >= policy.deadlineSeconds - policy.marginSeconds) {
    return { kind: 'bad', reason: lateReason(policy, now), evidence: describe(now) };
  }
  return {
    kind: 'pending',
    waitingFor:
      now.target.kind === 'active'
        ? `the system to stay up for ${policy.settleSeconds} s`
        : `${policy.target} to be reached`,
  };
}

/** Seconds for which the target has been active without a break, up to the last observation. */
function activeSeconds(observations: readonly Observation[]): number {
  const last = observations.at(-1);
  if (last === undefined) return 0;
  const broken = observations.findLastIndex((o) => o.target.kind !== 'active');
  const since = observations[broken + 1];
  if (since === undefined) return 0;
  // Counted from the agent's own first look: what was before it, it has not seen.
  return last.uptimeSeconds - since.uptimeSeconds;
}

function lateReason(policy: HealthPolicy, now: Observation): string {
  const limit = `${policy.deadlineSeconds} s`;
  if (now.target.kind === 'active') return `${policy.target} was reached too late to settle within ${limit}`;
  if (now.target.kind === 'silent') return `systemd did not say within ${limit} whether ${policy.target} was reached`;
  return `${policy.target} was not reached within ${limit}`;
}

function describe({ target }: Observation): string[] {
  switch (target.kind) {
    case 'active':
      return [];
    case 'silent':
      return [`systemd: ${target.error}`];
    case 'emergency':
      return failedLines(target.failed);
    case 'waiting':
      return [
        `target state: ${target.state}`,
        ...(target.jobs.length === 0 ? [] : [`still waiting: ${target.jobs.join(', ')}`]),
        ...failedLines(target.failed),
      ];
  }
}

function failedLines(failed: readonly string[]): string[] {
  return failed.length === 0 ? [] : [`failed: ${failed.join(', ')}`];
}
