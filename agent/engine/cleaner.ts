/** What tidies up once a change is over, however it ended: each task's cleanup, again later where it fails. */
import type { Changes } from './changes.ts';
import { contextOf } from './context.ts';
import type { Handlers } from './handler.ts';
import { type Change, mapTasks, type Task } from './model.ts';

/** How long after a cleanup that failed it is tried again: snapd's interval between two looks at everything. */
export const cleanAgainMs = 300_000;

/** The change as tidy as it is where nobody has anything to tidy up. */
export function cleanedWithout(change: Change, handlers: Handlers): Change {
  if (change.clean || change.tasks.some((task) => handlers[task.kind]?.cleanup !== undefined)) return change;
  return cleaned(change, () => true);
}

/** The change with some of its tasks tidied up after, and with them itself where those were the last. */
export function cleaned(change: Change, isClean: (task: Task) => boolean): Change {
  const next = mapTasks(change, (task) => (task.clean || !isClean(task) ? task : { ...task, clean: true }));
  return { ...next, clean: next.tasks.every(({ clean }) => clean) };
}

export interface CleanWorld {
  readonly changes: Changes;
  readonly handlers: Handlers;
  readonly signal: AbortSignal;
  say(text: string): void;
  announce(name: string, move: () => void): Promise<void>;
}

/** Runs the cleanups that are left, side by side; the ids of the tasks that are clean by that. Never rejects. */
export async function cleanUp(change: Change, world: CleanWorld): Promise<ReadonlySet<number>> {
  const clean = async (task: Task): Promise<number[]> => {
    const ids = { change: change.id, task: task.id };
    try {
      await world.handlers[task.kind]?.cleanup?.(contextOf(world.changes, ids, world.signal, world.announce));
      return [task.id];
    } catch (error) {
      world.say(`cannot clean up after "${task.summary}": ${error instanceof Error ? error.message : error}`);
      return [];
    }
  };
  const done = await Promise.all(change.tasks.filter((task) => !task.clean).map(clean));
  return new Set(done.flat());
}
