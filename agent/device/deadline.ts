/** Brings the policy's deadline and the dead man's together: what the agent waits for, the dead man must wait for, too. */
import { orderDeadMan } from '../boot/dead-man.ts';
import { defaultPolicy } from '../boot/health/defaults.ts';
import type { HealthPolicy } from '../boot/health/model.ts';
import { fitted } from '../boot/health/policy.ts';
import type { Parts } from './parts.ts';

/** The dead man is extended to at most so many times its first deadline. */
const maxExtension = 2;

/** The deadline that can be kept where the dead man began with `firstSeconds`. Pure. */
export function reachableDeadline(wantedSeconds: number, firstSeconds: number): number {
  return Math.min(wantedSeconds, maxExtension * firstSeconds);
}

/**
 * The policy with a deadline that the dead man lets it have; he is told of a longer one than the kernel command line gave
 * him. Where he does not hear it, his own one stays.
 */
export async function agreeOnDeadline({ world, facts }: Parts, policy: HealthPolicy): Promise<HealthPolicy> {
  const first = facts.booted.deadlineSeconds ?? defaultPolicy.deadlineSeconds;
  if (policy.deadlineSeconds <= first) return policy;
  const deadlineSeconds = reachableDeadline(policy.deadlineSeconds, first);
  if (deadlineSeconds < policy.deadlineSeconds) {
    world.say(
      `health.deadline: ${policy.deadlineSeconds} s cannot be had, the dead man waits for ${deadlineSeconds} s`,
    );
  }
  const seconds = Math.ceil(deadlineSeconds - (await world.uptimeSeconds()));
  const isHeard = await orderDeadMan(world.layout, { kind: 'extend', seconds });
  if (!isHeard) world.say(`the dead man cannot be told of the deadline: it stays at ${first} s`);
  return fitted({ ...policy, deadlineSeconds: isHeard ? deadlineSeconds : first });
}
