/**
 * Cuts the power after every call that a scenario makes, looks at what may be left then, and holds three things against it:
 * what the disk port promised, what the database committed, and what the whole agent makes of it.
 */
import { readBootState, type SlotNames } from '../../bootloader/protocol/index.ts';
import { commitsOf, DatabaseStory } from './database-story.ts';
import { fatesOf } from './fate.ts';
import { isFat, isRaw, type Kit } from './kit.ts';
import { type FileSystem, Medium } from './medium.ts';
import { digestOf, type Picture } from './picture.ts';
import { promisesOf } from './promises.ts';
import { randomFrom } from './random.ts';
import { afterPower, type Recorded } from './record.ts';
import { isOfUnfinishedCommit, mediumOf, recoverFrom } from './recovery.ts';
import type { Scenario } from './scenarios.ts';
import type { Step } from './trace.ts';
import { parseMark } from './witness.ts';

export interface Bounds {
  readonly seed: number;
  /** Random fates for each cut, beside the systematic ones. */
  readonly random: number;
  /** Recoveries at most; of more images than that some are chosen by the seed. */
  readonly recoveries: number;
  readonly fileSystem?: FileSystem;
}

export type Oracle = 'disk' | 'database' | 'agent';

export interface Violation {
  readonly oracle: Oracle;
  /** Where the power went, and what it left. */
  readonly where: string;
  readonly what: string;
}

export interface Explored {
  readonly calls: number;
  readonly cuts: number;
  /** Images that were held against the disk's and the database's promises. */
  readonly images: number;
  readonly distinct: number;
  readonly databases: number;
  readonly commits: number;
  readonly recoveries: number;
  readonly boots: number;
  /** Recoveries from a cut in the middle of a commit that were told as damage, and cost nothing but that commit. */
  readonly alarms: number;
  readonly violations: readonly Violation[];
}

export interface Place {
  /** A directory for recoveries. */
  readonly root: string;
  /** A directory for databases. */
  readonly database: string;
  readonly kit: Kit;
}

interface Found {
  readonly picture: Picture;
  readonly where: string;
  /** What was promised at the latest cut that leaves this. */
  readonly allowed: readonly SlotNames[];
  readonly isPlain: boolean;
  /** The power went while a commit, or part of it, was on its way into the log. */
  readonly isInCommit: boolean;
}

export interface ExploreOptions {
  /** What the medium sees instead of the recorded steps, one for one: what a mutation made of them. */
  readonly played?: readonly Step[];
  /** `oracle`: an oracle looks no further than its first violation. `any`: nothing does after the first. */
  readonly until?: 'end' | 'oracle' | 'any';
}

export async function explore(
  scenario: Scenario,
  recorded: Recorded,
  bounds: Bounds,
  { root, database, kit }: Place,
  { played = recorded.steps, until = 'end' }: ExploreOptions = {},
): Promise<Explored> {
  const { picture, inodes, steps, calls } = recorded;
  const story = new DatabaseStory(scenario.database, database);
  const commits = commitsOf(recorded, story);
  const checks = promisesOf(recorded);
  const allowed = allowedSets(scenario, recorded);
  const medium = new Medium(picture, inodes, { isFat, ...pick(bounds) });
  const violations: Violation[] = [];
  const caught = (oracle: Oracle) =>
    (until === 'any' && violations.length > 0) ||
    (until === 'oracle' && violations.some((violation) => violation.oracle === oracle));
  const found = new Map<string, Found>();
  let cuts = 0;
  let images = 0;
  for (const [index, step] of played.entries()) {
    if (until === 'any' && violations.length > 0) break;
    medium.apply(step);
    // Nothing happens to the medium at a mark: what follows it is what the cut before it may leave, with more promised.
    if (steps[index + 1]?.kind === 'mark') continue;
    cuts++;
    const fates = fatesOf(medium, { seed: bounds.seed + index, random: bounds.random, isRaw, ...pick(bounds) });
    for (const [order, fate] of fates.entries()) {
      images++;
      const image = afterPower(fate.picture);
      const where = `${placeOf(steps, index)}: ${fate.name}`;
      for (const check of caught('disk') ? [] : (checks[index] ?? [])) {
        const what = check(fate.picture);
        if (what !== undefined) violations.push({ oracle: 'disk', where, what });
      }
      const said = caught('database') ? undefined : story.read(image);
      if (said !== undefined && !commits.allowed[index]?.includes(said)) {
        const what = said.startsWith('damaged') ? said : 'the database does not say what was committed';
        violations.push({ oracle: 'database', where, what });
      }
      if (scenario.isDevice) {
        const known = found.get(digestOf(image));
        const isPlain = order < 2 || known?.isPlain === true;
        const isInCommit = medium.isDirty(`${scenario.database}-wal`) || known?.isInCommit === true;
        found.set(digestOf(image), { picture: image, where, allowed: allowed[index] ?? [], isPlain, isInCommit });
      }
    }
  }
  const recoveriesAtMost = Math.min(bounds.recoveries, scenario.recoveries ?? Number.POSITIVE_INFINITY);
  const chosen = choose([...found.values()], { ...bounds, recoveries: recoveriesAtMost });
  let recoveries = 0;
  let boots = 0;
  let alarms = 0;
  for (const { picture: image, where, allowed: sets, isInCommit } of chosen) {
    if (caught('agent')) break;
    const recovery = await recoverFrom(image, root, scenario, kit);
    recoveries++;
    boots += recovery.boots;
    const wrong = [...recovery.wrong, ...wrongSet(recovery.good, sets)];
    if (scenario.cause !== undefined && recovery.cause !== scenario.cause) wrong.push(`its cause is ${recovery.cause}`);
    // The power's going is no failure of anything.
    if (recovery.failed !== undefined) wrong.push(`its change failed: ${recovery.failed}`);
    if (recovery.alarm !== undefined && isInCommit && isOfUnfinishedCommit(recovery.alarm)) alarms++;
    else if (recovery.alarm !== undefined) wrong.push(`nothing was damaged, and it says ${recovery.alarm}`);
    for (const what of wrong) violations.push({ oracle: 'agent', where, what });
  }
  return {
    calls: calls.io,
    cuts,
    images,
    distinct: found.size,
    databases: story.states,
    commits: commits.count,
    recoveries,
    boots,
    alarms,
    violations,
  };
}

function pick({ fileSystem }: Bounds): { readonly fileSystem?: FileSystem } {
  return fileSystem === undefined ? {} : { fileSystem };
}

/** All where there are few; otherwise the plain ones, and as many of the others as the bound allows, by the seed. */
function choose(found: readonly Found[], { recoveries, seed }: Bounds): readonly Found[] {
  if (found.length <= recoveries) return found;
  const random = randomFrom(seed);
  const keyed = found.map((one) => ({ one, key: (one.isPlain ? 0 : 1) + random.int(1 << 20) / (1 << 20) }));
  return keyed
    .sort((a, b) => a.key - b.key)
    .slice(0, recoveries)
    .map(({ one }) => one);
}

function wrongSet(good: SlotNames | undefined, allowed: readonly SlotNames[]): string[] {
  if (good === undefined || allowed.some((set) => JSON.stringify(set) === JSON.stringify(good))) return [];
  return [`the good set is ${JSON.stringify(good)}`];
}

/** The good sets that a recovery may come to, after each step: what was confirmed or given up for good stays so. */
function allowedSets({ before, tried, verdict }: Scenario, { picture, inodes, steps }: Recorded): SlotNames[][] {
  const medium = new Medium(picture, inodes);
  const open = tried === undefined || verdict === 'reverted' ? [before] : [before, tried];
  let now = open;
  return steps.map((step) => {
    medium.apply(step);
    const mark = step.kind === 'mark' ? parseMark(step.text) : undefined;
    if (mark?.moment === 'after' && mark.write.op === 'rewrite') {
      const { good, mode } = readBootState(mediumOf(medium.live()));
      if (tried !== undefined && mode === '' && JSON.stringify(good) === JSON.stringify(tried)) now = [tried];
    }
    return now;
  });
}

/** What was under way: `after call 12 (sync) of replace /var/lib/holdfast/...`. */
export function placeOf(steps: readonly Step[], index: number): string {
  const open: string[] = [];
  let call = 0;
  for (const step of steps.slice(0, index + 1)) {
    if (step.kind !== 'mark') call++;
    const mark = step.kind === 'mark' ? parseMark(step.text) : undefined;
    if (mark === undefined) continue;
    const name = `${mark.write.op} ${mark.write.path}`;
    if (mark.moment === 'before') open.push(name);
    if (mark.moment === 'after') open.splice(open.indexOf(name), 1);
  }
  const last = steps.slice(0, index + 1).findLast(({ kind }) => kind !== 'mark');
  const inside = open.length === 0 ? 'between durable writes' : `in ${open.join(' and ')}`;
  return `after call ${call} (${last?.kind ?? ''}) ${inside}`;
}
