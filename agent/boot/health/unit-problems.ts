/** From what is wrong with some units to what a check says about them. */
import type { CheckResult } from './model.ts';
import type { UnitWitness } from './unit-evidence.ts';

/** Names of units, by what is wrong with them. */
export interface UnitProblems {
  readonly failed: readonly string[];
  /** Restarted over and over although all was well before. */
  readonly looping: readonly string[];
  /** Not running for a moment since the last look, or waiting for its next start. */
  readonly restarted: readonly string[];
  readonly inactive: readonly string[];
  readonly starting: readonly string[];
}

const sentences: readonly (readonly [kind: Exclude<keyof UnitProblems, 'starting'>, says: string, final: boolean])[] = [
  ['failed', 'failed', true],
  ['looping', 'is restarted over and over', true],
  ['restarted', 'had to be restarted', false],
  ['inactive', 'is not active', false],
];

/** The worst problem decides; `calm` is the evidence where there is none. */
export async function resultOf(problems: UnitProblems, calm: string, witness: UnitWitness): Promise<CheckResult> {
  for (const [kind, says, final] of sentences) {
    const units = problems[kind];
    if (units.length === 0) continue;
    const reason = `${someOf(units)}, which ran before, ${says}`;
    return { state: 'fail', reason, evidence: await witness(units), final };
  }
  if (problems.starting.length > 0) {
    const waitingFor = `${someOf(problems.starting)} to start`;
    return { state: 'wait', waitingFor, evidence: await witness(problems.starting) };
  }
  return { state: 'pass', evidence: [calm] };
}

function someOf([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} (and ${others.length} more)`;
}
