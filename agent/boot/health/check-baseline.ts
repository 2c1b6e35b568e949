/** Does any unit fail that ran before the trial? */
import type { Baseline, Check, CheckResult } from './model.ts';
import type { CheckWorld } from './ports.ts';
import { RestartWatch } from './restarts.ts';
import { type UnitWitness, unitWitness } from './unit-evidence.ts';
import { resultOf } from './unit-problems.ts';

/** @param loopRestarts how many restarts of one service make a crash loop */
export function baselineCheck(
  world: Pick<CheckWorld, 'systemd' | 'ports'>,
  baseline: Baseline | undefined,
  loopRestarts: number,
): Check {
  const restarts = new RestartWatch(world.systemd, loopRestarts);
  const witness = unitWitness(world);
  return { id: 'baseline', kind: 'baseline', run: () => look(world, new Set(baseline?.units), restarts, witness) };
}

async function look(
  { systemd }: Pick<CheckWorld, 'systemd'>,
  expected: ReadonlySet<string>,
  restarts: RestartWatch,
  witness: UnitWitness,
): Promise<CheckResult> {
  if (expected.size === 0)
    return { state: 'pass', evidence: ['nothing to compare: no unit is known to have run before'] };
  const listed = await systemd.listUnits({ states: ['failed', 'activating'] });
  const units = listed.filter(({ name }) => expected.has(name));
  const failed = units.filter((unit) => unit.activeState === 'failed').map((unit) => unit.name);
  const activating = units.filter((unit) => unit.activeState === 'activating');
  const waiting = activating.filter((unit) => unit.subState.startsWith('auto-restart')).map((unit) => unit.name);
  const starting = activating.map((unit) => unit.name).filter((name) => !waiting.includes(name));
  const { restarted, looping } = await restarts.look([...expected].filter((name) => name.endsWith('.service')));
  const result = await resultOf(
    { failed, looping, restarted: [...new Set([...waiting, ...restarted])], inactive: [], starting },
    `none of ${expected.size} units failed`,
    witness,
  );
  if (result.state === 'pass') restarts.well();
  return result;
}
