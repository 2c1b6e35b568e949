/** What a change is: a request to this device and the steps it takes. Words and states are snapd's (`state-engine.md`). */

export type TaskStatus =
  | 'Do'
  | 'Doing'
  | 'Done'
  | 'Undo'
  | 'Undoing'
  | 'Undone'
  /** Never ran and will not. */
  | 'Hold'
  | 'Error'
  /** Its part is done, but something outside (a reboot) must happen first. */
  | 'Wait';

export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total: number;
}

export interface Task {
  readonly id: number;
  readonly kind: string;
  readonly summary: string;
  readonly status: TaskStatus;
  /** `<time> INFO|ERROR <text>`, the last ten. */
  readonly log: readonly string[];
  readonly progress: Progress;
  readonly spawnTime: string;
  readonly readyTime: string | undefined;
}

export type ChangeData = Readonly<Record<string, unknown>>;

export interface Change {
  readonly id: number;
  readonly kind: string;
  readonly summary: string;
  readonly data: ChangeData;
  /** In the order in which they run. */
  readonly tasks: readonly Task[];
  readonly spawnTime: string;
  readonly readyTime: string | undefined;
}

const ready: ReadonlySet<TaskStatus> = new Set<TaskStatus>(['Done', 'Undone', 'Hold', 'Error']);

/** True where nothing more happens to a task, or a change, of this status. */
export function isReady(status: TaskStatus): boolean {
  return ready.has(status);
}

/** snapd's order: the first of these that a task has is the status of its change. */
const precedence: readonly TaskStatus[] = ['Undoing', 'Undo', 'Wait', 'Doing', 'Do', 'Error', 'Undone', 'Done', 'Hold'];

/**
 * The status of a whole change. Tasks run one after the other here, so a waiting task blocks all others, and `Wait` may
 * come before `Doing` and `Do`.
 */
export function changeStatus(tasks: readonly { readonly status: TaskStatus }[]): TaskStatus {
  return precedence.find((status) => tasks.some((task) => task.status === status)) ?? 'Hold';
}

/** What the user of the API reads as `err`: the ERROR lines of the tasks that failed. */
export function changeError(tasks: readonly Pick<Task, 'summary' | 'status' | 'log'>[]): string | undefined {
  if (changeStatus(tasks) !== 'Error') return undefined;
  const lines = tasks.flatMap((task) => {
    if (task.status !== 'Error') return [];
    const errors = task.log.flatMap((line) => / ERROR (.*)$/s.exec(line)?.[1] ?? []);
    return (errors.length === 0 ? ['no error message'] : errors).map((error) => `- ${task.summary} (${error})`);
  });
  return ['cannot perform the following tasks:', ...lines].join('\n');
}
