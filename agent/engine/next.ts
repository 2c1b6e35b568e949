/** What the runner does next with a change. Pure. */
import { type Change, Graph, isReady, type Task, type TaskStatus } from './model.ts';

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
  const settled = passedOver(change, around);
  const graph = new Graph(settled);
  const starts = new Map<number, Task>();
  let wakeAt: number | undefined;
  let isBlocked = false;
  for (const task of settled) {
    if (around.isRunning(task) || !isRunnable(graph, task)) continue;
    const due = around.notBefore(task);
    if (due !== undefined && due > around.now) wakeAt = Math.min(due, wakeAt ?? due);
    else if (around.isBlocked(task, [...starts.values()])) isBlocked = true;
    else starts.set(task.id, { ...task, status: running(task.status), atTime: undefined });
  }
  const hasMoved = settled !== change.tasks || starts.size > 0;
  return {
    change: hasMoved ? { ...change, tasks: settled.map((task) => starts.get(task.id) ?? task) } : change,
    starts: [...starts.values()],
    stops: change.tasks.filter((task) => task.status === 'Abort' && around.isRunning(task)),
    wakeAt,
    isBlocked,
  };
}

/** What needs no handler: stopped tasks that nobody runs, and undoing what has no undo. Last to first, as undoing goes. */
function passedOver(change: Change, around: Surroundings): readonly Task[] {
  const graph = new Graph(change.tasks);
  const passed = new Map<number, Task>();
  const now = (task: Task) => passed.get(task.id) ?? task;
  for (const task of change.tasks.toReversed()) {
    if (around.isRunning(task)) continue;
    let status = task.status === 'Abort' ? stoppedStatus(task, around) : task.status;
    const isUndo = status === 'Undo' || status === 'Undoing';
    if (isUndo && !around.hasUndo(task.kind) && graph.behind(task).every((other) => isReady(now(other).status))) {
      status = 'Done';
    }
    if (status !== task.status) passed.set(task.id, { ...task, status, atTime: undefined });
  }
  return passed.size === 0 ? change.tasks : change.tasks.map(now);
}

/** What a task that was told to stop, and does not run, becomes. */
export function stoppedStatus(task: Task, { hasUndo }: Pick<Surroundings, 'hasUndo'>): TaskStatus {
  return hasUndo(task.kind) ? 'Undo' : 'Hold';
}

/** Forwards a task waits for all before it to be done, backwards for all behind it to be over. One that ran before does not wait. */
function isRunnable(graph: Graph<Task>, task: Task): boolean {
  if (task.status === 'Doing' || task.status === 'Undoing') return true;
  if (task.status === 'Do') return graph.before(task).every(({ status }) => status === 'Done');
  return task.status === 'Undo' && graph.behind(task).every(({ status }) => isReady(status));
}

function running(status: TaskStatus): TaskStatus {
  return status === 'Undo' || status === 'Undoing' ? 'Undoing' : 'Doing';
}
