/**
 * What nobody will ask for any more is taken out of a state, so that states which go on in the same way are one. Each line
 * says why; `forget.test.ts` holds that a state and what is left of it have the same successors.
 */
import { isEmpty } from '../../bootloader/protocol/index.ts';
import { BAD, imageOf, imageOfVars } from './images.ts';
import { forgetWord, type Model, setTrace } from './run.ts';
import { copies, copyOf, ENDS, OFF, RULES, type State } from './state.ts';

const PREVIOUS = RULES.indexOf('previous');
const OTHER = ENDS.indexOf('other');
const MAX_STARTS = 3;

const TIMES = ['jstarts', 'jend', 'junseen', 'text', 'cold', 'watchdog', 'clean'] as const;

export function withoutForgotten(model: Model, from: State): State {
  const state = copyOf(from);
  state.mark = calmer(state.mark);
  if (copies(state).some((id) => imageOf(id).tried !== 0)) forgetBoot(model, state);
  else forgetTraces(state);
  return state;
}

/** As long as nothing is tried nobody asks what a trial left, nor how this boot came about; arming blanks all of it. */
function forgetTraces(state: State): void {
  for (const field of TIMES) state[field] = 0;
  forgetRule(state);
  if (state.phase === OFF) state.dirty = 0;
  else state.begun = 1;
  // What is there is blanked before the next trial, and a cut then may spoil a neighbour.
  if (state.budget === 0) forgetJournal(state);
  if (state.outcome !== 0) return;
  state.starts = 0;
  state.condemned = 0;
}

/** A trial that was given up reads its own word again, until the machine is down. */
function forgetJournal(state: State): void {
  setTrace(state, 0);
  if (state.trial === 0) forgetWord(state);
}

/** How a boot came about is asked for by the good set's boot right after a trial, and only as long as that is to be dealt with. */
function forgetBoot({ protocol, system }: Model, state: State): void {
  const { mode, trying, attemptsLeft = 0 } = protocol.state(state);
  const rule = RULES[state.rule] ?? '';
  const isAsked =
    state.phase === OFF
      ? mode !== '' && mode !== 'try'
      : state.trial === 0 && state.stagedHere === 0 && mode !== 'try' && system.isRightAfterTrial(rule, mode);
  if (!isAsked || isEmpty(trying)) {
    state.cold = 0;
    state.watchdog = 0;
    state.clean = 0;
  }
  forgetRule(state);
  // A copy that a neighbour spoils brings the older one back, and with it another count of starts.
  if (state.budget > 0) return;
  // "Other" is as good as nothing; and of the starts that it has, only whether they are all of them is asked for.
  if (state.jend === OTHER) state.jend = 0;
  const needed = MAX_STARTS - attemptsLeft - state.junseen;
  if (state.jstarts < needed) state.jstarts = 0;
}

/** What is armed in this boot is armed, by whatever rule the boot was chosen. */
function forgetRule(state: State): void {
  if (state.rule !== PREVIOUS && (state.outcome === 0 || state.stagedHere === 1)) state.rule = 0;
}

const marks = new Map<number, number>();

/** The levels of the rescue differ in how long it waits: the third and the fourth go on as the second does. */
function calmer(mark: number): number {
  let known = marks.get(mark);
  if (known === undefined) {
    const { vars } = imageOf(mark);
    const level = vars['snap_mark']?.replace(/-[34]$/, '-2');
    known = level === undefined || mark === BAD ? mark : imageOfVars({ ...vars, snap_mark: level });
    marks.set(mark, known);
  }
  return known;
}
