/** The daemon's start-up: the same steps in the same order as `agent/device/start.ts`, over a state. */
import { isEmpty, ProtocolError } from '../../bootloader/protocol/index.ts';
import {
  applied,
  CONFIRMED,
  forgetEvidence,
  forgetVerdict,
  goOnWithChange,
  knownTrial,
  rebootForTrial,
  runChange,
} from './change.ts';
import { collect } from './collect.ts';
import { causeOfTrial, endOfTrial, entryOf, factsOf, verdictOf } from './evidence.ts';
import { finishConfirmed, finishFellBack, finishReverted, mend, settle } from './finish.ts';
import { tripleOfNames } from './names.ts';
import type { Run } from './run.ts';
import {
  DOING,
  ENDS,
  JUDGING,
  LEAVING,
  NO_LEFT,
  OLD,
  ON_MEDIUM,
  ONLY_IN_MEMORY,
  OTHER_BOOT,
  REST,
  SEEN,
  type State,
  THIS_BOOT,
  TRIAL_BOOT,
  UNDOING,
  UNSEEN,
  WAITING,
} from './state.ts';
import { indexOfTask } from './tasks.ts';

const RUNNING = ENDS.indexOf('running');
const BAD_WORD = 1;
const PERSON_WORD = 2;

/** Brings the device up; the state is at rest, judging or going down afterwards. */
export function startDaemon(run: Run): void {
  const { d } = run;
  beginPage(run);
  const kind = decided(run);
  d.phase = REST;
  if (kind === 'judge' || kind === 'leave') {
    judge(run, kind === 'leave');
  } else if (kind === 'reboot' || kind === 'again') {
    const isAsked = tolerantly(() => (kind === 'reboot' ? goOn(run) : startAgain(run)));
    if (!isAsked) goOnAndTidy(run);
  } else {
    const isWritten = tolerantly(() => {
      if (kind === 'confirmed') finishConfirmed(run);
      if (kind === 'reverted') finishReverted(run);
      if (kind === 'settle' && d.outcome !== 0) settle(run);
      if (kind === 'fell-back') finishFellBack(run);
    });
    if (isWritten && kind !== 'rest' && decided(run) === 'fell-back') tolerantly(() => finishFellBack(run));
    if (isWritten) mend(run);
    goOnAndTidy(run);
  }
}

function goOnAndTidy(run: Run): void {
  goOnWithChange(run);
  if (run.d.change === 0) collect(run);
}

/** The journal's page of this boot, and the end of the trial's latest one. */
function beginPage(run: Run): void {
  const { d, model } = run;
  if (d.begun === 1) return;
  run.atomic("the journal's page", () => {
    const said = model.protocol.state(d);
    d.begun = 1;
    if (d.trial === 1) {
      if (d.junseen === 1) d.jstarts = Math.min(d.jstarts + 1, 3);
      d.jend = RUNNING;
    } else if (!isEmpty(said.trying) && said.mode !== 'try') {
      // A trace that it has the boot of hides a later start that left none.
      const isMissing = d.junseen === 1 && (d.trace === 0 || d.traceAge !== OLD);
      if (isMissing) d.jstarts = Math.min(d.jstarts + 1, 3);
      if (isMissing || d.jend === RUNNING) d.jend = endOfTrial(model, d, said);
    }
    if (d.text === 1 && d.condemned === ONLY_IN_MEMORY) d.condemned = ON_MEDIUM;
    if (d.trial === 0 && d.trace !== 0 && d.traceAge === UNSEEN) d.traceAge = SEEN;
    d.junseen = 0;
    d.text = 0;
  });
}

function decided({ d, model }: Run): string {
  const { system, protocol } = model;
  const state = protocol.state(d);
  const facts = factsOf(model, d);
  const entry = entryOf(d);
  const phase = system.phaseOf(state, facts, entry);
  const hasFailed = phase === 'failed' && entry !== undefined;
  const cause = hasFailed ? causeOfTrial(model, d, state).code : undefined;
  const verdict = verdictOf(d, state);
  const wasArmed = wasArmedBefore({ d, model });
  return system.decide(system.situationOf({ phase, state, facts, entry, wasArmed, verdict, cause })).kind;
}

/** The task that arms is done, or there is none. */
function wasArmedBefore({ d, model }: Pick<Run, 'd' | 'model'>): boolean {
  if (d.ofChange === 0) return true;
  if (d.change === 0) return d.outcome === CONFIRMED;
  const arm = indexOfTask(d.changeSet, model.system.habits, 'arm');
  return d.change === WAITING || (d.change === DOING && d.changeAt > arm);
}

function goOn(run: Run): void {
  const { d } = run;
  knownTrial(run);
  if (d.ofChange === 1 && (d.change === DOING || d.change === UNDOING)) runChange(run);
  else rebootForTrial(run);
}

/** The environment first: a cut must leave what the start before ended of. */
function startAgain(run: Run): void {
  const { d, model } = run;
  const { trying, attemptsLeft = 0 } = model.protocol.state(d);
  applied(run, 'stage', model.protocol.plan(d, 'stage', tripleOfNames(trying), { attempts: attemptsLeft }));
  forgetEvidence(run);
  rebootForTrial(run);
}

/** This boot is a trial: an earlier word of it stands, else it is watched. */
function judge(run: Run, mustLeave: boolean): void {
  const { d } = run;
  if (mustLeave || hasBadWord(d)) {
    reject(run, false);
    return;
  }
  knownTrial(run);
  run.atomic('commit trial: started', () => {
    if (d.vboot === TRIAL_BOOT && d.trialBoot === TRIAL_BOOT) d.vboot = OTHER_BOOT;
    d.trialBoot = THIS_BOOT;
    d.reboots = 0;
    d.askedHere = 0;
  });
  forgetVerdict(run);
  d.phase = JUDGING;
}

/** This boot was found bad already. */
function hasBadWord({ vboot, verdict }: State): boolean {
  return vboot === THIS_BOOT && (verdict === BAD_WORD || verdict === PERSON_WORD);
}

/** The verdict is good. */
export function keep(run: Run): void {
  const { d, model } = run;
  run.proves = true;
  applied(run, 'confirm', model.protocol.plan(d, 'confirm', d.ran));
  knownTrial(run);
  finishConfirmed(run);
  mend(run);
  goOnAndTidy(run);
  d.phase = REST;
}

/** The verdict is bad: the word first, then the environment. */
export function reject(run: Run, isPerson: boolean): void {
  const { d, model } = run;
  if (!hasBadWord(d))
    run.rewrite('verdict', "the agent's word", () => {
      d.verdict = isPerson ? PERSON_WORD : BAD_WORD;
      d.vboot = THIS_BOOT;
      d.vleft = NO_LEFT;
      d.condemned = ON_MEDIUM;
    });
  tolerantly(() => applied(run, 'revert', model.protocol.plan(d, 'revert', 0)));
  d.phase = LEAVING;
}

/** The daemon is told to end while it judges. */
export function leaveWord(run: Run): void {
  const { d, model } = run;
  const { attemptsLeft } = model.protocol.state(d);
  run.rewrite('verdict', 'the word that it was interrupted', () => {
    d.verdict = 3;
    d.vboot = THIS_BOOT;
    d.vleft = attemptsLeft ?? NO_LEFT;
  });
}

/** What the product refuses now is done at the next start. */
function tolerantly(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
