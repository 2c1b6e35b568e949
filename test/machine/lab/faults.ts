/**
 * The snaps that are tried: good ones, and ones with exactly one fault each. Tests and `make demo` run the same list.
 */
import type { Fault, Tried } from './fault.ts';
import { BASE_FAULTS } from './faults-base.ts';
import { HEALTH_FAULTS } from './faults-health.ts';
import { KERNEL_FAULTS } from './faults-kernel.ts';

/** What must be kept. */
export const GOOD: readonly Tried[] = [
  { name: 'good-kernel', slot: 'kernel', title: 'a good kernel', changes: [] },
  { name: 'good-base', slot: 'base', title: 'a good base', changes: [] },
];

/** What must be taken back. */
export const FAULTS: readonly Fault[] = [...KERNEL_FAULTS, ...HEALTH_FAULTS, ...BASE_FAULTS];

export { WANTED } from './faults-health.ts';

/** The fault of this name. @throws Error where there is none */
export function faultOf(name: string): Fault {
  const fault = FAULTS.find((it) => it.name === name);
  if (fault === undefined) throw new Error(`there is no fault ${name}`);
  return fault;
}
