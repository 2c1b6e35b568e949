/** The tasks of a change that installs a set, in order. `order.test.ts` holds them to the real ones. */
import { SLOTS } from '../../bootloader/protocol/index.ts';
import { revisionOf, type Triple } from './names.ts';
import type { Habits } from './system.ts';

export type TaskKind = 'place' | 'extract' | 'arm' | 'try' | 'tidy';

export interface ModelTask {
  readonly kind: TaskKind;
  /** -1 where it is for all of them. */
  readonly slot: number;
}

const known = new Map<number, readonly ModelTask[]>();

export function tasksOf(set: Triple, { armsLast }: Habits): readonly ModelTask[] {
  const key = set * 2 + Number(armsLast);
  let tasks = known.get(key);
  if (tasks === undefined) {
    const slots = SLOTS.map((_, slot) => slot).filter((slot) => revisionOf(set, slot) !== 0);
    const files = slots.flatMap((slot): ModelTask[] => [
      { kind: 'place', slot },
      ...(SLOTS[slot] === 'base' ? [] : [{ kind: 'extract' as const, slot }]),
    ]);
    const arm: ModelTask = { kind: 'arm', slot: -1 };
    const end: ModelTask[] = [
      { kind: 'try', slot: -1 },
      { kind: 'tidy', slot: -1 },
    ];
    tasks = armsLast ? [...files, arm, ...end] : [arm, ...files, ...end];
    known.set(key, tasks);
  }
  return tasks;
}

export function indexOfTask(set: Triple, habits: Habits, kind: TaskKind): number {
  return tasksOf(set, habits).findIndex((task) => task.kind === kind);
}
