/** What the end of a handler makes of its change. Pure. */
import { abortLanes } from './abort.ts';
import type { DoResult } from './handler.ts';
import { type Change, isReady, logged, type Task, withTask } from './model.ts';
import { stoppedStatus } from './next.ts';
import { pendingRestartKey, restartRequested } from './restart.ts';

export interface OutcomeWorld {
  /** RFC 3339. */
  readonly time: string;
  readonly bootId: string;
  hasUndo(kind: string): boolean;
  /** When that is, this long after now; RFC 3339. */
  after(milliseconds: number): string;
}

/** What was running has come to an end. */
export function ended(change: Change, id: number, result: DoResult, world: OutcomeWorld): Change {
  const task = change.tasks.find((candidate) => candidate.id === id);
  if (task === undefined) return change;
  if (result.kind === 'retry') return withTask(change, id, retried(task, result.afterMs, world));
  const { note, data, changeData } = result;
  const log = note === undefined ? task.log : logged(task.log, 'INFO', note, world.time);
  const recorded = { ...task, data: { ...task.data, ...data }, log };
  const restart = result.kind === 'restart' ? { [pendingRestartKey]: world.bootId } : {};
  const next = withTask(change, id, finished(change, recorded, result, world));
  return { ...next, data: { ...change.data, ...changeData, ...restart } };
}

function retried(task: Task, afterMs: number | undefined, world: OutcomeWorld): Partial<Task> {
  if (task.status === 'Abort') return { status: stoppedStatus(task, world) };
  return afterMs === undefined || afterMs <= 0 ? {} : { atTime: world.after(afterMs) };
}

function finished(change: Change, task: Task, result: Exclude<DoResult, { kind: 'retry' }>, world: OutcomeWorld): Task {
  // It did finish, so there is something to undo; what only waits was stopped.
  if (task.status === 'Abort') {
    return { ...task, status: result.kind === 'wait' ? stoppedStatus(task, world) : 'Undo' };
  }
  // Somebody else has ended it meanwhile.
  if (task.status !== 'Doing' && task.status !== 'Undoing') return task;
  const status = task.status === 'Doing' ? 'Done' : 'Undone';
  if (result.kind === 'wait') return { ...task, status: 'Wait', waited: result.waited ?? status };
  if (result.kind === 'restart') return restartRequested(change, task, status, world.bootId, world.time);
  return { ...task, status };
}

/** A task has failed: it is Error, and its lanes are given up. */
export function failed(change: Change, id: number, message: string, time: string): Change {
  const task = change.tasks.find((candidate) => candidate.id === id);
  if (task === undefined) return change;
  const rest = abortLanes(change, task.lanes);
  return withTask(rest, id, { status: 'Error', waited: undefined, log: logged(task.log, 'ERROR', message, time) });
}

/** The times at which tasks, and the change, have come to their end; none where they are open. */
export function stamped(change: Change, time: string): Change {
  let { tasks } = change;
  let isOver = tasks.length > 0;
  for (const [at, task] of change.tasks.entries()) {
    const hasEnded = isReady(task.status);
    isOver &&= hasEnded;
    if (hasEnded !== (task.readyTime !== undefined)) {
      tasks = tasks.with(at, { ...task, readyTime: hasEnded ? time : undefined });
    }
  }
  const readyTime = isOver || change.explicit !== undefined ? (change.readyTime ?? time) : undefined;
  return { ...change, tasks, readyTime };
}
