/** What garbage collection must leave alone. */
import { readVars } from './exchange.ts';
import { readBootState } from './state.ts';
import type { Medium } from './types.ts';
import { type Role, slotsOf } from './variables.ts';

const ROLES: readonly Role[] = ['good', 'try', 'previous'];

/**
 * File names of every revision that any readable copy or record names, the older copy included: it is what boots when
 * the newer one is lost. The mark names nothing.
 */
export function keepRevisions(medium: Medium): ReadonlySet<string> {
  const images = [medium['env-a'], medium['env-b'], medium.good].map(readVars);
  const names = images.flatMap((vars) =>
    vars === undefined ? [] : ROLES.flatMap((role) => Object.values(slotsOf(vars, role))),
  );
  return new Set(names);
}

/** True where collecting is safe at all: without a readable record of what is good, everything stays. */
export function mayCollect(medium: Medium): boolean {
  return readBootState(medium).source !== 'none';
}
