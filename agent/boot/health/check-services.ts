/** Are the services of snaps that ran before the trial active, and do they stay so? */
import type { Baseline, Check, CheckResult } from './model.ts';
import type { CheckWorld } from './ports.ts';
import { RestartWatch } from './restarts.ts';
import { type UnitWitness, unitWitness } from './unit-evidence.ts';
import { resultOf } from './unit-problems.ts';

/** What snapd calls the units of snaps' services. */
export const snapServices = 'snap.*.service';

/** @param loopRestarts how many restarts of one service make a crash loop */
export function servicesCheck(
  world: Pick<CheckWorld, 'systemd' | 'ports'>,
  baseline: Baseline | undefined,
  loopRestarts: number,
): Check {
  const restarts = new RestartWatch(world.systemd, loopRestarts);
  const witness = unitWitness(world);
  return { id: 'services', kind: 'services', run: () => look(world, baseline?.services ?? [], restarts, witness) };
}

async function look(
  { systemd }: Pick<CheckWorld, 'systemd'>,
  expected: readonly string[],
  restarts: RestartWatch,
  witness: UnitWitness,
): Promise<CheckResult> {
  if (expected.length === 0)
    return { state: 'pass', evidence: ['nothing to compare: no service of a snap ran before'] };
  const units = new Map((await systemd.listUnits({ patterns: [snapServices] })).map((unit) => [unit.name, unit]));
  const { restarted, looping } = await restarts.look(expected);
  const are = (is: (activeState: string, subState: string) => boolean) =>
    expected.filter((name) => is(units.get(name)?.activeState ?? 'inactive', units.get(name)?.subState ?? 'dead'));
  const waiting = are((state, sub) => state === 'activating' && sub.startsWith('auto-restart'));
  const result = await resultOf(
    {
      failed: are((state) => state === 'failed'),
      looping,
      restarted: [...new Set([...waiting, ...restarted])],
      inactive: are((state) => !['active', 'reloading', 'activating', 'failed'].includes(state)),
      starting: are((state, sub) => state === 'activating' && !sub.startsWith('auto-restart')),
    },
    `all of ${expected.length} services active`,
    witness,
  );
  if (result.state === 'pass') restarts.well();
  return result;
}
