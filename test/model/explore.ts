/** Visits every state that can be reached, breadth first, and asks the invariants; the first that does not hold ends it. */
import { COURSES, type Course } from './boot.ts';
import { calmly } from './calm.ts';
import { canonical } from './canonical.ts';
import { Checks } from './checks.ts';
import { type Choice, successors } from './events.ts';
import { withoutForgotten } from './forget.ts';
import { tell } from './history.ts';
import { keyOf, stateOf } from './key.ts';
import { Protocol } from './protocol.ts';
import type { Model } from './run.ts';
import { firstState, type State } from './state.ts';
import type { System } from './system.ts';
import { Violation } from './violation.ts';

export interface Bound {
  readonly name: string;
  readonly choice: Choice;
  /** Faults beside power cuts that may happen in one history. */
  readonly faults: number;
  /** Trials of the stable-power continuation. */
  readonly courses?: readonly Course[];
  /** States that go on in the same way are one; on unless set to false, as it has to be where the system is a mutant. */
  readonly forgets?: boolean;
  /** Steps and states after which the search ends although there are more; absent: to the fixpoint. */
  readonly maxDepth?: number;
  readonly maxStates?: number;
}

export interface Found {
  readonly invariant: string;
  readonly message: string;
  /** The shortest way there, one line a step. */
  readonly history: readonly string[];
}

export interface Result {
  readonly bound: string;
  readonly states: number;
  readonly transitions: number;
  /** Steps from the first state to the farthest. */
  readonly depth: number;
  readonly isFixpoint: boolean;
  readonly seconds: number;
  readonly checks: Readonly<Record<string, number>>;
  readonly found: Found | undefined;
}

export function modelOf(system: System): Model {
  return { system, protocol: new Protocol(system), checks: new Checks() };
}

export function explore(
  system: System,
  bound: Bound,
  onProgress: (states: number, transitions: number) => void = () => {},
): Result {
  const start = performance.now();
  const model = modelOf(system);
  const { courses = COURSES, choice, forgets = true } = bound;
  const { maxDepth = Number.POSITIVE_INFINITY, maxStates = Number.POSITIVE_INFINITY } = bound;
  const keys: string[] = [];
  const parents: number[] = [];
  const known = new Map<string, number>();
  let transitions = 0;
  let depth = 0;
  let levelEnd = 1;
  const add = (key: string, parent: number) => {
    if (known.has(key)) return;
    known.set(key, keys.length);
    keys.push(key);
    parents.push(parent);
  };
  const first = firstState(bound.faults);
  const short = (state: State) => keyOf(canonical(forgets ? withoutForgotten(model, state) : state));
  add(short(first), -1);
  let found: Found | undefined;
  let at = 0;
  for (; at < keys.length && keys.length < maxStates; at++) {
    if (at === levelEnd) {
      depth += 1;
      if (depth === maxDepth) break;
      levelEnd = keys.length;
    }
    const key = keys[at] ?? '';
    const state = stateOf(key);
    let what = 'this state';
    try {
      model.checks.state(model, state);
      for (const course of courses) {
        what = 'stable power from here';
        const calm = calmly(model, state, course);
        model.checks.calm(model, calm, course);
        if (!calm.met) break;
      }
      what = 'a step from here';
      successors(model, choice, state, (_, __, next) => {
        transitions += 1;
        add(short(next), at);
      });
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const history = tell(model, bound, short, pathTo(at, keys, parents));
      found = {
        invariant: error.invariant,
        message: error.message,
        history: [...history, `-> ${what}: ${error.message}`],
      };
      break;
    }
    if (at % 50_000 === 0) onProgress(keys.length, transitions);
  }
  return {
    bound: bound.name,
    states: keys.length,
    transitions,
    depth,
    isFixpoint: found === undefined && at === keys.length,
    seconds: (performance.now() - start) / 1000,
    checks: Object.fromEntries(model.checks.counts),
    found,
  };
}

function pathTo(index: number, keys: readonly string[], parents: readonly number[]): string[] {
  const path: string[] = [];
  for (let at = index; at >= 0; at = parents[at] ?? -1) path.unshift(keys[at] ?? '');
  return path;
}
