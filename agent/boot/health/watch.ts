/** Watches a trial until there is a verdict. */
import type { HealthPolicy } from './policy.ts';
import { judge, type Observation, type TargetState, type Verdict } from './verdict.ts';

export interface HealthWorld {
  /** Asks systemd about a unit, with what hinders it where `detailed`. A rejection is an observation, too. */
  observe(target: string, detailed: boolean): Promise<TargetState>;
  /** Seconds since the kernel started. */
  uptimeSeconds(): Promise<number>;
  /** Seconds since the agent started. */
  agentSeconds(): number;
  sleep(milliseconds: number): Promise<void>;
}

export type FinalVerdict = Exclude<Verdict, { readonly kind: 'pending' }>;

const pollMillis = 1000;
/** systemd under load answers in seconds; without an answer the deadline must still come. */
const askMillis = 10_000;
/** The verdict needs only the latest break, and what came after it. */
const maxObservations = 1024;

/** Observes once a second and judges, until the verdict is final. `onPending` hears what is waited for. */
export async function watchHealth(
  world: HealthWorld,
  policy: HealthPolicy,
  onPending: (waitingFor: string, uptimeSeconds: number) => void,
): Promise<FinalVerdict> {
  let observations: Observation[] = [];
  // Bounded by the policy's deadline, which the uptime reaches whatever systemd does.
  for (;;) {
    // What hinders the target is wanted by whoever reads why the deadline was missed.
    const isLast = (await world.uptimeSeconds()) >= policy.deadlineSeconds - policy.marginSeconds;
    const target = await observed(world, policy.target, isLast);
    // An answer may take seconds: only one that was asked for after the deadline may miss it.
    const uptimeSeconds = isLast
      ? await world.uptimeSeconds()
      : Math.min(await world.uptimeSeconds(), policy.deadlineSeconds - policy.marginSeconds - 0.001);
    observations = remembered(observations, { uptimeSeconds, agentSeconds: world.agentSeconds(), target });
    const verdict = judge(policy, observations);
    if (verdict.kind !== 'pending') return verdict;
    onPending(verdict.waitingFor, uptimeSeconds);
    await world.sleep(pollMillis);
  }
}

/** Of a stretch without a break only its first and its latest moment count: a settling time may be of any length. */
function remembered(observations: readonly Observation[], latest: Observation): Observation[] {
  const isStretch = [...observations.slice(-2), latest].every(({ target }) => target.kind === 'active');
  const kept = isStretch && observations.length >= 2 ? observations.slice(0, -1) : observations;
  return [...kept, latest].slice(-maxObservations);
}

async function observed(world: HealthWorld, target: string, detailed: boolean): Promise<TargetState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<TargetState>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'silent', error: `no answer in ${askMillis / 1000} s` }), askMillis);
  });
  try {
    return await Promise.race([world.observe(target, detailed), late]);
  } catch (error) {
    return { kind: 'silent', error: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
