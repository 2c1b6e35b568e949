/** Asks systemd how far a target is. */
import type { Systemd } from '../../system/systemd.ts';
import type { TargetState } from './verdict.ts';

export type ObservedSystemd = Pick<Systemd, 'unitState' | 'systemState' | 'jobs' | 'listUnits' | 'serviceRestarts'>;

/** More names than that help nobody. */
const maxNames = 12;

/**
 * One look at `target`. The list of all units is dear on a small machine, so what hinders the target is asked for only
 * where `detailed` is set, or where it will not come any more.
 * @throws SystemdError where systemd cannot be asked
 */
export async function observeTarget(systemd: ObservedSystemd, target: string, detailed: boolean): Promise<TargetState> {
  const { activeState } = await systemd.unitState(target);
  if (activeState === 'active') return { kind: 'active' };
  if ((await systemd.systemState()) === 'maintenance') return { kind: 'emergency', failed: await failedUnits(systemd) };
  if (!detailed) return { kind: 'waiting', state: activeState, jobs: [], failed: [] };
  const jobs = await systemd.jobs();
  // Jobs that wait do so for those that run: the running ones are what hinders.
  const running = jobs.filter((job) => job.state === 'running');
  const names = (running.length > 0 ? running : jobs).map((job) => job.unit);
  return { kind: 'waiting', state: activeState, jobs: names.slice(0, maxNames), failed: await failedUnits(systemd) };
}

async function failedUnits(systemd: ObservedSystemd): Promise<string[]> {
  const units = await systemd.listUnits();
  return units
    .filter((unit) => unit.activeState === 'failed')
    .map((unit) => unit.name)
    .slice(0, maxNames);
}
