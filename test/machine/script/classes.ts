/**
 * The classes of states that script and model are compared over: every rule of the model, every way out of it, and
 * everything that the medium can hold. A class has states made by hand, and tells which random states belong to it.
 */
import type { ScriptRun } from '../../../bootloader/protocol/index.ts';
import { type Below, randomBelow } from '../../../bootloader/u-boot-env/random.ts';
import { contentClasses } from './classes-content.ts';
import { decisionClasses } from './classes-decision.ts';
import { mediumClasses } from './classes-medium.ts';
import { drawState, type Fixed } from './draw.ts';
import { type Changes, modelRun, type NamedState, type ScriptState, stateOf } from './state.ts';

export interface StateClass {
  readonly name: string;
  /** By title: what differs from a device on which nothing is tried and nothing is wrong. */
  readonly picked: Readonly<Record<string, Changes>>;
  /** How many states are drawn beside the picked ones. */
  readonly drawn: number;
  /** True for every state of the class, the picked ones too. */
  readonly holds: (state: ScriptState, run: ScriptRun) => boolean;
  /** What the draw with this number may not choose: without it a rare state would hardly come up. */
  readonly fixed?: (below: Below, number: number) => Fixed;
}

/** All states begin with this; each class and each draw has its own numbers from it. */
const SEED = 4;

/** So many draws find a state of every class; more are a class that cannot be drawn. */
const DRAWS_LIMIT = 20_000;

export const CLASSES: readonly StateClass[] = [...decisionClasses, ...mediumClasses, ...contentClasses];

/**
 * The picked and the drawn states of a class, always the same; `times` as many drawn ones, beginning with the same.
 * @throws Error for a picked state that does not belong to its class, and a class of which none can be drawn
 */
export function statesOf({ name, picked, drawn, holds, fixed }: StateClass, times = 1): NamedState[] {
  const states = Object.entries(picked).map(([title, changes]) => ({
    className: name,
    title,
    state: stateOf(changes),
  }));
  const stranger = states.find(({ state }) => !holds(state, modelRun(state)));
  if (stranger !== undefined) throw new Error(`cannot use "${stranger.title}": it is no state of the class ${name}`);
  const below = randomBelow(seedOf(name));
  for (let number = 0; number < drawn * times; number++)
    states.push({ className: name, title: `drawn ${number}`, state: draw(number) });
  return states;

  function draw(number: number): ScriptState {
    for (let count = 0; count < DRAWS_LIMIT; count++) {
      const state = drawState(below, fixed?.(below, number));
      if (holds(state, modelRun(state))) return state;
    }
    throw new Error(`cannot draw a state of the class ${name}`);
  }
}

/** All states of all classes. */
export function allStates(times = 1): NamedState[] {
  return CLASSES.flatMap((it) => statesOf(it, times));
}

/** How many there are of each class, a line each. */
export function countLines(states: readonly NamedState[]): string[] {
  const byClass = Map.groupBy(states, ({ className }) => className);
  return [...byClass].map(([name, { length }]) => `${String(length).padStart(5)} ${name}`);
}

function seedOf(name: string): number {
  return [...name].reduce((sum, character) => Math.imul(sum, 31) + character.charCodeAt(0), SEED);
}
