/** Starting and stopping units, one by one, with an error that names the unit. */

import { SystemdError } from '../../system/systemd-error.ts';
import { SnapsError } from '../error.ts';
import type { LifeSystemd } from './world.ts';

const sigKill = 9;

/** @throws SnapsError `failed-unit`; SystemdError */
export async function startUnit(systemd: LifeSystemd, unit: string): Promise<void> {
  const result = await systemd.startUnit(unit);
  // Skipped: a condition of the unit's own says that it is not wanted.
  if (result !== 'done' && result !== 'skipped') {
    throw new SnapsError('unit-failed', `cannot start ${unit}: ${resultWords(result)}`);
  }
}

/**
 * Stops a unit; one that is not there is stopped. What does not stop within its time is killed.
 * @throws SnapsError `unit-failed`; SystemdError
 */
export async function stopUnit(systemd: LifeSystemd, unit: string): Promise<void> {
  const result = await orNothing(async () => await within(systemd, unit));
  if (result === undefined || result === 'done') return;
  await orNothing(() => systemd.killUnit(unit, 'all', sigKill));
  const again = await orNothing(async () => await systemd.stopUnit(unit));
  if (again !== undefined && again !== 'done') {
    throw new SnapsError('unit-failed', `cannot stop ${unit}: ${resultWords(again)}`);
  }
}

async function within(systemd: LifeSystemd, unit: string): Promise<string> {
  try {
    return await systemd.stopUnit(unit);
  } catch (error) {
    if (error instanceof SystemdError && error.code === 'timeout') return 'timeout';
    throw error;
  }
}

/** What the work comes to; nothing where systemd does not know the unit. */
export async function orNothing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SystemdError && error.code === 'no-such-unit') return undefined;
    throw error;
  }
}

function resultWords(result: string): string {
  return result === 'timeout' ? 'not within its time' : `its job ended as "${result}"; see journalctl`;
}

/** The units of a snap's programs that systemd has in memory: name and active state. */
export async function unitsInMemory(systemd: LifeSystemd, instance: string): Promise<ReadonlyMap<string, string>> {
  const units = await systemd.listUnits({ patterns: [`snap.${instance}.*`] });
  return new Map(units.map(({ name, activeState }) => [name, activeState]));
}

export function runs(activeState: string | undefined): boolean {
  return activeState === 'active' || activeState === 'activating' || activeState === 'reloading';
}

/** Systemd keeps units that failed, also where their files are gone, and counts their starts. */
export async function forgetFailures(systemd: LifeSystemd, instance: string): Promise<void> {
  const units = await systemd.listUnits({ states: ['failed'], patterns: [`snap.${instance}.*`] });
  for (const { name } of units) await orNothing(() => systemd.resetFailed(name));
}
