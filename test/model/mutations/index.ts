/** Everything that can be wrong, and must be noticed. */
import { decisionMutations } from './decisions.ts';
import type { Mutation } from './mutation.ts';
import { planMutations } from './plans.ts';
import { scriptMutations } from './script.ts';
import { stepMutations } from './steps.ts';

export type { Mutation } from './mutation.ts';

export const mutations: readonly Mutation[] = [
  ...planMutations,
  ...stepMutations,
  ...scriptMutations,
  ...decisionMutations,
];
