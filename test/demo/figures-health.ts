/** What watching over a boot costs, from what the boot journal says of the boots of a device. Pure. */
import type { BootSeen } from '../machine/lab/boots.ts';

/** Means over the boots that say it; what none says is absent. Times are seconds. */
export interface HealthFigures {
  /** From the target to the good verdict of a trial, without the settling time. */
  readonly verdictDelay?: number;
  /** From the start of the kernel to the target, on trials that were kept. */
  readonly targetOfTrials?: number;
  /** The same on boots that were no trial. */
  readonly targetOfOthers?: number;
  /** Bytes that a boot wrote to hf-journal. */
  readonly journalBytes?: number;
}

/** @param journalBytes what was counted of single boots */
export function healthFigures(
  boots: readonly BootSeen[],
  settleSeconds: number,
  journalBytes: readonly number[],
): HealthFigures {
  const kept = boots.filter(({ trial, verdict }) => trial && verdict?.kind === 'good' && verdict.by === 'agent');
  const others = boots.filter(({ trial }) => !trial);
  return {
    ...given('verdictDelay', mean(kept.map((boot) => between(boot, 'target', 'verdict'))), -settleSeconds),
    ...given('targetOfTrials', mean(kept.map(({ marks }) => marks.get('target')))),
    ...given('targetOfOthers', mean(others.map(({ marks }) => marks.get('target')))),
    ...given('journalBytes', mean(journalBytes)),
  };
}

function given<K extends keyof HealthFigures>(name: K, value: number | undefined, more = 0): Partial<HealthFigures> {
  return value === undefined ? {} : { [name]: value + more };
}

function between({ marks }: BootSeen, first: string, second: string): number | undefined {
  const [from, to] = [marks.get(first), marks.get(second)];
  return from === undefined || to === undefined ? undefined : to - from;
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
