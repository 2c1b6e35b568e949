/** The policy of one boot: the defaults with what the kernel command line and the snaps of this boot add. */
import { commandTimes, defaultPolicy } from './defaults.ts';
import type { HealthCommand, HealthPolicy } from './model.ts';

/** What the kernel command line says comes before `policy`. */
export function policyOf(
  booted: { readonly deadlineSeconds?: number; readonly settleSeconds?: number; readonly patienceSeconds?: number },
  policy: HealthPolicy = defaultPolicy,
): HealthPolicy {
  return fitted({
    ...policy,
    deadlineSeconds: booted.deadlineSeconds ?? policy.deadlineSeconds,
    settleSeconds: booted.settleSeconds ?? policy.settleSeconds,
    patienceSeconds: booted.patienceSeconds ?? policy.patienceSeconds,
  });
}

/** A short deadline (tests, impatient gadgets) must leave the agent most of its time. */
export function fitted(policy: HealthPolicy): HealthPolicy {
  const marginSeconds = Math.min(defaultPolicy.marginSeconds, policy.marginSeconds, policy.deadlineSeconds / 10);
  return { ...policy, marginSeconds };
}

/** Adds a check for each command, with the weight of its directory where the policy does not give it another one. */
export function withCommands(policy: HealthPolicy, commands: readonly HealthCommand[]): HealthPolicy {
  const checks = commands.flatMap(({ id, weight: own }) => {
    const weight = policy.commandWeights[id] ?? own;
    return weight === 'off' ? [] : [{ id, kind: 'command' as const, weight, ...commandTimes }];
  });
  return { ...policy, checks: [...policy.checks, ...checks] };
}
