/** The task of a change that arms the one trial of its boot set, and then waits for how that ends. Pure. */
import { isEmpty, SLOTS, type Slot, type SlotNames } from '../../../bootloader/protocol/index.ts';
import type { Change, Task, TaskData } from '../../engine/model.ts';

/** What the last link-snap of a boot set is to try; `undefined` for all other tasks. */
export function trialIn({ trial }: TaskData): SlotNames | undefined {
  const names = namesIn(trial);
  return names === undefined || isEmpty(names) ? undefined : names;
}

/** Where such a task remembers the previous set of before. */
export const previousKey = 'previous-set';

/** `undefined` where it was not remembered; there may also have been none. */
export function previousIn(data: TaskData): SlotNames | undefined {
  return namesIn(data[previousKey]);
}

function namesIn(value: unknown): SlotNames | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const names: Partial<Record<Slot, string>> = {};
  for (const slot of SLOTS) {
    const name = fields[slot];
    if (typeof name === 'string') names[slot] = name;
  }
  return names;
}

/** `undefined` where a change is not about what boots. */
export function trialTask({ tasks }: Pick<Change, 'tasks'>): Task | undefined {
  return tasks.find(({ data }) => trialIn(data) !== undefined);
}

/** True once the environment has been written, and not taken back. */
export function hasArmed({ status }: Pick<Task, 'status'>): boolean {
  return status === 'Wait' || status === 'Done';
}
