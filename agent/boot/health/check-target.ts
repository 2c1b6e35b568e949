/** Has systemd reached its target? */
import type { Check, CheckResult } from './model.ts';
import type { CheckWorld, HealthSystemd } from './ports.ts';

/** More names than that help nobody. */
const maxNames = 12;

/** @param target the unit that must be active */
export function targetCheck({ systemd }: Pick<CheckWorld, 'systemd'>, target: string): Check {
  return { id: 'target', kind: 'target', run: () => look(systemd, target) };
}

async function look(systemd: HealthSystemd, target: string): Promise<CheckResult> {
  try {
    const { activeState } = await systemd.unitState(target);
    if (activeState === 'active') return { state: 'pass', evidence: [`${target} is active`] };
    if ((await systemd.systemState()) === 'maintenance') {
      const reason = `systemd went into its emergency mode, ${target} will not be reached`;
      return { state: 'fail', reason, evidence: await failedLines(systemd), final: true };
    }
    const evidence = [`target state: ${activeState}`, ...(await jobLines(systemd)), ...(await failedLines(systemd))];
    return { state: 'wait', waitingFor: `${target} to be reached`, evidence };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `systemd does not say whether ${target} was reached`;
    return { state: 'fail', reason, evidence: [`systemd: ${why}`], final: false };
  }
}

async function jobLines(systemd: HealthSystemd): Promise<string[]> {
  const jobs = await systemd.jobs();
  // Jobs that wait do so for those that run: the running ones are what hinders.
  const running = jobs.filter((job) => job.state === 'running');
  return line('still waiting', running.length > 0 ? running.map((job) => job.unit) : jobs.map((job) => job.unit));
}

async function failedLines(systemd: HealthSystemd): Promise<string[]> {
  const units = await systemd.listUnits({ states: ['failed'] });
  return line(
    'failed',
    units.map((unit) => unit.name),
  );
}

function line(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.slice(0, maxNames).join(', ')}`];
}
