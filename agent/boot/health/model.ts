/** What the parts of health speak about, as data. Times are seconds of uptime unless said otherwise. */

/** `required` checks decide about a trial, `wanted` ones are only recorded. */
export type Weight = 'required' | 'wanted';

export type CheckKind =
  | 'target'
  | 'baseline'
  | 'services'
  | 'durable-write'
  | 'link'
  | 'clock'
  | 'network'
  | 'store'
  | 'command';

/** What one look of a check found. `evidence`: bounded lines for whoever reads why. */
export type CheckResult =
  | { readonly state: 'pass'; readonly evidence: readonly string[] }
  /** Not there yet, and nothing is wrong so far. `waitingFor` goes after "waiting for". */
  | { readonly state: 'wait'; readonly waitingFor: string; readonly evidence: readonly string[] }
  /** `final`: it cannot get better in this boot. */
  | {
      readonly state: 'fail';
      readonly reason: string;
      readonly evidence: readonly string[];
      readonly final: boolean;
    };

export interface CheckPolicy {
  /** The kind's name; for a command `command:<snap>/<file>`. */
  readonly id: string;
  readonly kind: CheckKind;
  readonly weight: Weight;
  /** From the start of one look to the start of the next. */
  readonly intervalSeconds: number;
  /** A look without an answer for so long has failed. */
  readonly timeoutSeconds: number;
}

export interface CommandLimits {
  readonly seconds: number;
  /** Standard output and error together. */
  readonly outputBytes: number;
  /** Of each process. */
  readonly memoryMiB: number;
}

export interface HealthPolicy {
  /** The unit that must become active. */
  readonly target: string;
  /** After the start of the kernel, when a trial without a verdict is bad. */
  readonly deadlineSeconds: number;
  /** Before the deadline, when the agent gives up, so that it, and not the dead man, says why. */
  readonly marginSeconds: number;
  /** For how long all required checks must pass without a break, and the agent live. */
  readonly settleSeconds: number;
  /** For how long a required check may fail without a break once the target was reached. */
  readonly patienceSeconds: number;
  readonly checks: readonly CheckPolicy[];
  /** Weights of single commands (by id) that differ from what their snaps say. */
  readonly commandWeights: Readonly<Record<string, Weight | 'off'>>;
  readonly commandLimits: CommandLimits;
  /** Where the store answers, `http:` or `https:`; '' where the device has none. */
  readonly storeUrl: string;
}

/** A check of this boot. */
export interface Check {
  readonly id: string;
  readonly kind: CheckKind;
  /** Looks once. What it throws is a failed look; it lets go of what it holds when the signal is aborted. */
  run(signal: AbortSignal): Promise<CheckResult>;
}

/** One look: when it began, and what it found. */
export interface Sample {
  readonly check: string;
  readonly uptimeSeconds: number;
  /** How long the agent had lived then. */
  readonly agentSeconds: number;
  readonly result: CheckResult;
}

/** Where a check stood when a verdict was given. */
export interface CheckSummary {
  readonly check: string;
  readonly weight: Weight;
  /** `wait` also where it was never looked at. */
  readonly state: CheckResult['state'];
  /** Why it does not pass; '' where it does. */
  readonly reason: string;
  readonly evidence: readonly string[];
}

export type FinalVerdict =
  | {
      readonly kind: 'good';
      readonly by: 'agent' | 'person';
      readonly evidence: readonly string[];
      readonly checks: readonly CheckSummary[];
    }
  | {
      readonly kind: 'bad';
      readonly by: 'agent' | 'person';
      readonly reason: string;
      readonly evidence: readonly string[];
      /** The required check that decided. */
      readonly check?: string;
      readonly checks: readonly CheckSummary[];
    };

export type Verdict = { readonly kind: 'pending'; readonly waitingFor: string } | FinalVerdict;

/** What a person said about the running trial. */
export interface PersonVerdict {
  readonly kind: 'good' | 'bad';
  /** '' where none was given. */
  readonly reason: string;
}

/** A network link that is up and has a carrier, with its addresses that are not only local to the link. */
export interface Link {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** How the device was when the reboot into the trial was asked for. */
export interface Baseline {
  /** Units that were active, without oneshots and those that something else (a timer, a socket, a path) starts. */
  readonly units: readonly string[];
  /** Services of snaps that were active. */
  readonly services: readonly string[];
  readonly links: readonly Link[];
  /** ISO 8601. */
  readonly takenAt: string;
}

/** A check that a snap ships: `health.d/<weight>/<name>`, unpacked. */
export interface HealthCommand {
  /** `command:<snap>/<name>`; without the revision, so that the good set's one is the same check. */
  readonly id: string;
  readonly weight: Weight;
  /** Where the executable file is. */
  readonly path: string;
}
