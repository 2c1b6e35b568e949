/** What a mutation is: the real system with one thing wrong, and who has to notice. */
import type { BootPlan, BootWrite, Medium, Place } from '../../../bootloader/protocol/index.ts';
import { type Habits, realHabits, realSystem, type System } from '../system.ts';

export interface Mutation {
  readonly name: string;
  /** The row of the table of durable writes, or the invariant, that it is there for. */
  readonly of: string;
  readonly system: System;
  /** The slots that are exchanged; the kernel alone by default. */
  readonly slots?: readonly number[];
  /** Faults of the medium that it takes to notice; 0 by default. */
  readonly faults?: number;
  /** It takes a long way to notice: only the full bound goes there. */
  readonly isDeep?: true;
  /** Why nobody can notice; such a one has to survive. */
  readonly survives?: string;
}

export const changed = (system: Partial<System>): System => ({ ...realSystem, ...system });

export const habit = (habits: Partial<Habits>): System => changed({ habits: { ...realHabits, ...habits } });

/** A plan without its writes to `place`. */
export function withoutPlace(plan: BootPlan, place: Place): BootPlan {
  return { ...plan, writes: plan.writes.filter((write) => write.place !== place) };
}

/** A plan with the two copies of the environment exchanged. */
export function exchanged(plan: BootPlan): BootPlan {
  const other: Readonly<Partial<Record<Place, Place>>> = { 'env-a': 'env-b', 'env-b': 'env-a' };
  const writes = plan.writes.map((write): BootWrite => ({ ...write, place: other[write.place] ?? write.place }));
  return { ...plan, writes };
}

/** A medium of which only the copy that boots can be read, and the record. */
export function withoutOlderCopy(medium: Medium): Medium {
  const { source } = realSystem.readBootState(medium);
  return source === 'env-a' ? { ...medium, 'env-b': undefined } : { ...medium, 'env-a': undefined };
}
