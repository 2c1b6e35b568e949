/** A state and what stands for it go on in the same way: the same states follow, as far as they are told apart. */
import t from 'tap';
import { canonical } from './canonical.ts';
import { successors } from './events.ts';
import { modelOf } from './explore.ts';
import { withoutForgotten } from './forget.ts';
import { describe } from './history.ts';
import { keyOf, stateOf } from './key.ts';
import { firstState, type State } from './state.ts';
import { realSystem } from './system.ts';

const choice = { slots: [0], revisions: [1, 2, 3] };
const model = modelOf(realSystem);
const short = (state: State) => keyOf(canonical(withoutForgotten(model, state)));

function following(state: State): Set<string> {
  // A step that only forgets leads to the state itself.
  const keys = new Set<string>([short(state)]);
  successors(model, choice, state, (_, __, next) => keys.add(short(next)));
  return keys;
}

/** The first states that are found, told apart in full, every so many of them. */
function* sample(faults: number, count: number, step: number): Generator<State> {
  const known = new Set<string>();
  const states: State[] = [];
  const add = (state: State) => {
    const key = keyOf(state);
    if (known.has(key)) return;
    known.add(key);
    states.push(state);
  };
  add(firstState(faults));
  for (let at = 0; at < states.length && at < count; at++) {
    const state = states[at];
    if (state === undefined) return;
    if (at % step === 0) yield state;
    if (states.length < count)
      successors(model, choice, state, (_, __, next) => add({ ...next, files: [...next.files] }));
  }
}

for (const [faults, count] of [
  [0, 120_000],
  [1, 40_000],
] as const) {
  t.test(`with ${faults} faults nothing that is forgotten would have mattered`, (t) => {
    let compared = 0;
    for (const state of sample(faults, count, 17)) {
      const forgotten = canonical(withoutForgotten(model, state));
      const [wanted, found] = [following(state), following(forgotten)];
      compared += 1;
      if (wanted.size === found.size && [...wanted].every((key) => found.has(key))) continue;
      const only = (keys: Set<string>, others: Set<string>) =>
        [...keys].filter((key) => !others.has(key)).map((key) => describe(stateOf(key)));
      t.fail('they go on in other ways', {
        state: describe(state),
        before: only(wanted, found),
        after: only(found, wanted),
      });
      break;
    }
    t.ok(compared > 1000, `${compared} states compared`);
    t.end();
  });
}
