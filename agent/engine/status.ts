/** The status of a whole change and, where it failed, what its user reads. */
import { type Change, Graph, type Task, type TaskStatus } from './model.ts';

type StatusTask = Pick<Task, 'id' | 'status' | 'waits'>;

/** snapd's order: the first of these that a task has is the status of its change. */
const precedence: readonly TaskStatus[] = [
  'Abort',
  'Undoing',
  'Undo',
  'Doing',
  'Do',
  'Wait',
  'Error',
  'Undone',
  'Done',
  'Hold',
];

/** The status of a change, by its tasks where it has none of its own. */
export function statusOf({ explicit, tasks }: Pick<Change, 'explicit' | 'tasks'>): TaskStatus {
  return explicit ?? changeStatus(tasks);
}

/** The status that follows from the tasks. A change waits once nothing can happen before what its tasks wait for. */
export function changeStatus(tasks: readonly StatusTask[]): TaskStatus {
  if (tasks.some(({ status }) => status === 'Wait') && isBlockedByWaiting(tasks)) return 'Wait';
  return precedence.find((status) => tasks.some((task) => task.status === status)) ?? 'Hold';
}

function isBlockedByWaiting(tasks: readonly StatusTask[]): boolean {
  const graph = new Graph(tasks);
  const known = new Map<number, boolean>();
  const isBlocked = (task: StatusTask): boolean => {
    const answer = known.get(task.id);
    if (answer !== undefined) return answer;
    known.set(task.id, false); // what stands in its own way is not blocked by a waiting task
    let waits = false;
    for (const other of task.status === 'Undo' ? graph.behind(task) : graph.before(task)) {
      if (other.status === 'Wait') waits = true;
      else if (['Done', 'Undone', 'Error', 'Hold'].includes(other.status)) continue;
      else if (isPending(other.status) && isBlocked(other)) waits = true;
      else return false;
    }
    known.set(task.id, waits);
    return waits;
  };
  return tasks.every((task) => {
    if (isPending(task.status)) return isBlocked(task);
    return !['Doing', 'Undoing', 'Abort'].includes(task.status);
  });
}

function isPending(status: TaskStatus): boolean {
  return status === 'Do' || status === 'Undo';
}

/** What the user of the API reads as `err`: the ERROR lines of the tasks that failed. */
export function changeError(tasks: readonly Pick<Task, 'id' | 'waits' | 'summary' | 'status' | 'log'>[]) {
  if (changeStatus(tasks) !== 'Error') return undefined;
  const lines = tasks.flatMap((task) => {
    if (task.status !== 'Error') return [];
    const errors = task.log.flatMap((line) => /^\S+ ERROR (.*)$/s.exec(line)?.[1] ?? []);
    return (errors.length === 0 ? ['no error message'] : errors).map((error) => `- ${task.summary} (${error})`);
  });
  return ['cannot perform the following tasks:', ...lines].join('\n');
}
