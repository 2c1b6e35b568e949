/** The tasks of a change that installs a set, in order. `order.test.ts` holds them to the real ones. */
import { bootOrder } from '../../agent/snaps/plan/essential.ts';
import { SLOTS } from '../../bootloader/protocol/index.ts';
import { revisionOf, type Triple } from './names.ts';
import type { Habits } from './system.ts';

/** `unlink` is where a change that is undone waits for the reboot; `outcome` asks how the trial ended. */
export type TaskKind = 'place' | 'unlink' | 'extract' | 'arm' | 'outcome';

export interface ModelTask {
  readonly kind: TaskKind;
  /** -1 where it is for all of them. */
  readonly slot: number;
}

/** The boot script reads nothing of a base. */
function hasAssets(slot: number): boolean {
  return SLOTS[slot] !== 'base';
}

const known = new Map<number, readonly ModelTask[]>();

export function tasksOf(set: Triple, { armsLast }: Habits): readonly ModelTask[] {
  const key = set * 2 + Number(armsLast);
  let tasks = known.get(key);
  if (tasks === undefined) {
    const slots = bootOrder.map((slot) => SLOTS.indexOf(slot)).filter((slot) => revisionOf(set, slot) !== 0);
    const files: ModelTask[] = [
      ...slots.map((slot): ModelTask => ({ kind: 'place', slot })),
      { kind: 'unlink', slot: -1 },
      ...slots.filter(hasAssets).map((slot): ModelTask => ({ kind: 'extract', slot })),
    ];
    const arm: ModelTask = { kind: 'arm', slot: -1 };
    tasks = [...(armsLast ? [...files, arm] : [arm, ...files]), { kind: 'outcome', slot: -1 }];
    known.set(key, tasks);
  }
  return tasks;
}

export function indexOfTask(set: Triple, habits: Habits, kind: TaskKind): number {
  return tasksOf(set, habits).findIndex((task) => task.kind === kind);
}
