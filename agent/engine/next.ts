/** What the runner does next with a change. Pure. */
import type { Graph } from './graph.ts';
import { type Change, isReady, type Task, type TaskStatus } from './model.ts';

/** What is to be known besides the change. Times in milliseconds, of any clock. */
export interface Surroundings {
  readonly now: number;
  /** Before this time the task is not to be run again. */
  notBefore(task: Task): number | undefined;
  isRunning(task: Task): boolean;
  hasUndo(kind: string): boolean;
  /** True where something that runs, of any change, or starts beside it keeps the task from running now. */
  isBlocked(task: Task, starts: readonly Task[]): boolean;
}

export interface Next {
  readonly change: Change;
  /** Tasks that have become Doing or Undoing, or were found so, and are to be run now. */
  readonly starts: readonly Task[];
  /** Running tasks that are to be told to stop. */
  readonly stops: readonly Task[];
  /** When the first of those that wait for a time may run again. */
  readonly wakeAt: number | undefined;
  /** Something could run but for what runs now. */
  readonly isBlocked: boolean;
}

export function nextSteps(change: Change, around: Surroundings): Next {
  let tasks = passedOver(change, around);
  const starts: Task[] = [];
  let wakeAt: number | undefined;
  let isBlocked = false;
  for (const [at, task] of tasks.entries()) {
    if (isReady(task.status) || around.isRunning(task) || !isRunnable(change.graph, tasks, at)) continue;
    const due = around.notBefore(task);
    if (due !== undefined && due > around.now) wakeAt = Math.min(due, wakeAt ?? due);
    else if (around.isBlocked(task, starts)) isBlocked = true;
    else {
      const started: Task = { ...task, status: running(task.status), atTime: undefined };
      starts.push(started);
      tasks = tasks.with(at, started);
    }
  }
  const stops = change.tasks.filter((task) => task.status === 'Abort' && around.isRunning(task));
  return { change: tasks === change.tasks ? change : { ...change, tasks }, starts, stops, wakeAt, isBlocked };
}

/** What needs no handler: stopped tasks that nobody runs, and undoing what has no undo. Last to first, as undoing goes. */
function passedOver(change: Change, around: Surroundings): readonly Task[] {
  const { tasks, graph } = change;
  if (!tasks.some(({ status }) => status === 'Abort' || status === 'Undo' || status === 'Undoing')) return tasks;
  const next = [...tasks];
  const isOver = (at: number) => isReady(next[at]?.status ?? 'Done');
  for (const [at, task] of [...tasks.entries()].reverse()) {
    if (around.isRunning(task)) continue;
    let status = task.status === 'Abort' ? stoppedStatus(task, around) : task.status;
    const isUndo = status === 'Undo' || status === 'Undoing';
    if (isUndo && !around.hasUndo(task.kind) && graph.behind(at).every(isOver)) status = 'Done';
    if (status !== task.status) next[at] = { ...task, status, atTime: undefined };
  }
  return next;
}

/** What a task that was told to stop, and does not run, becomes. */
export function stoppedStatus(task: Task, { hasUndo }: Pick<Surroundings, 'hasUndo'>): TaskStatus {
  return hasUndo(task.kind) ? 'Undo' : 'Hold';
}

/** Forwards a task waits for all before it to be done, backwards for all behind it to be over. One that ran before does not wait. */
function isRunnable(graph: Graph, tasks: readonly Task[], at: number): boolean {
  const status = tasks[at]?.status;
  if (status === 'Doing' || status === 'Undoing') return true;
  if (status === 'Do') return graph.before(at).every((place) => tasks[place]?.status === 'Done');
  return status === 'Undo' && graph.behind(at).every((place) => isReady(tasks[place]?.status ?? 'Done'));
}

function running(status: TaskStatus): TaskStatus {
  return status === 'Undo' || status === 'Undoing' ? 'Undoing' : 'Doing';
}
