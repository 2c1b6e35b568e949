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
/** Enough for the longest deadline; the verdict needs only the latest break. */
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
    observations = [...observations, { uptimeSeconds, agentSeconds: world.agentSeconds(), target }].slice(
      -maxObservations,
    );
    const verdict = judge(policy, observations);
    if (verdict.kind !== 'pending') return verdict;
    onPending(verdict.waitingFor, uptimeSeconds);
    await world.sleep(pollMillis);
  }
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
