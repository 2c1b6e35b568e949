/** What whoever knows how to do a task gives the runner. */
import type { Writer } from '../system/database.ts';
import type { Change, ChangeData, LogLevel, Task, TaskData, WaitedStatus } from './model.ts';

export interface TaskContext {
  /** As it is now. */
  readonly change: Change;
  /** As it is now: with what `announce` added. */
  readonly task: Task;
  /** Aborted where the task is to stop, for a TaskStopped. Throw its reason, or come to an end. */
  readonly signal: AbortSignal;
  /** Seen at once by whoever asks for the change; not durable. */
  progress(label: string, done: number, total: number): void;
  /** A line of the task's log; durable with the task's end. */
  log(level: LogLevel, text: string): void;
  /**
   * Adds to the task's data, durably when it resolves. What must be known after a power cut of an outside effect is announced
   * before the effect.
   */
  announce(data: TaskData): Promise<void>;
  /** The data of the first task of this task's snap, where the plan has put what is common to all of them (snapd's snap-setup). */
  setupOf(): TaskData;
}

/** What is recorded with the end of a task, in the same commit. */
export interface Recorded {
  /** A line for the task's log. */
  readonly note?: string;
  /** Added to the task's data. */
  readonly data?: TaskData;
  /** Added to the change's data. */
  readonly changeData?: ChangeData;
  /** Writes of the handler's own. What it throws fails the task. Synchronous. */
  readonly commit?: (sql: Writer) => void;
}

/** Not yet: run it again, at once or after this time. */
export interface Retry {
  readonly kind: 'retry';
  readonly afterMs?: number;
}

/** Its part is done, and something outside has to happen before anything that waits for it. */
export interface Wait extends Recorded {
  readonly kind: 'wait';
  /** What it becomes then. @default 'Done', for an undo 'Undone' */
  readonly waited?: WaitedStatus;
  /** Runs once the waiting is recorded, and before anybody can have read of it. */
  readonly afterwards?: () => void;
}

/** Done, and the device has to reboot before the change goes past its restart boundary. */
export interface Restart extends Recorded {
  readonly kind: 'restart';
}

export type DoResult = ({ readonly kind: 'done' } & Recorded) | Retry | Wait | Restart;
/** Nothing is `done`. */
export type UndoResult = Promise<DoResult | undefined> | Promise<void>;

/**
 * A step and, beside it, what takes it back. Both are idempotent: after power loss the one that was running runs again.
 * `undo` must also cope with a `do` that was stopped half-way. A `do` that fails is not undone, only what was done before it
 * is; it tidies up after itself (own-undo.ts).
 */
export interface TaskHandler {
  do(context: TaskContext): Promise<DoResult>;
  undo?(context: TaskContext): UndoResult;
  /** Runs once the whole change is over, however it ended, and again later where it fails. */
  cleanup?(context: TaskContext): Promise<void>;
  /**
   * It has no effect outside the database, or none before it has announced something: its start needs no commit, and without a
   * `commit` of its own its end shares the next one. After a power cut it may run again although it had ended.
   */
  readonly inside?: true;
}

export type Handlers = Readonly<Record<string, TaskHandler>>;

/** Why a running task is told to stop. */
export type StopCode = 'aborted' | 'stopping';

export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';
  readonly code: StopCode;

  constructor(code: StopCode) {
    super(code === 'aborted' ? 'cannot go on: the change is aborted' : 'cannot go on: the daemon is stopping');
    this.code = code;
  }
}
