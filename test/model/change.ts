/** Installing a set: what the handlers of `agent/snaps/install.ts` write, task by task, and how they take it back. */
import { ProtocolError, SLOTS } from '../../bootloader/protocol/index.ts';
import { collect } from './collect.ts';
import { setParts } from './files.ts';
import { fileIndex, fileOf, hasAll, revisionOf, tripleOfNames } from './names.ts';
import type { Operation } from './protocol.ts';
import { forgetWord, type Run, setTrace } from './run.ts';
import {
  ABSENT,
  assetsOf,
  DOING,
  digestOf,
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
import { type ModelTask, tasksOf } from './tasks.ts';

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
    if (d.change === UNDOING) {
      undoTask(run, task);
      run.atomic(`commit ${task.kind} undone`, () => stepBack(d));
      continue;
    }
    try {
      doTask(run, task);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      undoTask(run, task);
      run.atomic(`commit ${task.kind} failed`, () => {
        d.change = UNDOING;
        stepBack(d);
      });
      continue;
    }
    if (task.kind === 'try') {
      run.atomic('commit: the change waits for the trial', () => {
        d.change = WAITING;
      });
      rebootForTrial(run);
      return;
    }
    run.atomic(`commit ${task.kind} done`, () => {
      if (task.kind === 'tidy') closeChange(d);
      else d.changeAt += 1;
    });
  }
}

function stepBack(d: State): void {
  d.changeAt -= 1;
  if (d.changeAt < 0) closeChange(d);
}

function closeChange(d: State): void {
  d.change = 0;
  d.changeSet = 0;
  d.changeAt = 0;
}

function doTask(run: Run, { kind, slot }: ModelTask): void {
  if (kind === 'place') place(run, slot);
  if (kind === 'extract') extract(run, slot);
  if (kind === 'arm') arm(run);
  if (kind === 'tidy') collect(run);
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

/** What was not read back counts as half, whatever it is. */
const written = ({ model }: Run) => (model.system.habits.verifies ? SOUND : HALF);

function place(run: Run, slot: number): void {
  const { d } = run;
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

function arm(run: Run): void {
  const { d, model } = run;
  const { mode, trying } = model.protocol.state(d);
  if (d.outcome !== OPEN || d.ofChange === 0) run.atomic('commit trial: open', () => openEntry(d, d.changeSet, true));
  const tries = tripleOfNames(trying);
  if (mode === 'try' && hasAll(tries, d.changeSet)) return;
  if (model.system.habits.forgetsEvidence) forgetEvidence(run);
  const writes = model.protocol.plan(d, 'stage', d.changeSet);
  applied(run, 'stage', writes, () => {
    d.jstarts = 0;
    d.jend = 0;
    d.junseen = 0;
  });
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
  if (model.system.habits.refusesNamed && model.protocol.keep(d).has(name)) return;
  if (snapOf(d.files[index] ?? 0) !== ABSENT) {
    model.checks.remove(run, index);
    run.atomic(`remove ${name}`, () => setParts(d, index, { snap: ABSENT }));
  }
  if (digestOf(d.files[index] ?? 0) === 1)
    run.atomic(`remove the digest of ${name}`, () => setParts(d, index, { digest: 0 }));
}

function removeAssets(run: Run, slot: number): void {
  const { d, model } = run;
  const index = indexIn(d, slot);
  const name = nameIn(d, slot);
  if (model.system.habits.refusesNamed && model.protocol.keep(d).has(name)) return;
  if (gatheringOf(d.files[index] ?? 0) === 1)
    run.atomic(`remove half of the assets of ${name}`, () => setParts(d, index, { gathering: 0 }));
  if (assetsOf(d.files[index] ?? 0) === ABSENT) return;
  model.checks.remove(run, index);
  run.atomic(`remove the assets of ${name}`, () => setParts(d, index, { assets: ABSENT }));
}

function disarm(run: Run): void {
  const { d, model } = run;
  const { mode, trying } = model.protocol.state(d);
  if (mode === 'try' && hasAll(tripleOfNames(trying), d.changeSet))
    applied(run, 'cancel', model.protocol.plan(d, 'cancel', 0));
  if (d.outcome === 0 || d.ofChange === 0) return;
  if (d.outcome === OPEN) {
    model.checks.decide(run, CANCELLED);
    run.atomic('commit trial: cancelled', () => {
      d.outcome = CANCELLED;
    });
  }
  run.atomic('commit trial: settled', () => settled(d));
}

/** The log has no open entry any more. */
export function settled(d: State): void {
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
