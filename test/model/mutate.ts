/** Lets each mutation loose on the model: the check that notices it, or that it survives. */
import { explore } from './explore.ts';
import { type Mutation, mutations } from './mutations/index.ts';

export interface Mutant {
  readonly name: string;
  readonly of: string;
  /** The invariant that noticed; `undefined` where none did. */
  readonly caughtBy: string | undefined;
  /** What it said, or why nobody can notice. */
  readonly message: string;
  readonly states: number;
  /** The outcome is as the list of mutations says. */
  readonly isExpected: boolean;
}

/** Those that a run of this length has to notice. */
export function mutationsOf(isFull: boolean): readonly Mutation[] {
  return mutations.filter(({ isDeep }) => isFull || isDeep === undefined);
}

/** Nothing is forgotten on the way: what a real system never asks for, a wrong one may. */
export function letLoose({ name, of, system, slots = [0], faults = 0, survives }: Mutation, maxStates: number): Mutant {
  const choice = { slots, revisions: [1, 2, 3] };
  const { found, states } = explore(system, { name, choice, faults, forgets: false, maxStates });
  return {
    name,
    of,
    caughtBy: found?.invariant,
    message: found?.message ?? survives ?? 'nobody knows why',
    states,
    isExpected: (found === undefined) === (survives !== undefined),
  };
}
