/** The status of a whole change and, where it failed, what its user reads. */
import { Graph } from './graph.ts';
import type { Change, Task, TaskStatus } from './model.ts';

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
  const isBlocked = (at: number): boolean => {
    const answer = known.get(at);
    if (answer !== undefined) return answer;
    let waits = false;
    for (const place of tasks[at]?.status === 'Undo' ? graph.behind(at) : graph.before(at)) {
      const status = tasks[place]?.status ?? 'Done';
      if (isPending(status) ? !isBlocked(place) : isAtWork(status)) return false;
      waits ||= status === 'Wait' || isPending(status);
    }
    known.set(at, waits);
    return waits;
  };
  return tasks.every(({ status }, at) => (isPending(status) ? isBlocked(at) : !isAtWork(status)));
}

function isAtWork(status: TaskStatus): boolean {
  return status === 'Doing' || status === 'Undoing' || status === 'Abort';
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
