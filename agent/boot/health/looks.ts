/** The looks of one trial: which check is due, which are under way, and what they found. */
import { reachedAt, remembered, runOf } from './history.ts';
import { type Look, lookAt, realTimer, type Timer } from './look.ts';
import type { Check, CheckPolicy, CheckResult, HealthPolicy, Sample } from './model.ts';
import { passingSince } from './verdict.ts';

/** Looks under way are waited for so long before they are left alone for a while; most take some milliseconds. */
const roundMillis = 1000;

interface Started {
  readonly look: Look;
  readonly uptimeSeconds: number;
  /** The answer is there, though the check itself may not have ended. */
  isAnswered: boolean;
}

export class Looks {
  history: readonly Sample[] = [];
  readonly #policy: HealthPolicy;
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #agentSeconds: () => number;
  readonly #timer: Timer;
  /** When each check was last started. */
  readonly #began = new Map<string, number>();
  readonly #underWay = new Map<string, Started>();
  #hasEnded = false;

  constructor(policy: HealthPolicy, checks: readonly Check[], agentSeconds: () => number, timer: Timer = realTimer) {
    this.#policy = policy;
    this.#checks = new Map(checks.map((check) => [check.id, check]));
    this.#agentSeconds = agentSeconds;
    this.#timer = timer;
  }

  /** Starts what is due. */
  start(now: number): void {
    for (const policy of this.#policy.checks) {
      const check = this.#checks.get(policy.id);
      if (check === undefined || this.#dueAt(policy) > now) continue;
      const before = this.#underWay.get(policy.id);
      if (before?.isAnswered) this.#stillStuck(policy, now);
      else if (before === undefined && !this.#isCrowded(policy)) this.#start(policy, check, now);
    }
  }

  /** Waits for the answers of what is under way, but not long. */
  async round(): Promise<void> {
    const answers = [...this.#underWay.values()].filter(({ isAnswered }) => !isAnswered).map(({ look }) => look.result);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancel = this.#timer(roundMillis, resolve);
    await Promise.race([Promise.all(answers), over]);
    cancel();
  }

  /** Uptime at which the next check is due. */
  nextAt(): number {
    const due = this.#policy.checks.filter(({ id }) => !this.#underWay.has(id)).map((policy) => this.#dueAt(policy));
    return Math.min(this.#policy.deadlineSeconds - this.#policy.marginSeconds, ...due);
  }

  /** Nobody wants to know any more. */
  end(): void {
    this.#hasEnded = true;
    for (const { look } of this.#underWay.values()) look.abort();
  }

  #dueAt(policy: CheckPolicy): number {
    const began = this.#began.get(policy.id);
    // Before the target is reached the others would find a system that is still starting.
    if (began === undefined) return policy.kind === 'target' || this.#isReached() ? 0 : Number.POSITIVE_INFINITY;
    const regular = began + policy.intervalSeconds;
    const since = passingSince(this.#policy, this.history);
    const settledAt = since === undefined ? Number.POSITIVE_INFINITY : since + this.#policy.settleSeconds;
    // Once more at the end of the settling time: the verdict counts from look to look.
    return policy.weight === 'required' && began < settledAt ? Math.min(regular, settledAt) : regular;
  }

  #isReached(): boolean {
    const isDecided = this.#policy.checks.some(({ kind, weight }) => kind === 'target' && weight === 'required');
    return !isDecided || reachedAt(this.#policy, this.history) !== undefined;
  }

  /** Commands run one after the other: a small machine has better things to do. */
  #isCrowded({ kind }: CheckPolicy): boolean {
    if (kind !== 'command') return false;
    return [...this.#underWay].some(([id, { isAnswered }]) => !isAnswered && this.#checks.get(id)?.kind === 'command');
  }

  #start({ id, timeoutSeconds }: CheckPolicy, check: Check, now: number): void {
    const look = lookAt(check, timeoutSeconds, this.#timer);
    const started: Started = { look, uptimeSeconds: now, isAnswered: false };
    const agentSeconds = this.#agentSeconds();
    this.#began.set(id, now);
    this.#underWay.set(id, started);
    void look.result.then((result) => {
      started.isAnswered = true;
      this.#remember({ check: id, uptimeSeconds: now, agentSeconds, result });
    });
    void look.done.then(() => this.#underWay.delete(id));
  }

  /** A look that gave no answer in time has not come to an end since: that is another failed look. */
  #stillStuck({ id }: CheckPolicy, now: number): void {
    const result: CheckResult | undefined = runOf(this.history, id)?.last.result;
    this.#began.set(id, now);
    if (result !== undefined)
      this.#remember({ check: id, uptimeSeconds: now, agentSeconds: this.#agentSeconds(), result });
  }

  #remember(sample: Sample): void {
    if (!this.#hasEnded) this.history = remembered(this.#policy, this.history, sample);
  }
}
