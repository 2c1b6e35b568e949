/** What a trial must show before it is kept. Data, so that a device and a test can both state it. */

export interface HealthPolicy {
  /** The unit that must become active. */
  readonly target: string;
  /** Seconds that the agent itself must have lived, with the target active all the while. */
  readonly settleSeconds: number;
  /** Seconds after the start of the kernel at which a trial without a verdict is bad. */
  readonly deadlineSeconds: number;
  /** Seconds before the deadline at which the agent gives up, so that it, and not the dead man, says why. */
  readonly marginSeconds: number;
}

export const defaultPolicy: HealthPolicy = {
  target: 'default.target',
  settleSeconds: 30,
  deadlineSeconds: 300,
  marginSeconds: 5,
};

/** The policy of this boot: what the kernel command line says comes before the defaults. */
export function policyOf(
  booted: { readonly deadlineSeconds?: number; readonly settleSeconds?: number },
  policy: HealthPolicy = defaultPolicy,
): HealthPolicy {
  const deadlineSeconds = booted.deadlineSeconds ?? policy.deadlineSeconds;
  const settleSeconds = booted.settleSeconds ?? policy.settleSeconds;
  // A short deadline (tests, impatient gadgets) must leave the agent most of its time.
  const marginSeconds = Math.min(policy.marginSeconds, deadlineSeconds / 10);
  return { target: policy.target, settleSeconds, deadlineSeconds, marginSeconds };
}
