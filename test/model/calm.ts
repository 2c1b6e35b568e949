/** From a state on, the power stays on, nothing more breaks and nobody asks for anything: where does that end? */
import { type Course, switchOnCalmly } from './boot.ts';
import { keyOf } from './key.ts';
import { hasAll, tripleOfNames } from './names.ts';
import { type Model, poweredOff, Run, setTrace } from './run.ts';
import { keep, reject, startDaemon } from './start.ts';
import { DOING, JUDGING, OFF, REST, type State, TRACES, UP, WAITING } from './state.ts';

export interface Calm {
  /** `rescue`: it goes round in the boot script's rescue. `loop`: it goes round in something else. */
  readonly end: 'rest' | 'rescue' | 'loop';
  /** Times that a set was started, those left out of which the daemon started an interrupted trial again. */
  readonly boots: number;
  readonly first: State;
  readonly last: State;
  /** A trial ran on the way: another course would have gone another way. */
  readonly met: boolean;
}

/** More boots than any way to rest takes. */
const MAX_BOOTS = 24;

export function calmly(model: Model, from: State, course: Course): Calm {
  const seen = new Set<string>();
  let boots = 0;
  let rescues = 0;
  let met = from.trial === 1;
  for (let state = from; ; ) {
    if (state.phase === OFF) {
      const key = keyOf(state);
      if (seen.has(key) || seen.size === MAX_BOOTS)
        return { end: rescues > 0 ? 'rescue' : 'loop', boots, first: from, last: state, met };
      seen.add(key);
      const { next, rescue, trial } = switchOnCalmly(model, state, course);
      met ||= trial;
      rescues += Number(rescue);
      boots += Number(!rescue);
      state = next;
    } else if (state.phase === REST) {
      if (state.pending === 0) return { end: 'rest', boots, first: from, last: state, met };
      state = shutDown(state);
    } else {
      const next = onward(model, state, course);
      if (isStartedAgain(model, state, next)) boots = 0;
      state = next;
    }
  }
}

function onward(model: Model, state: State, course: Course): State {
  const run = new Run(model, state, undefined);
  if (state.phase === UP) {
    if (state.trial === 1 && course === 'deadline' && model.protocol.state(state).mode !== '') {
      const late = poweredOff(state, false);
      setTrace(late, TRACES.indexOf('deadline'));
      return late;
    }
    startDaemon(run);
    return run.d;
  }
  if (state.phase === JUDGING) {
    const isWhatRuns = hasAll(state.ran, tripleOfNames(model.protocol.state(state).trying));
    if (isWhatRuns && course !== 'bad') keep(run);
    else reject(run, false);
    return run.d;
  }
  return shutDown(state);
}

function shutDown(state: State): State {
  const next = poweredOff(state, false);
  next.dirty = 0;
  return next;
}

/** The daemon went on with a change, or armed an ended trial again, and asks for a reboot: from there it is counted anew. */
function isStartedAgain({ protocol }: Model, before: State, after: State): boolean {
  if (before.phase !== UP || after.phase !== REST || after.pending === 0) return false;
  const hasGoneOn = before.change === DOING && after.change === WAITING;
  return hasGoneOn || (protocol.state(before).mode === '' && protocol.state(after).mode === 'try');
}
