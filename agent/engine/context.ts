/** What a running handler can see and say. */
import type { Changes } from './changes.ts';
import { EngineError } from './error.ts';
import type { TaskContext } from './handler.ts';
import { type Change, logged, type Task, type TaskData, withTask } from './model.ts';

/** The key of a task's data that names its snap. */
export const snapKey = 'snap';

/** @param announce lets `move` move a change, and writes it under this name */
export function contextOf(
  changes: Changes,
  ids: { readonly change: number; readonly task: number },
  signal: AbortSignal,
  announce: (name: string, move: () => void) => Promise<void>,
): TaskContext {
  const change = (): Change => {
    const known = changes.current(ids.change);
    if (known === undefined)
      throw new EngineError('no-change', `cannot go on with change ${ids.change}: there is none`);
    return known;
  };
  const task = (): Task => taskOf(change(), ids.task);
  return {
    get change() {
      return change();
    },
    get task() {
      return task();
    },
    signal,
    progress: (label, done, total) => changes.report(ids.task, { label, done, total }),
    log(level, text) {
      const time = changes.time();
      void changes
        .turn(async () => changes.put(withTask(change(), ids.task, { log: logged(task().log, level, text, time) })))
        .catch(() => {});
    },
    announce: (data) =>
      announce(`${task().kind} announces`, () =>
        changes.put(withTask(change(), ids.task, { data: { ...task().data, ...data } })),
      ),
    setupOf: () => setupOf(change(), task()),
  };
}

function taskOf(change: Change, id: number): Task {
  const task = change.tasks.find((candidate) => candidate.id === id);
  if (task === undefined)
    throw new EngineError('no-change', `cannot go on with task ${id}: change ${change.id} has none`);
  return task;
}

/** The data of the first task of the same snap: what was planned for all of them. */
export function setupOf(change: Change, task: Task): TaskData {
  const first = change.tasks.find(({ data }) => data[snapKey] !== undefined && data[snapKey] === task.data[snapKey]);
  return (first ?? task).data;
}
