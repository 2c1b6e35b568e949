/**
 * From the power switch to userland: the boot script, write by write, and the initramfs. U-Boot does not flush: until the
 * initramfs has, a power cut may take back any of what the script wrote.
 */
import { imageOfVars } from './images.ts';
import { fileIndex, hasAll, revisionOf, tripleOfNames } from './names.ts';
import type { Script, ScriptOptions, ScriptWrite } from './protocol.ts';
import { type Emit, type Model, maySpoil, poweredOff, type RawField, Run, setTrace, spoil, spoilt } from './run.ts';
import {
  ABSENT,
  assetsOf,
  copyOf,
  DEADLY,
  digestOf,
  NOT_COUNTED,
  ON_MEDIUM,
  ONLY_IN_MEMORY,
  ROTTEN,
  RULES,
  type State,
  snapOf,
  THIS_BOOT,
  TRIAL_BOOT,
  UP,
  VERDICTS,
} from './state.ts';

export const NORMAL: ScriptOptions = { stuck: false, backup: false, triedFails: false };

/** More starts than any bound allows. */
const MAX_COUNTED = 7;

const GOOD_FAILED = imageOfVars({ snap_mark: 'good-failed' });
const TRACE = { initramfs: 1, switched: 2, failed: 3, deadline: 4 } as const;

/** All that can follow when the power comes. */
export function switchOn(model: Model, from: State, emit: Emit): void {
  const normal = runScript(model, from, NORMAL, emit, '');
  if (normal.trial && model.protocol.state(from).trying.kernel !== undefined) {
    runScript(model, from, { ...NORMAL, triedFails: true }, emit, 'the tried kernel does not load; ');
  }
  if (from.budget === 0) return;
  const less = copyOf(from);
  less.budget -= 1;
  runScript(model, less, { ...NORMAL, stuck: true }, emit, 'no copy takes a write; ');
  runScript(model, less, { ...NORMAL, backup: true }, emit, 'the boot script is damaged; ');
  for (const [what, next] of rotten(model, less)) emit('rot', what, next);
}

/** A file of the good set goes bad on the medium. */
function* rotten(model: Model, less: State): Generator<readonly [string, State]> {
  const { good } = model.protocol.state(less);
  if (good.kernel === undefined || good.base === undefined) return;
  const set = tripleOfNames(good);
  const kernel = fileIndex(0, revisionOf(set, 0));
  const base = fileIndex(1, revisionOf(set, 1));
  yield [`${good.kernel} does not load any more`, withAssets(less, kernel, ROTTEN)];
  if (less.spoilt === 0 && less.count !== NOT_COUNTED)
    yield [`${good.kernel} loads and dies`, withAssets(less, kernel, DEADLY)];
  const next = copyOf(less);
  const file = next.files[base] ?? 0;
  next.files[base] = file - snapOf(file) + ROTTEN;
  yield [`${good.base} cannot be mounted any more`, next];
}

function withAssets(state: State, index: number, assets: number): State {
  const next = copyOf(state);
  const file = next.files[index] ?? 0;
  next.files[index] = file + 5 * (assets - assetsOf(file));
  return next;
}

/** Runs the script once; what it does is told, and what follows it. */
function runScript(model: Model, from: State, options: ScriptOptions, emit: Emit, said: string): Script {
  const script = model.protocol.script(from, options);
  const { writes, outcome } = script;
  const words = `${said}boot script: ${wordsOf(script)}`;
  for (let at = 0; at <= writes.length; at++) emitCuts(from, script, at, emit, words);
  const state = written(from, writes);
  for (const attempt of script.attempts) model.checks.start(model, state, attempt);
  if (outcome === 'boot' && script.trial && !model.system.habits.flushesFirst) {
    const unflushed = copyOf(from);
    countStart(unflushed);
    emit('power cut, long after', `${words}; all of its writes lost`, poweredOff(unflushed, true));
  }
  if (outcome === 'boot') initramfs(model, booted(state, script), emit, words);
  else emit(outcome, words, ended(model, booted(state, script)));
  return script;
}

function wordsOf({ rule, outcome, trial }: Script): string {
  if (outcome === 'rescue') return 'rescue';
  return `${outcome === 'reset' ? 'reset after ' : ''}rule ${rule}${trial ? ', the trial starts' : ''}`;
}

function put(state: State, { field, image }: ScriptWrite): void {
  state[field] = image;
}

function written(from: State, writes: readonly ScriptWrite[]): State {
  const state = copyOf(from);
  for (const write of writes) put(state, write);
  return state;
}

/** The power goes at write `at`, or behind the last one and before the flush: any of those before it may be lost. */
function emitCuts(from: State, { writes, trial, outcome }: Script, at: number, emit: Emit, words: string): void {
  for (let kept = 0; kept < 1 << at; kept++) {
    const state = written(
      from,
      writes.slice(0, at).filter((_, index) => (kept >> index) & 1),
    );
    const lost = at - bits(kept);
    const where = `${words}; ${lost === 0 ? 'nothing' : lost} of its ${at} writes lost`;
    if (trial && isSaved(state, from)) {
      if (at === writes.length && outcome === 'boot') countStart(state);
      // The kernel never started, but nobody can know that.
      state.junseen = 1;
    }
    emit('power cut', where, poweredOff(state, true));
    const next = writes[at];
    if (next === undefined) continue;
    const torn = poweredOff(state, true);
    spoil(torn, next.field);
    emit(`power cut, ${next.field} torn`, where, torn);
    if (from.budget === 0) continue;
    for (const other of ['a', 'b', 'record', 'mark', 'count'] as const) {
      if (other === next.field || !maySpoil(torn)) continue;
      emit(`power cut, ${next.field} torn and ${other} spoilt`, where, spoilBeside(torn, other));
    }
  }
}

function spoilBeside(torn: State, other: RawField): State {
  const state = copyOf(torn);
  spoilt(state, other);
  return state;
}

const bits = (number: number) => number.toString(2).replaceAll('0', '').length;

/** The save of `trying` reached the medium. */
function isSaved(state: State, from: State): boolean {
  return state.a !== from.a || state.b !== from.b;
}

function countStart(state: State): void {
  state.starts = Math.min(state.starts + 1, MAX_COUNTED);
  state.junseen = 1;
}

/** What the kernel of this boot is told. */
function booted(from: State, { rule, trial, set }: Script): State {
  const state = copyOf(from);
  state.rule = RULES.indexOf(rule);
  state.trial = Number(trial);
  state.ran = set;
  return state;
}

/** A reset; `how` well it is known that it ended a trial, where it did. */
function ended(model: Model, from: State, { watchdog = false, text = false, how = ONLY_IN_MEMORY } = {}): State {
  const state = poweredOff(from, false, watchdog);
  // A reset without a word in the middle of a shutdown looks like its end.
  const isExplained = from.vboot === THIS_BOOT && VERDICTS[from.verdict] === 'interrupted' && !watchdog && !text;
  const isShown = isOpenTrial(model, from) && (how === ON_MEDIUM || !isExplained);
  if (isShown && state.condemned !== ON_MEDIUM) state.condemned = how;
  if (text) state.text = 1;
  return state;
}

/** What runs is what the environment tries. */
export function isOpenTrial({ protocol }: Model, state: State): boolean {
  if (state.trial === 0) return false;
  const { mode, trying } = protocol.state(state);
  return mode !== '' && hasAll(state.ran, tripleOfNames(trying));
}

/** What was tried has become the good set. */
export function isKept({ protocol }: Model, state: State): boolean {
  return tripleOfNames(protocol.state(state).good) === state.ran;
}

/** The kernel runs: all that its initramfs can come to. */
function initramfs(model: Model, from: State, emit: Emit, words: string): void {
  const { habits } = model.system;
  if (from.trial === 1) {
    countStart(from);
    model.checks.counted(model, from);
  }
  const isTrial = from.trial === 1;
  // From the flush on the trial is over on the medium, and silence speaks against it, where no word excuses it.
  const isWord = from.vboot === TRIAL_BOOT && VERDICTS[from.verdict] === 'interrupted';
  const isExcused = isWord || model.protocol.state(from).mode === 'trying';
  if (!isTrial && !isExcused && from.condemned === ONLY_IN_MEMORY) from.condemned = ON_MEDIUM;
  const tell = (what: string, next: State) => emit(what, words, next);
  if (isTrial) {
    tell('panic before the initramfs', ended(model, from));
    tell('hang before the initramfs', ended(model, from, { watchdog: true }));
  } else {
    tell('power cut before the initramfs is through', poweredOff(from, true));
  }
  if (assetsOf(from.files[fileIndex(0, revisionOf(from.ran, 0))] ?? 0) === DEADLY) {
    if (!isTrial) tell('the kernel dies', poweredOff(from, false));
    return;
  }
  if (!isTrial && from.budget > 0) {
    const less = copyOf(from);
    less.budget -= 1;
    tell('the good set panics once', poweredOff(less, false));
    fail(model, less, emit, `${words}; the good set cannot be mounted, this once`);
  }
  const run = new Run(model, from, emit, false);
  const { d } = run;
  if (isTrial) {
    run.rewrite('trace', `${words}; the trace`, () => {
      setTrace(d, TRACE.initramfs);
    });
    endTrial(model, d, emit, `${words}; in the initramfs`);
    const failed = ended(model, d, { how: ON_MEDIUM });
    setTrace(failed, TRACE.failed);
    tell('the initramfs fails', failed);
  }
  if (!mounts(d)) {
    if (!isTrial) fail(model, d, emit, `${words}; a snap cannot be mounted`);
    return;
  }
  d.clean = Number(d.dirty === 0);
  d.dirty = 1;
  if (habits.resetsCount && d.count !== 0)
    run.rewrite('count', `${words}; the count of starts`, () => {
      d.count = 0;
    });
  if (isTrial)
    run.rewrite('trace', `${words}; the trace`, () => {
      setTrace(d, TRACE.switched);
    });
  d.phase = UP;
  tell(isTrial ? 'the trial comes up' : 'it comes up', d);
}

/** Whatever ends a trial from outside. */
export function endTrial(model: Model, from: State, emit: Emit, where: string): void {
  emit('panic', where, ended(model, from));
  emit('panic with its text', where, ended(model, from, { text: true }));
  emit('hang', where, ended(model, from, { watchdog: true }));
  late(model, from, emit, where);
}

/** The dead man's deadline comes. */
export function late(model: Model, from: State, emit: Emit, where: string): void {
  const state = ended(model, from, { how: ON_MEDIUM });
  setTrace(state, TRACE.deadline);
  emit('deadline', where, state);
}

/** Snaps that the initramfs mounts are sound; of a trial it wants the record of the base's digest, too. */
function mounts(state: State): boolean {
  const kernel = state.files[fileIndex(0, revisionOf(state.ran, 0))] ?? 0;
  const base = state.files[fileIndex(1, revisionOf(state.ran, 1))] ?? 0;
  const isThere = (file: number) => snapOf(file) !== ABSENT && snapOf(file) !== ROTTEN;
  return isThere(kernel) && isThere(base) && (state.trial === 0 || digestOf(base) === 1);
}

/** A good set fails: a mark for the boot script, save where that has marked already what comes next. */
function fail(model: Model, from: State, emit: Emit, where: string): void {
  const run = new Run(model, from, emit, false);
  const rule = RULES[from.rule];
  if (model.system.habits.marksFailure && rule !== 'previous' && rule !== 'retry')
    run.rewrite('mark', `${where}; the mark`, () => {
      run.d.mark = GOOD_FAILED;
    });
  emit('reset', where, poweredOff(run.d, false));
}

/** How a trial goes where nothing else goes wrong. */
export const COURSES = ['good', 'bad', 'panic', 'hang', 'load', 'initramfs', 'deadline'] as const;
export type Course = (typeof COURSES)[number];

/** The boot under stable power: one state follows, and whether the script is in its rescue. */
export function switchOnCalmly(
  model: Model,
  from: State,
  course: Course,
): { readonly next: State; readonly rescue: boolean; readonly trial: boolean } {
  const triedFails = course === 'load';
  const script = model.protocol.script(from, { ...NORMAL, triedFails });
  const { trial } = script;
  const state = written(from, script.writes);
  if (script.outcome !== 'boot') {
    return { next: ended(model, booted(state, script)), rescue: script.outcome === 'rescue', trial };
  }
  return { next: throughInitramfs(model, booted(state, script), course), rescue: false, trial };
}

function throughInitramfs(model: Model, state: State, course: Course): State {
  if (state.trial === 1) countStart(state);
  const isDeadly = assetsOf(state.files[fileIndex(0, revisionOf(state.ran, 0))] ?? 0) === DEADLY;
  if (isDeadly || (state.trial === 1 && (course === 'panic' || course === 'hang'))) {
    return ended(model, state, { watchdog: state.trial === 1 && course === 'hang' });
  }
  if (!mounts(state) || (state.trial === 1 && course === 'initramfs')) return failedCalmly(model, state);
  state.clean = Number(state.dirty === 0);
  state.dirty = 1;
  if (model.system.habits.resetsCount) state.count = 0;
  if (state.trial === 1) setTrace(state, TRACE.switched);
  state.phase = UP;
  return state;
}

function failedCalmly(model: Model, state: State): State {
  const rule = RULES[state.rule];
  const marks = model.system.habits.marksFailure && rule !== 'previous' && rule !== 'retry';
  if (state.trial === 0 && marks) state.mark = GOOD_FAILED;
  const next = ended(model, state);
  if (state.trial === 1) setTrace(next, TRACE.failed);
  return next;
}
