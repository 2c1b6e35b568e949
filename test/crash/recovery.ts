/** What a device makes of what a power cut or a failing medium has left: it boots, comes to rest, and tells one story. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { layoutUnder } from '../../agent/boot/layout.ts';
import { isReady } from '../../agent/engine/model.ts';
import { changeStatus } from '../../agent/engine/status.ts';
import { powerOn } from '../../agent/fixture.ts';
import { systemdOf, TestMachine } from '../../agent/fixture-machine.ts';
import { trialIn, trialTask } from '../../agent/snaps/boot-set/trial-task.ts';
import { isTemporary } from '../../agent/system/disk.ts';
import { type Medium, PLACE_BYTES, PLACES, readBootState, type SlotNames } from '../../bootloader/protocol/index.ts';
import { appWrong, failureOfApp } from './app.ts';
import { type Kit, lacking, layout } from './kit.ts';
import { type Picture, paint, scan } from './picture.ts';
import type { Scenario } from './scenarios.ts';

export interface Recovery {
  /** What is wrong; nothing where all is well. */
  readonly wrong: readonly string[];
  /** The good set in the end; undefined where it did not come so far. */
  readonly good: SlotNames | undefined;
  readonly boots: number;
  /** Why the last trial ended, by the log of trials. */
  readonly cause: string | undefined;
  /** What of `wrong` is about the app. */
  readonly ofApp: readonly string[];
  /** The trial was kept, and its change failed behind it: the device went back, as it must. */
  readonly isLeft: boolean;
  /** Why the change of an app failed, if it did. */
  readonly failed?: string;
  /** What it says about damage to its state, of which there was none. */
  readonly alarm: string | undefined;
}

/** More boots than any recovery takes. */
const MAX_BOOTS = 10;

/** Puts a picture into `root` and lets the device recover from it. */
export async function recoverFrom(picture: Picture, root: string, scenario: Scenario, kit: Kit): Promise<Recovery> {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  paint(picture, root);
  return recover(root, scenario, kit);
}

/** Lets the device under `root` boot until it is at rest, and looks at it. */
export async function recover(root: string, scenario: Scenario, kit: Kit): Promise<Recovery> {
  const wrong: string[] = [];
  const ofApp: string[] = [];
  const systemd = systemdOf(layoutUnder(root));
  const machine = new TestMachine(layoutUnder(root), { systemd });
  let boots = 0;
  try {
    for (let end = 'reboot'; end === 'reboot'; boots++) {
      if (boots === MAX_BOOTS) throw new Error(`it is not at rest after ${boots} boots`);
      const run = await powerOn(machine.layout);
      if (run.outcome !== 'boot') throw new Error(`the boot script ends in ${run.outcome}`);
      const there = scan(root).picture;
      for (const { set } of run.starts.slice(-1))
        wrong.push(...lacking(kit, there, set).map((what) => `it boots, and ${what}`));
      await systemd.boot();
      await machine.start();
      end = await machine.settled();
    }
    const { picture } = scan(root);
    const { good } = readBootState(mediumOf(picture));
    wrong.push(...unfinished(picture), ...lacking(kit, picture, good), ...untruths(machine, good, scenario));
    if (scenario.app !== undefined) ofApp.push(...appWrong(machine, picture, scenario.app, kit));
    wrong.push(...ofApp);
    const { ended, alarm } = outcomesOf(machine);
    const failed = scenario.app === undefined ? undefined : failureOfApp(machine);
    return {
      ...{ wrong, ofApp, isLeft: isLeft(machine), good, boots, cause: ended?.cause?.code, alarm },
      ...(failed === undefined ? {} : { failed }),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      wrong: [...wrong, `it does not recover: ${why}`],
      ofApp,
      isLeft: false,
      good: undefined,
      boots,
      cause: undefined,
      alarm: undefined,
    };
  } finally {
    machine.stop();
  }
}

/** The boot environment in a picture. */
export function mediumOf(picture: Picture): Medium {
  const read = (place: string) => {
    const entry = picture.get(join(layout.rawPlaces, `hf-${place}`));
    return entry?.kind === 'file' ? new Uint8Array(entry.bytes).subarray(0, PLACE_BYTES) : undefined;
  };
  const [a, b, good, mark] = PLACES.map(read);
  return { 'env-a': a, 'env-b': b, good, mark };
}

/** What is half done on a device that is at rest. */
function unfinished(picture: Picture): string[] {
  const wrong: string[] = [];
  const medium = mediumOf(picture);
  const { mode, trying } = readBootState(medium);
  if (mode !== '') wrong.push(`at rest, the mode is "${mode}"`);
  if (Object.keys(trying).length > 0) wrong.push(`at rest, ${Object.values(trying).join(', ')} is tried`);
  if (Buffer.compare(medium['env-a'] ?? Buffer.of(1), medium['env-b'] ?? Buffer.of(2)) !== 0) {
    wrong.push('at rest, the copies of the environment differ');
  }
  for (const path of picture.keys()) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const isLeft = isTemporary(name) || name.endsWith('.tmp') || name.startsWith('.local-install-');
    if (isLeft) wrong.push(`at rest, ${path} is left`);
  }
  return wrong;
}

/**
 * True for what is said of a commit that was on its way: of its pages only some came onto the medium, and its end is among
 * them. Nobody can tell that from a last commit that was damaged since.
 */
export function isOfUnfinishedCommit(alarm: string): boolean {
  const [what, lost, ...rest] = alarm.split('; ');
  return (
    /^state-restored: the log is damaged after page \d+ of it$/.test(what ?? '') &&
    /^lost: the last (commit|\d+ commits) before the start$/.test(lost ?? '') &&
    rest.every((line) =>
      /^(of )?change \d+ (it )?is not known any more|^snap files that the state did not know/.test(line),
    )
  );
}

/** How the last trial ended, and what was said about damage. */
function outcomesOf(machine: TestMachine) {
  const outcomes = machine.device.parts.trials.outcomes(10);
  const isAlarm = ({ what }: (typeof outcomes)[number]) => what?.startsWith('state-') === true;
  const alarms = outcomes.filter(isAlarm).map(({ what, cause }) => `${what}: ${cause?.evidence.join('; ')}`);
  return { ended: outcomes.find((outcome) => !isAlarm(outcome)), alarm: alarms.at(-1) };
}

function isLeft(machine: TestMachine): boolean {
  const change = machine.device.parts.changes.list().findLast((one) => trialTask(one) !== undefined);
  if (change === undefined || changeStatus(change.tasks) !== 'Error') return false;
  return outcomesOf(machine).ended?.what === 'confirmed' && trialTask(change)?.status === 'Undone';
}

/** Where changes, the log of trials and the environment contradict each other. */
function untruths(machine: TestMachine, good: SlotNames, { verdict }: Scenario): string[] {
  const wrong: string[] = [];
  // That the records follow what boots is another change.
  const change = machine.device.parts.changes.list().findLast((one) => trialTask(one) !== undefined);
  const { ended: outcome, alarm } = outcomesOf(machine);
  if (alarm?.startsWith('state-rebuilt') === true) wrong.push('the state was lost');
  if (change !== undefined) {
    const tried = Object.values(trialIn(trialTask(change)?.data ?? {}) ?? {});
    const isKept = tried.length > 0 && tried.every((file) => Object.values(good).includes(file));
    const status = changeStatus(change.tasks);
    const wanted = isKept ? 'Done' : 'Error';
    if (!isReady(status) || status !== wanted)
      wrong.push(`the change is ${status}, and the environment says ${wanted}`);
    const ended = { Done: 'confirmed', Error: 'reverted' }[wanted];
    const isSame =
      outcome === undefined || outcome.what === ended || outcome.what === 'cancelled' || outcome.change !== change.id;
    if (!isSame) wrong.push(`the log of trials says ${outcome.what}, and the environment ${ended}`);
  }
  if (verdict !== undefined && outcome?.what !== verdict) wrong.push(`the trial is ${outcome?.what}, not ${verdict}`);
  return wrong;
}
