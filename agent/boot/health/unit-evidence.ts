/** What is known about a unit that hinders a trial, for whoever reads why it went back. */
import type { CheckWorld } from './ports.ts';

/** More units than that help nobody. */
const maxUnits = 4;

/** Lines about some units. */
export type UnitWitness = (units: readonly string[]) => Promise<string[]>;

/**
 * Tells state, result, restarts and the last lines of the log. The log of the same failure is fetched once: that takes
 * another process, and a unit that stays failed is looked at every few seconds. Never rejects.
 */
export function unitWitness({ systemd, ports }: Pick<CheckWorld, 'systemd' | 'ports'>): UnitWitness {
  const logs = new Map<string, readonly string[]>();
  const tell = async (unit: string): Promise<string[]> => {
    const state = await systemd.unitState(unit).catch(() => undefined);
    if (state === undefined) return [`${unit}: systemd does not say how it is`];
    const { activeState, subState, service } = state;
    const failure = `${unit} ${activeState} ${service?.restarts}`;
    const log = logs.get(failure) ?? (await ports.logOf(unit));
    logs.set(failure, log);
    const result = service === undefined ? '' : `, result ${service.result}, restarts ${service.restarts}`;
    return [`${unit}: ${activeState} (${subState})${result}`, ...log.map((line) => `${unit}: ${line}`)];
  };
  return async (units) => {
    const told: string[][] = [];
    for (const unit of units.slice(0, maxUnits)) told.push(await tell(unit));
    const more = units.length - maxUnits;
    return [...told.flat(), ...(more > 0 ? [`and ${more} more units`] : [])];
  };
}
