/** A way through the states, told in words. Names are those of the first state on: they do not change on the way. */
import { successors } from './events.ts';
import type { Bound } from './explore.ts';
import { partsOf } from './files.ts';
import { imageOf } from './images.ts';
import { FILES, wordsOf } from './names.ts';
import type { Model } from './run.ts';
import {
  CHANGES,
  firstState,
  NOT_COUNTED,
  OUTCOMES,
  PHASE_WORDS,
  RULES,
  type State,
  TRACES,
  TRIAL_COUNT,
  VERDICTS,
} from './state.ts';
import { Violation } from './violation.ts';

/** One line for each step, and one for where it leads. */
export function tell(
  model: Model,
  { choice, faults }: Bound,
  short: (state: State) => string,
  path: readonly string[],
): string[] {
  let state = firstState(faults);
  const lines = [`0. a new device, switched off`, `   ${describe(state)}`];
  const { checks } = model;
  checks.isQuiet = true;
  for (const [index, key] of path.slice(1).entries()) {
    let step: { readonly words: string; readonly next: State } | undefined;
    try {
      successors(model, choice, state, (what, where, next) => {
        if (step === undefined && short(next) === key) {
          step = { words: where === '' ? what : `${what}: ${where}`, next: { ...next, files: [...next.files] } };
        }
      });
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
    }
    if (step === undefined) return [...lines, `${index + 1}. (the way cannot be told)`];
    state = step.next;
    lines.push(`${index + 1}. ${step.words}`, `   ${describe(state)}`);
  }
  checks.isQuiet = false;
  return lines;
}

function describeImage(id: number): string {
  const { isSet, mode, left, gen, good, tried, previous } = imageOf(id);
  if (!isSet) return 'bad';
  const words = [gen === '' ? '' : `gen ${gen}`, `good ${wordsOf(good)}`];
  if (mode !== '') words.push(`mode ${mode}, left ${left}`);
  if (tried !== 0) words.push(`try ${wordsOf(tried)}`);
  if (previous !== 0) words.push(`previous ${wordsOf(previous)}`);
  return words.filter((word) => word !== '').join(', ');
}

/** All of a state that is not as on a quiet device. */
export function describe(state: State): string {
  const words = [
    state.phase === 0 ? `off, ${state.cold ? 'cold' : 'warm'}${state.watchdog ? ', watchdog' : ''}` : '',
    state.phase === 0
      ? ''
      : `${PHASE_WORDS[state.phase]}: ${wordsOf(state.ran)}${state.trial ? ', a trial' : ''}, rule ${RULES[state.rule]}`,
    `a: ${describeImage(state.a)}`,
    state.a === state.b ? 'b: the same' : `b: ${describeImage(state.b)}`,
    `record: ${describeImage(state.record)}`,
    Object.entries(imageOf(state.mark).vars).join(' '),
    state.mark === 0 ? 'mark: bad' : '',
    state.count === 0
      ? ''
      : `count ${state.count === NOT_COUNTED ? 'off' : state.count === TRIAL_COUNT ? 'trial' : state.count}`,
    state.trace === 0 ? '' : `trace ${TRACES[state.trace]}`,
    state.verdict === 0 ? '' : `word ${VERDICTS[state.verdict]}`,
    state.outcome === 0
      ? ''
      : `log: ${wordsOf(state.tried)} ${OUTCOMES[state.outcome]}${state.reboots ? `, ${state.reboots} reboots` : ''}`,
    state.change === 0 ? '' : `change: ${CHANGES[state.change]} task ${state.changeAt} of ${wordsOf(state.changeSet)}`,
    state.changeEnd === 0 ? '' : `its trial was ${OUTCOMES[state.changeEnd]}`,
    state.pending ? 'a reboot is asked for' : '',
    state.starts ? `started ${state.starts} times` : '',
    state.condemned ? 'shown to be bad' : '',
    `files: ${filesOf(state)}`,
  ];
  return words.filter((word) => word !== '').join(' | ');
}

const SNAP = ['', 'snap', 'rotten snap', '', 'unread snap'];
const ASSETS = ['', 'assets', 'rotten assets', 'deadly assets', 'half assets'];

function filesOf(state: State): string {
  return state.files
    .flatMap((file, index) => {
      const { snap, assets, digest, gathering } = partsOf(file);
      const parts = [SNAP[snap], ASSETS[assets], digest ? 'digest' : '', gathering ? 'gathering' : ''].filter(Boolean);
      return parts.length === 0 ? [] : [`${FILES[index]?.replace('.snap', '')} (${parts.join(', ')})`];
    })
    .join(', ');
}
