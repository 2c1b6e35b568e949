/** How far the search goes: in every test run, and in a proof. */
import type { Bound } from './explore.ts';

const revisions = [1, 2, 3];
const all = [0, 1, 2];

/** Fixed depths: the same states in the same order each time. */
export const shortBounds: readonly Bound[] = [
  { name: 'kernel', choice: { slots: [0], revisions }, faults: 0, maxDepth: 13 },
  { name: 'kernel, one fault', choice: { slots: [0], revisions }, faults: 1, maxDepth: 8 },
  { name: 'all slots', choice: { slots: all, revisions }, faults: 0, maxDepth: 8 },
  { name: 'all slots, one fault', choice: { slots: all, revisions }, faults: 1, maxDepth: 6 },
];

/** The first one has no other end than its fixpoint. */
export const fullBounds: readonly Bound[] = [
  { name: 'kernel, two revisions', choice: { slots: [0], revisions: [1, 2] }, faults: 0 },
  { name: 'kernel', choice: { slots: [0], revisions }, faults: 0, maxStates: 5_000_000 },
  { name: 'kernel, one fault', choice: { slots: [0], revisions }, faults: 1, maxStates: 1_200_000 },
  { name: 'base, one fault', choice: { slots: [1], revisions }, faults: 1, maxStates: 1_000_000 },
  { name: 'kernel and base, two faults', choice: { slots: [0, 1], revisions }, faults: 2, maxStates: 1_000_000 },
  { name: 'all slots', choice: { slots: all, revisions }, faults: 0, maxStates: 1_500_000 },
  { name: 'all slots, one fault', choice: { slots: all, revisions }, faults: 1, maxStates: 1_000_000 },
];

/** States in which a mutation has to be noticed, and in which one is looked at that nobody can notice. */
export const mutantStates = { short: 12_000, full: 300_000, survivor: 60_000 } as const;
