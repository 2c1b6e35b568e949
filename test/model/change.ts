/** Installing a set: what the handlers of its tasks write that the boot set stands on, and how they take it back. */
import { ProtocolError, SLOTS } from '../../bootloader/protocol/index.ts';
import { setParts } from './files.ts';
import { fileIndex, fileOf, hasAll, namesOf, over, revisionOf, tripleOfNames } from './names.ts';
import type { Operation } from './protocol.ts';
import { forgetWord, type Run, setTrace } from './run.ts';
import {
  ABSENT,
  assetsOf,
  DOING,
  digestOf,
  GOING_BACK,
  gatheringOf,
  HALF,
  NO_BOOT,
  OTHER_BOOT,
  SOUND,
  type State,
  snapOf,
  TRIAL_BOOT,
  UNDOING,
  WAITING,
} from './state.ts';
import { indexOfTask, type ModelTask, tasksOf } from './tasks.ts';

export const OPEN = 1;
export const CONFIRMED = 2;
export const REVERTED = 3;
export const CANCELLED = 4;

/** Takes the open change as far as it goes. */
export function runChange(run: Run): void {
  const { d, model } = run;
  while (d.change === DOING || d.change === UNDOING) {
    const task = tasksOf(d.changeSet, model.system.habits)[d.changeAt];
    if (task === undefined) throw new Error('cannot run a change of the model: it has no such task');
    if (d.change === UNDOING) undoNext(run, task);
    else doNext(run, task);
  }
}

function doNext(run: Run, task: ModelTask): void {
  const { d } = run;
  let isArmed = false;
  try {
    isArmed = doTask(run, task);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    undoTask(run, task);
    giveUp(run, task.kind);
    return;
  }
  if (isArmed) {
    run.atomic('commit: the change waits for the trial', () => {
      d.change = WAITING;
    });
    rebootForTrial(run);
  } else if (task.kind === 'outcome') {
    // What comes behind it has nothing to do with what boots, but can fail.
    run.mayFail('a hook of the new revision', giveUpIn);
    run.atomic('commit: the change is done', () => closeChange(d));
  } else {
    run.atomic(`commit ${task.kind} done`, () => {
      d.changeAt += 1;
    });
  }
}

/** From the task before the one that failed on, all is undone. */
function giveUp(run: Run, kind: string): void {
  run.atomic(`commit ${kind} failed`, () => giveUpIn(run.d));
}

function giveUpIn(d: State): void {
  d.change = UNDOING;
  stepBack(d);
}

function undoNext(run: Run, task: ModelTask): void {
  const { d, model } = run;
  undoTask(run, task);
  const { good } = model.protocol.state(d);
  if (task.kind === 'unlink' && model.system.habits.waitsToGoBack && !hasAll(d.ran, tripleOfNames(good))) {
    run.atomic('commit: the change waits to go back', () => {
      d.change = GOING_BACK;
      d.backHere = 1;
    });
    d.pending = 1;
    return;
  }
  run.atomic(`commit ${task.kind} undone`, () => stepBack(d));
}

/** Goes on with what was under way, where it is known how the last trial ended. */
export function goOnWithChange(run: Run): void {
  const { d, model } = run;
  if (d.change === GOING_BACK && d.backHere === 1) d.pending = 1;
  if (d.change === GOING_BACK && d.backHere === 0)
    run.atomic('commit change: resume', () => {
      d.change = UNDOING;
      stepBack(d);
    });
  const end = endOf(d);
  if (d.change === WAITING && end !== 0 && end !== OPEN)
    run.atomic('commit change: the trial is over', () => {
      d.change = DOING;
      d.changeAt = indexOfTask(d.changeSet, model.system.habits, 'outcome');
    });
  runChange(run);
}

/** What the log says of the change's latest trial; 0 where it knows of none. */
function endOf(d: State): number {
  return d.outcome !== 0 && d.ofChange === 1 ? d.outcome : d.changeEnd;
}

function stepBack(d: State): void {
  d.changeAt -= 1;
  if (d.changeAt < 0) closeChange(d);
}

function closeChange(d: State): void {
  d.change = 0;
  d.changeSet = 0;
  d.changeAt = 0;
  d.had = 0;
  d.changeEnd = 0;
  d.hadPrevious = 0;
  d.knowsPrevious = 0;
}

/** True where the change has to wait for the trial that was armed. */
function doTask(run: Run, { kind, slot }: ModelTask): boolean {
  if (kind === 'place') place(run, slot);
  if (kind === 'extract') extract(run, slot);
  if (kind === 'outcome') outcome(run);
  return kind === 'arm' && arm(run);
}

function undoTask(run: Run, { kind, slot }: ModelTask): void {
  if (kind === 'place') removeSnap(run, slot);
  if (kind === 'extract') removeAssets(run, slot);
  if (kind === 'arm') disarm(run);
}

const indexIn = (d: State, slot: number) => fileIndex(slot, revisionOf(d.changeSet, slot));

function nameIn(d: State, slot: number): string {
  const name = SLOTS[slot];
  return name === undefined ? '' : fileOf(name, revisionOf(d.changeSet, slot));
}

/** What is there when a change begins is not its own to take away. */
export function hadBefore(d: State): number {
  let had = 0;
  for (let slot = 0; slot < 3; slot++) {
    if (revisionOf(d.changeSet, slot) === 0) continue;
    const file = d.files[indexIn(d, slot)] ?? 0;
    if (snapOf(file) !== ABSENT) had |= 1 << slot;
    if (assetsOf(file) !== ABSENT) had |= 8 << slot;
  }
  return had;
}

/** What was not read back counts as half, whatever it is. */
const written = ({ model }: Run) => (model.system.habits.verifies ? SOUND : HALF);

function place(run: Run, slot: number): void {
  const { d } = run;
  if ((d.had >> slot) & 1) return;
  const index = indexIn(d, slot);
  const name = nameIn(d, slot);
  if (snapOf(d.files[index] ?? 0) === ABSENT)
    run.atomic(`rename ${name} into place`, () => setParts(d, index, { snap: written(run) }));
  if (run.model.system.habits.recordsDigest)
    run.atomic(`replace the digest of ${name}`, () => setParts(d, index, { digest: 1 }));
}

function extract(run: Run, slot: number): void {
  const { d, model } = run;
  const index = indexIn(d, slot);
  const name = nameIn(d, slot);
  if (assetsOf(d.files[index] ?? 0) !== ABSENT) return;
  if (!model.system.habits.gathers) {
    run.atomic(`mkdir assets of ${name}`, () => setParts(d, index, { assets: HALF }));
    run.atomic(`write assets of ${name}`, () => setParts(d, index, { assets: written(run) }));
    return;
  }
  if (gatheringOf(d.files[index] ?? 0) === 1)
    run.atomic(`remove half of the assets of ${name}`, () => setParts(d, index, { gathering: 0 }));
  run.atomic(`gather assets of ${name}`, () => setParts(d, index, { gathering: 1 }));
  run.atomic(`rename assets of ${name}`, () => setParts(d, index, { assets: written(run), gathering: 0 }));
}

/** False where there is nothing to wait for. */
function arm(run: Run): boolean {
  const { d, model } = run;
  const ended = endOf(d);
  if (ended === CONFIRMED || ended === REVERTED) return false;
  const { mode, trying, good, previous } = model.protocol.state(d);
  if (hasAll(tripleOfNames(good), d.changeSet)) return false;
  if (d.knowsPrevious === 0 || d.hadPrevious !== tripleOfNames(previous))
    run.atomic('commit arm: the previous set', () => {
      d.hadPrevious = tripleOfNames(previous);
      d.knowsPrevious = 1;
    });
  if (d.outcome !== OPEN || d.ofChange === 0) run.atomic('commit trial: open', () => openEntry(d, d.changeSet, true));
  const armed = over(tripleOfNames(good), tripleOfNames(trying));
  if (mode === 'try' && hasAll(armed, d.changeSet)) return true;
  if (model.system.habits.forgetsEvidence) forgetEvidence(run);
  const writes = model.protocol.plan(d, 'stage', d.changeSet);
  applied(run, 'stage', writes, () => {
    d.jstarts = 0;
    d.jend = 0;
    d.junseen = 0;
  });
  return true;
}

/** @throws ProtocolError where the device runs what it ran before */
function outcome({ d, model }: Run): void {
  const ended = endOf(d);
  const isKept = ended === 0 || ended === CONFIRMED;
  const { source, good } = model.protocol.state(d);
  if (isKept && hasAll(source === 'none' ? d.ran : tripleOfNames(good), d.changeSet)) return;
  throw new ProtocolError('not-what-ran', 'cannot finish: there was a rollback across reboot');
}

/** A new entry of the log of trials. */
export function openEntry(d: State, tried: number, isHere: boolean): void {
  d.outcome = OPEN;
  d.tried = tried;
  d.stagedHere = Number(isHere);
  d.reboots = 0;
  d.askedHere = 0;
  d.trialBoot = NO_BOOT;
  d.ofChange = d.change === 0 ? 0 : 1;
  if (d.ofChange === 1) d.changeEnd = 0;
  if (isHere) {
    d.starts = 0;
    d.condemned = 0;
  }
  if (d.vboot === TRIAL_BOOT) d.vboot = OTHER_BOOT;
}

/** The log's open entry; made from the environment where there is none. */
export function knownTrial(run: Run): void {
  const { d, model } = run;
  if (d.outcome !== 0) return;
  const tries = tripleOfNames(model.protocol.state(d).trying);
  run.atomic('commit trial: open', () => {
    openEntry(d, tries === 0 ? d.ran : tries, false);
    d.ofChange = 0;
  });
}

export function forgetEvidence(run: Run): void {
  const { d } = run;
  if (d.trace !== 0) run.rewrite('trace', 'blank the trace', () => setTrace(d, 0));
  forgetVerdict(run);
}

export function forgetVerdict(run: Run): void {
  const { d } = run;
  if (d.verdict !== 0) run.rewrite('verdict', 'blank the word', () => forgetWord(d));
}

/** Carries out a plan: each write is on the medium before the next begins. `first` is done with the first. */
export function applied(
  run: Run,
  operation: Operation,
  writes: ReturnType<Run['model']['protocol']['plan']>,
  first: () => void = () => {},
): void {
  const { d, model } = run;
  const { checks, system } = model;
  if (!system.habits.waitsForDisk && writes.length > 1) {
    run.tearAll(
      writes.map(({ field }) => field),
      operation,
    );
  }
  for (const [index, { field, image }] of writes.entries()) {
    checks.write(run, operation, field, image);
    run.rewrite(field, `${operation}, write ${index + 1} of ${writes.length}`, () => {
      d[field] = image;
      if (index === 0) first();
    });
  }
}

function removeSnap(run: Run, slot: number): void {
  const { d, model } = run;
  const index = indexIn(d, slot);
  const name = nameIn(d, slot);
  if (model.system.habits.keepsEarlier && (d.had >> slot) & 1) return;
  if (model.system.habits.refusesNamed && model.protocol.mayBoot(d, name)) return;
  if (digestOf(d.files[index] ?? 0) === 1) {
    model.checks.remove(run, index, 'digest');
    run.atomic(`remove the digest of ${name}`, () => setParts(d, index, { digest: 0 }));
  }
  if (snapOf(d.files[index] ?? 0) === ABSENT) return;
  model.checks.remove(run, index, 'snap');
  run.atomic(`remove ${name}`, () => setParts(d, index, { snap: ABSENT }));
}

function removeAssets(run: Run, slot: number): void {
  const { d, model } = run;
  const index = indexIn(d, slot);
  const name = nameIn(d, slot);
  if (model.system.habits.keepsEarlier && (d.had >> (slot + 3)) & 1) return;
  if (gatheringOf(d.files[index] ?? 0) === 1)
    run.atomic(`remove half of the assets of ${name}`, () => setParts(d, index, { gathering: 0 }));
  if (model.system.habits.refusesNamed && model.protocol.mayBoot(d, name)) return;
  if (assetsOf(d.files[index] ?? 0) === ABSENT) return;
  model.checks.remove(run, index, 'assets');
  run.atomic(`remove the assets of ${name}`, () => setParts(d, index, { assets: ABSENT }));
}

function disarm(run: Run): void {
  const { d, model } = run;
  const ended = endOf(d);
  if (ended === 0) return;
  if (ended === CONFIRMED) {
    leave(run);
    return;
  }
  const { mode, trying } = model.protocol.state(d);
  if (mode === 'try' && SLOTS.some((slot) => trying[slot] !== undefined && trying[slot] === namesOf(d.changeSet)[slot]))
    applied(run, 'cancel', model.protocol.plan(d, 'cancel', 0));
  if (ended === OPEN) {
    model.checks.decide(run, CANCELLED);
    run.atomic('commit trial: cancelled', () => {
      d.outcome = CANCELLED;
    });
  }
  run.atomic('commit trial: settled', () => {
    if (d.ofChange === 1) settled(d);
  });
}

/**
 * What was kept is left again for the set before it, which gets back the previous one that it had. Of the log's entry the set
 * before is told by the previous one of now.
 */
function leave(run: Run): void {
  const { d, model } = run;
  const { good, previous } = model.protocol.state(d);
  const before = tripleOfNames(previous);
  if (before === 0 || !hasAll(tripleOfNames(good), d.changeSet)) return;
  applied(run, 'leave', model.protocol.plan(d, 'leave', before, { previous: d.hadPrevious }));
}

/** The log has no open entry any more. */
export function settled(d: State): void {
  if (d.ofChange === 1 && d.change !== 0) d.changeEnd = d.outcome;
  d.outcome = 0;
  d.tried = 0;
  d.stagedHere = 0;
  d.reboots = 0;
  d.askedHere = 0;
  d.trialBoot = NO_BOOT;
  d.ofChange = 0;
  d.fellBack = 0;
  if (d.vboot === TRIAL_BOOT) d.vboot = OTHER_BOOT;
}

/** Asks for the reboot that starts what is armed. */
export function rebootForTrial(run: Run): void {
  const { d } = run;
  if (d.outcome !== 0 && d.askedHere === 0)
    run.atomic('commit trial: reboot', () => {
      d.reboots = Math.min(d.reboots + 1, 3);
      d.askedHere = 1;
    });
  d.pending = 1;
}
