/**
 * Lets one call after the other fail, once or from there on, while a scenario runs: it ends in a clear error or goes on, and
 * with a good medium again the device comes to rest with one story.
 */
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { SlotNames } from '../../bootloader/protocol/index.ts';
import { DatabaseStory } from './database-story.ts';
import { scan } from './picture.ts';
import { type CallCounts, FAULT_KINDS, type FaultKind } from './recorder.ts';
import { isOfUnfinishedCommit, type Recovery, recover } from './recovery.ts';
import type { Acted, Scenario } from './scenarios.ts';
import type { Stage } from './stage.ts';

export interface Injected {
  /** Faults that really happened. */
  readonly faults: number;
  /** Of those, how often the scenario ended in an error. */
  readonly errors: number;
  readonly wrong: readonly { readonly where: string; readonly what: string }[];
}

interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly forever: boolean;
}

/** @param every only each so many-th call */
export async function inject(stage: Stage, scenario: Scenario, calls: CallCounts, every: number): Promise<Injected> {
  const wrong: { where: string; what: string }[] = [];
  let [faults, errors] = [0, 0];
  for (const fault of faultsOf(calls, every)) {
    const { kind, at, forever } = fault;
    const where = `${kind} error at call ${at}${forever ? ' and all after it' : ''}`;
    const root = await stage.set(scenario);
    const { acted, error, failed } = await play(stage, scenario, root, fault);
    if (failed === 0) continue;
    faults++;
    if (error !== undefined) errors++;
    const found = [...(await leftOpen(root)), ...(await judge(stage, scenario, root, fault, { acted, error }))];
    wrong.push(...found.map((what) => ({ where, what })));
  }
  return { faults, errors, wrong };
}

function faultsOf(calls: CallCounts, every: number): Fault[] {
  return FAULT_KINDS.flatMap((kind, shift) =>
    [false, true].flatMap((forever) =>
      Array.from({ length: calls[kind] }, (_, at) => ({ kind, at, forever })).filter(
        // Each kind begins elsewhere, so that a few of each meet different calls.
        ({ at }) => (at + shift * 2 + (forever ? 1 : 0)) % every === 0,
      ),
    ),
  );
}

interface Played {
  readonly acted: Acted | undefined;
  readonly error: unknown;
  readonly failed: number;
}

async function play({ recorder, kit }: Stage, scenario: Scenario, root: string, fault: Fault): Promise<Played> {
  recorder.start(root);
  recorder.fail(fault.kind, fault.at, fault.forever);
  let acted: Acted | undefined;
  let error: unknown;
  try {
    acted = await scenario.act(root, kit, () => {});
  } catch (cause) {
    error = cause;
  }
  return { acted, error, failed: recorder.stop().failed };
}

/** Turns of the event loop in which what is open is closed. */
const CLOSING_TURNS = 500;

/** Files that an error left open: each costs a descriptor until Node happens to find it. */
async function leftOpen(root: string): Promise<string[]> {
  let open: string[] = [];
  for (let turns = 0; turns < CLOSING_TURNS; turns++) {
    open = openUnder(root);
    if (open.length === 0) return [];
    await turn();
  }
  return open.map((path) => `${path} is left open`);
}

function openUnder(root: string): string[] {
  const paths = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return paths.filter((path) => path.startsWith(`${root}/`)).map((path) => path.slice(root.length));
}

/** What is wrong with how a scenario ended, and with what is left of it. */
async function judge(
  { folder, kit }: Stage,
  scenario: Scenario,
  root: string,
  fault: Fault,
  { acted, error }: Pick<Played, 'acted' | 'error'>,
): Promise<string[]> {
  const wrong: string[] = [];
  if (error !== undefined && !isClear(error)) wrong.push(`it ends in an error that is not clear: ${error}`);
  if (acted?.isSettled === false && !acted.said.some((line) => /cannot /.test(line))) {
    wrong.push(`it stands still and does not say why: ${acted.said.join('; ')}`);
  }
  if (!scenario.isDevice) {
    const story = new DatabaseStory(scenario.database, join(folder, 'database'));
    const said = story.read(scan(root).picture);
    return said.startsWith('damaged') ? [...wrong, said] : wrong;
  }
  const recovery = await recover(root, scenario, kit);
  const { wrong: left, good, alarm } = recovery;
  wrong.push(...left.filter((what) => !isOfBlindUndo(what, fault, recovery) && !isOfWayBack(what, recovery)));
  if (alarm !== undefined && !isOfUnfinishedCommit(alarm) && !isOfBlindEnd(alarm, fault)) {
    wrong.push(`nothing was damaged, and it says ${alarm}`);
  }
  const sets = [...allowedAfter(scenario, acted), ...(recovery.isLeft ? [scenario.before] : [])];
  if (good !== undefined && !sets.some((set) => JSON.stringify(set) === JSON.stringify(good))) {
    wrong.push(`the good set is ${JSON.stringify(good)}`);
  }
  rmSync(root, { recursive: true, force: true });
  return wrong;
}

/** Where nothing can be read any more at its end, no second connection keeps SQLite from removing a log that it folded in. */
function isOfBlindEnd(alarm: string, { kind, forever }: Fault): boolean {
  return kind === 'read' && forever && alarm.startsWith('state-restored: the log is missing;');
}

/**
 * Where nothing can be read any more from some call on, undoing a task fails, too: its status is Error, the others are undone,
 * and the change is over, as with snapd. A later start does not take it up again, as it cannot tell this from an undo that would
 * fail each time. Excused is what is left of the app that the change was about, or a trial that could not be disarmed and is
 * kept; and only where nothing could be read from then on.
 */
function isOfBlindUndo(what: string, { kind, forever }: Fault, { ofApp }: Recovery): boolean {
  if (kind !== 'read' || !forever) return false;
  return ofApp.includes(what) || what === 'the change is Error, and the environment says Done';
}

/** A call that failed behind the verdict: the change is undone, and what its trial confirmed is left again. */
function isOfWayBack(what: string, { isLeft }: Recovery): boolean {
  return isLeft && what === 'the log of trials says confirmed, and the environment reverted';
}

/** What was said to be confirmed stays so. */
function allowedAfter({ before, tried, verdict }: Scenario, acted: Acted | undefined): readonly SlotNames[] {
  if (tried === undefined || verdict === 'reverted') return [before];
  return acted?.said.includes('the trial is confirmed') === true ? [tried] : [before, tried];
}

/** An error that says what could not be done, and has a code. */
function isClear(error: unknown): boolean {
  return error instanceof Error && /^cannot /.test(error.message);
}
