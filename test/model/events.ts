/** What can happen to a machine that runs: by itself, by its user, by its power. */
import { isEmpty } from '../../bootloader/protocol/index.ts';
import { endTrial, isKept, late, switchOn } from './boot.ts';
import { hadBefore, runChange } from './change.ts';
import { collect } from './collect.ts';
import { hasAll, revisionOf, type Triple, tripleOf, tripleOfNames, wordsOf } from './names.ts';
import { type Emit, type Model, poweredOff, Run } from './run.ts';
import { keep, leaveWord, reject, startDaemon } from './start.ts';
import { copyOf, DOING, JUDGING, LEAVING, OFF, REST, type State, UNDOING, UP, WAITING } from './state.ts';
import { indexOfTask } from './tasks.ts';

/** Which sets may be staged. */
export interface Choice {
  /** Slots that are exchanged, by number. */
  readonly slots: readonly number[];
  readonly revisions: readonly number[];
}

/** Every state that can follow. */
export function successors(model: Model, choice: Choice, state: State, emit: Emit): void {
  switch (state.phase) {
    case OFF:
      switchOn(model, state, emit);
      break;
    case UP:
      perform(model, state, emit, 'the daemon starts', startDaemon);
      goDown(model, state, emit, 'the daemon does not run');
      break;
    case JUDGING:
      judged(model, state, emit);
      goDown(model, state, emit, 'while it judges');
      break;
    case LEAVING:
      restarted(state, emit);
      emit('reset', 'the trial was given up', poweredOff(state, false));
      goDown(model, state, emit, 'it goes down');
      break;
    case REST:
      operations(model, choice, state, emit);
      restarted(state, emit);
      goDown(model, state, emit, 'at rest');
      break;
  }
}

/** Runs work on a state; what it comes to is told, and what it may leave half-way. */
function perform(model: Model, from: State, emit: Emit, what: string, work: (run: Run) => void): void {
  const run = new Run(model, from, (ended, where, next) => emit(`${what}; ${ended}`, where, next));
  work(run);
  emit(what, '', run.d);
}

/** The ways down: in order, by the power, by a crash. A good set that crashes is a fault. */
function goDown(model: Model, state: State, emit: Emit, where: string): void {
  emit('power cut', where, poweredOff(state, true));
  const shut = poweredOff(state, false);
  shut.dirty = 0;
  emit('shut down in order', where, shut);
  if (state.trial === 1 && !isKept(model, state)) {
    endTrial(model, state, emit, where);
    return;
  }
  // The watchdog is handed over only when the start-up after the confirmation says so.
  if (state.trial === 1 && state.phase === UP) late(model, state, emit, where);
  if (state.budget === 0) return;
  const less = copyOf(state);
  less.budget -= 1;
  emit('the good set crashes', where, poweredOff(less, false));
  emit('the good set hangs', where, poweredOff(less, false, true));
}

function restarted(state: State, emit: Emit): void {
  const next = copyOf(state);
  next.phase = UP;
  next.pending = 0;
  emit('the daemon is started again', '', next);
}

function judged(model: Model, state: State, emit: Emit): void {
  const { mode, trying } = model.protocol.state(state);
  const isWhatRuns = hasAll(state.ran, tripleOfNames(trying));
  if (isWhatRuns) perform(model, state, emit, 'the verdict is good', keep);
  perform(model, state, emit, 'the verdict is bad', (run) => reject(run, false));
  if (isWhatRuns && mode !== '') perform(model, state, emit, 'a person rejects it', (run) => reject(run, true));
  perform(model, state, emit, 'the daemon is told to end', (run) => {
    leaveWord(run);
    run.d.phase = UP;
  });
  restarted(state, emit);
}

/** What a user asks for. */
function operations(model: Model, choice: Choice, state: State, emit: Emit): void {
  const { mode, trying, source, good } = model.protocol.state(state);
  const isFree = state.change === 0 && state.pending === 0 && (mode === '' || isEmpty(trying));
  if (isFree && source !== 'none') {
    for (const set of setsOf(choice, tripleOfNames(good))) {
      perform(model, state, emit, `install ${wordsOf(set)}`, (run) => install(run, set));
    }
  }
  if (isFree) perform(model, state, emit, 'collect garbage', collect);
  if (state.change === WAITING && mode === 'try') perform(model, state, emit, 'cancel', abort);
}

/** A new change, taken as far as it goes. */
export function install(run: Run, set: Triple): void {
  const { d } = run;
  run.atomic('commit change: create', () => {
    d.change = DOING;
    d.changeSet = set;
    d.changeAt = 0;
    d.had = hadBefore(d);
  });
  runChange(run);
  if (d.change === 0) collect(run);
}

/** Takes back a change whose trial has not started. */
export function abort(run: Run): void {
  const { d, model } = run;
  run.atomic('commit change: aborted', () => {
    d.change = UNDOING;
    d.changeAt = indexOfTask(d.changeSet, model.system.habits, 'arm');
  });
  runChange(run);
  collect(run);
}

const sets = new WeakMap<Choice, Map<Triple, readonly Triple[]>>();

/** Every subset of the slots, with every revision of each that is not the good one. */
function setsOf(choice: Choice, good: Triple): readonly Triple[] {
  let known = sets.get(choice);
  if (known === undefined) {
    known = new Map();
    sets.set(choice, known);
  }
  let all = known.get(good);
  if (all === undefined) {
    let partial: number[][] = [[]];
    for (let slot = 0; slot < 3; slot++) {
      const others = choice.slots.includes(slot)
        ? choice.revisions.filter((revision) => revision !== revisionOf(good, slot))
        : [];
      partial = partial.flatMap((head) => [0, ...others].map((revision) => [...head, revision]));
    }
    all = partial.map(tripleOf).filter((set) => set !== 0);
    known.set(good, all);
  }
  return all;
}
