/** All of it in one go: every scenario explored, failed call by call, and explored once more for each mutation. */
import { join } from 'node:path';
import type { ProofRow } from '../measure/row.ts';
import { type Bounds, type Explored, explore, type Oracle, type Violation } from './explore.ts';
import { type Injected, inject } from './inject.ts';
import type { FileSystem } from './medium.ts';
import { mutationsOf } from './mutations.ts';
import type { Recorded } from './record.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import type { Stage } from './stage.ts';
import { SURVIVORS } from './survivors.ts';

export interface SuiteBounds extends Bounds {
  /** Beside the weakest. */
  readonly fileSystems: readonly FileSystem[];
  /** Each so many-th call fails. */
  readonly every: number;
  /** Recoveries for each mutation; 0 leaves them to the oracles of disk and database. */
  readonly mutantRecoveries: number;
  /** A mutation that is caught once is not looked at any further. */
  readonly isCaughtOnce: boolean;
}

export const SHORT: SuiteBounds = {
  ...{ seed: 1, random: 3, recoveries: 40, fileSystems: [] },
  ...{ every: 24, mutantRecoveries: 0, isCaughtOnce: true },
};

export const FULL: SuiteBounds = {
  ...{ seed: 1, random: 12, recoveries: 300, fileSystems: ['ext4'] },
  ...{ every: 4, mutantRecoveries: 10, isCaughtOnce: false },
};

/** Every image recovers, and every call fails: far longer. */
export const ALL: SuiteBounds = { ...FULL, recoveries: Number.POSITIVE_INFINITY, every: 1, mutantRecoveries: 40 };

export type BoundName = 'short' | 'full' | 'all';
const BOUNDS: Readonly<Record<BoundName, SuiteBounds>> = { short: SHORT, full: FULL, all: ALL };

export type ScenarioReport = Readonly<Pick<Scenario, 'name' | 'title'>> &
  Omit<Explored, 'violations'> & {
    readonly faults: number;
    readonly errors: number;
    readonly violations: readonly Violation[];
    readonly wrong: Injected['wrong'];
  };

export interface MutationReport {
  readonly name: string;
  /** Which oracles caught it, in any scenario. */
  readonly caught: readonly Oracle[];
  /** One of the violations. */
  readonly example: string;
  /** Why it need not be caught. */
  readonly reason?: string;
}

export interface Report {
  readonly format: 1;
  readonly bound: BoundName;
  readonly scenarios: readonly ScenarioReport[];
  readonly mutations: readonly MutationReport[];
}

/** @param names of scenarios; all where there are none */
export async function runSuite(
  stage: Stage,
  bound: BoundName,
  names: readonly string[],
  say: (line: string) => void,
): Promise<Report> {
  const bounds = BOUNDS[bound];
  const scenarios: ScenarioReport[] = [];
  const mutations = new Map<string, MutationReport>();
  for (const scenario of SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const recorded = await stage.record(scenario);
    const report = await playScenario(stage, scenario, recorded, bounds);
    scenarios.push(report);
    say(lineOf(report));
    for (const line of complaintsOfScenario(report).slice(0, COMPLAINTS_SAID)) say(line);
    await playMutations(stage, scenario, recorded, bounds, mutations);
  }
  return { format: 1, bound, scenarios, mutations: [...mutations.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Of each scenario, as it ends. */
const COMPLAINTS_SAID = 40;

function placeIn({ folder, kit }: Stage) {
  // The same place again: what is under way names it.
  return { root: join(folder, 'root'), database: join(folder, 'database'), kit };
}

async function playScenario(
  stage: Stage,
  scenario: Scenario,
  recorded: Recorded,
  bounds: SuiteBounds,
): Promise<ScenarioReport> {
  const { name, title } = scenario;
  let all = await explore(scenario, recorded, bounds, placeIn(stage));
  for (const fileSystem of bounds.fileSystems) {
    all = plus(all, await explore(scenario, recorded, { ...bounds, fileSystem }, placeIn(stage)));
  }
  const { faults, errors, wrong } = await inject(stage, scenario, recorded.calls, bounds.every);
  return { name, title, ...all, faults, errors, wrong };
}

/** The same calls and commits, looked at in two ways. */
function plus(a: Explored, b: Explored): Explored {
  return {
    ...a,
    cuts: a.cuts + b.cuts,
    images: a.images + b.images,
    distinct: a.distinct + b.distinct,
    databases: a.databases + b.databases,
    recoveries: a.recoveries + b.recoveries,
    boots: a.boots + b.boots,
    alarms: a.alarms + b.alarms,
    violations: [...a.violations, ...b.violations],
  };
}

async function playMutations(
  stage: Stage,
  scenario: Scenario,
  recorded: Recorded,
  bounds: SuiteBounds,
  reports: Map<string, MutationReport>,
): Promise<void> {
  const limited = { ...bounds, recoveries: bounds.mutantRecoveries };
  const until = bounds.isCaughtOnce ? 'any' : 'oracle';
  for (const { name, steps } of mutationsOf(recorded, scenario.database)) {
    const known = reports.get(name);
    if (bounds.isCaughtOnce && known !== undefined && known.caught.length > 0) continue;
    const { violations } = await explore(scenario, recorded, limited, placeIn(stage), { played: steps, until });
    const [first] = violations;
    const caught = [...new Set([...(known?.caught ?? []), ...violations.map(({ oracle }) => oracle)])].sort();
    const example = known?.example || (first === undefined ? '' : `${first.where}: ${first.what}`);
    const reason = SURVIVORS[name];
    reports.set(name, { name, caught, example, ...(reason === undefined ? {} : { reason }) });
  }
}

function lineOf(report: ScenarioReport): string {
  const { calls, cuts, images, distinct, databases, commits, recoveries, boots, alarms, faults, errors } = report;
  const found = report.violations.length + report.wrong.length;
  return (
    `${report.name}: ${calls} calls, ${commits} commits; ${cuts} cuts, ${images} images, ${distinct} distinct, ` +
    `${databases} databases, ${recoveries} recoveries in ${boots} boots, ${alarms} false alarms; ` +
    `${faults} calls failed, ${errors} of them ended it; ${found} violations`
  );
}

/** For the documentation: what was shown, and within which bound (test/measure/row.ts). */
export function proofRowsOf({ scenarios, mutations }: Report): ProofRow[] {
  const rows = scenarios.map((one) => ({
    proof: `Power cuts and failing calls: ${one.title}`,
    bound:
      `${one.calls} calls and ${one.commits} commits; ${one.cuts} cuts, ${one.images} images, ${one.distinct} distinct, ` +
      `${one.recoveries} recoveries; ${one.faults} calls failed`,
    result:
      `${one.violations.length + one.wrong.length} violations` +
      (one.alarms === 0 ? '' : `; ${one.alarms} unfinished commits were told as damage`),
  }));
  const caught = mutations.filter((mutation) => mutation.caught.length > 0).length;
  const survived = mutations.filter((mutation) => mutation.caught.length === 0);
  const reasons = survived.map(({ name, reason = 'not caught' }) => `no ${name}: ${reason}`).join('; ');
  const result = `${caught} caught, ${survived.length} survived${reasons === '' ? '' : ` (${reasons})`}`;
  const proof = 'Power cuts: the agent without one kind of its syncs, or without reading back';
  return [...rows, { proof, bound: `${mutations.length} mutations`, result }];
}

/** Everything that must not be, one line each. */
export function complaintsOf({ scenarios, mutations }: Report): string[] {
  return [
    ...scenarios.flatMap(complaintsOfScenario),
    // What one scenario does not show another one may.
    ...(scenarios.length < SCENARIOS.length ? [] : mutations)
      .filter(isUncaught)
      .map(({ name }) => `nothing catches the mutation: no ${name}`),
  ];
}

function complaintsOfScenario({ name, violations, wrong }: ScenarioReport): string[] {
  return [
    ...violations.map(({ oracle, where, what }) => `${name}: ${oracle}: ${where}: ${what}`),
    ...wrong.map(({ where, what }) => `${name}: ${where}: ${what}`),
  ];
}

function isUncaught({ caught, reason }: MutationReport): boolean {
  return caught.length === 0 && reason === undefined;
}
