/** What a change is: a request to this device and the graph of steps it takes. Words and states are snapd's (`state-engine.md`). */
import type { Graph } from './graph.ts';

export type TaskStatus =
  | 'Do'
  | 'Doing'
  | 'Done'
  /** Runs, was told to stop, and will be undone. */
  | 'Abort'
  | 'Undo'
  | 'Undoing'
  | 'Undone'
  /** Never ran and will not, or was stopped and cannot be undone. */
  | 'Hold'
  | 'Error'
  /** Its part is done, but something outside (a reboot) must happen first. */
  | 'Wait';

/** What a waiting task is once its waiting has ended. */
export type WaitedStatus = 'Done' | 'Undone';

/** In which direction a task is where its change stops for a reboot. */
export type Boundary = 'do' | 'undo' | 'both';

export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total: number;
}

/** A JSON object. */
export type TaskData = Readonly<Record<string, unknown>>;
export type ChangeData = Readonly<Record<string, unknown>>;

export interface Task {
  readonly id: number;
  readonly kind: string;
  readonly summary: string;
  readonly status: TaskStatus;
  /** While the status is `Wait`: what it becomes. */
  readonly waited: WaitedStatus | undefined;
  readonly data: TaskData;
  /** The tasks that come before this one, by id; all of the same change and with smaller ids. */
  readonly waits: readonly number[];
  /** What fails together, fails as a lane. Never empty: a task that names none is in lane 0. */
  readonly lanes: readonly number[];
  readonly boundary: Boundary | undefined;
  /** Not run again before this time, after it asked to be run again. */
  readonly atTime: string | undefined;
  /** Its cleanup is over, or it needs none. */
  readonly clean: boolean;
  /** `<time> INFO|ERROR <text>`, the last ten. */
  readonly log: readonly string[];
  readonly progress: Progress;
  readonly spawnTime: string;
  readonly readyTime: string | undefined;
}

export interface Change {
  readonly id: number;
  readonly kind: string;
  readonly summary: string;
  /** Set where the status does not follow from the tasks: a change that had nothing to do is Done. */
  readonly explicit: TaskStatus | undefined;
  readonly data: ChangeData;
  /** By id. A task stands behind all that it waits for. */
  readonly tasks: readonly Task[];
  /** Who waits for whom among them; it never changes. */
  readonly graph: Graph;
  readonly clean: boolean;
  readonly spawnTime: string;
  readonly readyTime: string | undefined;
}

/** True where nothing more happens to a task, or a change, of this status. */
export function isReady(status: TaskStatus): boolean {
  return status === 'Done' || status === 'Undone' || status === 'Hold' || status === 'Error';
}

/** The status of a waiting task is what it waits to be. */
export function effectiveStatus({ status, waited }: Pick<Task, 'status' | 'waited'>): TaskStatus {
  return status === 'Wait' ? (waited ?? 'Done') : status;
}

/** The same change with some of its tasks in other words. */
export function mapTasks(change: Change, move: (task: Task, at: number) => Task): Change {
  return { ...change, tasks: change.tasks.map(move) };
}

/** The same change with other words for one task. */
export function withTask(change: Change, id: number, update: Partial<Task>): Change {
  const at = change.tasks.findIndex((task) => task.id === id);
  const task = change.tasks[at];
  return task === undefined ? change : { ...change, tasks: change.tasks.with(at, { ...task, ...update }) };
}

const keptLogLines = 10;

export type LogLevel = 'INFO' | 'ERROR';

/** The log with one more line, and the oldest ones forgotten. */
export function logged(log: readonly string[], level: LogLevel, text: string, time: string): readonly string[] {
  return [...log, `${time} ${level} ${text}`].slice(-keptLogLines);
}
