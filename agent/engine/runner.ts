/** Runs the tasks of a change, one after the other, and undoes them when one fails. */
import type { Changes } from './changes.ts';
import { type Change, type ChangeData, changeStatus, type Task, type TaskStatus } from './model.ts';
import { nextStep } from './next.ts';

export interface TaskContext {
  readonly change: Change;
  readonly task: Task;
  /** Seen at once by whoever asks for the change; not durable. */
  progress(label: string, done: number, total: number): void;
}

/**
 * A step and, beside it, what takes it back. Both are idempotent: after power loss the one that was running runs again.
 * `undo` must also cope with a `do` that got only half-way.
 */
export interface TaskHandler {
  /** Resolves to `wait` where the task goes on only after something outside, such as a reboot. */
  do(context: TaskContext): Promise<DoResult>;
  undo?(context: TaskContext): Promise<void>;
}

export type DoResult =
  | { readonly kind: 'done'; readonly note?: string; readonly data?: ChangeData }
  /** `afterwards` runs once the waiting is recorded, and before anybody can have read of it. */
  | { readonly kind: 'wait'; readonly afterwards: () => void };

export type Handlers = Readonly<Record<string, TaskHandler>>;

/** More steps than any change has: a handler that is run again without end is a bug, and must not look like work. */
const maxSteps = 200;

export class Runner {
  readonly #changes: Changes;
  readonly #handlers: Handlers;
  readonly #running = new Map<number, Promise<TaskStatus>>();

  constructor(changes: Changes, handlers: Handlers) {
    this.#changes = changes;
    this.#handlers = handlers;
  }

  /** True while any change is being worked on. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /**
   * Takes a change as far as it goes and resolves to its status. Rejects only where the database does not take a write;
   * the change is then taken up again at the next start-up.
   */
  run(id: number): Promise<TaskStatus> {
    const known = this.#running.get(id);
    if (known !== undefined) return known;
    const running = this.#steps(id).finally(() => this.#running.delete(id));
    this.#running.set(id, running);
    return running;
  }

  async #steps(id: number): Promise<TaskStatus> {
    for (let steps = 0; steps < maxSteps; steps++) {
      const change = this.#changes.get(id);
      if (change === undefined) throw new Error(`cannot run change ${id}: there is none`);
      const next = nextStep(change.tasks);
      if (next.kind === 'over' || next.kind === 'wait') return changeStatus(change.tasks);
      if (next.kind === 'do') await this.#do(change, next.task);
      else await this.#undo(change, next.task);
    }
    throw new Error(`cannot run change ${id}: it does not end`);
  }

  async #do(change: Change, task: Task): Promise<void> {
    if (task.status === 'Do') {
      this.#changes.update(change.id, `${task.kind} Doing`, [{ task: task.id, status: 'Doing' }]);
    }
    const result = await this.#attempt(() => this.#handler(task).do(this.#context(change, task)));
    if (result instanceof Error) {
      // Its own undo first: do may have got half-way. What undo says matters less than why do failed.
      await this.#attempt(async () => this.#handler(task).undo?.(this.#context(change, task)));
      this.#changes.update(change.id, `${task.kind} Error`, failure(change, task, result.message));
      return;
    }
    if (result.kind === 'wait') {
      this.#changes.update(change.id, `${task.kind} Wait`, [{ task: task.id, status: 'Wait' }]);
      result.afterwards();
      return;
    }
    const log = result.note === undefined ? {} : { log: { level: 'INFO' as const, text: result.note } };
    // Done and the next Doing share a commit: between them nothing happens that the outside could see.
    const following = change.tasks[change.tasks.indexOf(task) + 1];
    this.#changes.update(
      change.id,
      `${task.kind} Done`,
      [
        { task: task.id, status: 'Done', ...log },
        ...(following === undefined || following.status !== 'Do'
          ? []
          : [{ task: following.id, status: 'Doing' as const }]),
      ],
      result.data === undefined ? undefined : { ...change.data, ...result.data },
    );
  }

  async #undo(change: Change, task: Task): Promise<void> {
    if (task.status === 'Undo') {
      this.#changes.update(change.id, `${task.kind} Undoing`, [{ task: task.id, status: 'Undoing' }]);
    }
    const result = await this.#attempt(async () => this.#handler(task).undo?.(this.#context(change, task)));
    // An undo that fails does not stop the others.
    const update =
      result instanceof Error
        ? { task: task.id, status: 'Error' as const, log: { level: 'ERROR' as const, text: result.message } }
        : { task: task.id, status: 'Undone' as const };
    this.#changes.update(change.id, `${task.kind} ${update.status}`, [update]);
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | Error> {
    try {
      return await work();
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #handler(task: Task): TaskHandler {
    const handler = this.#handlers[task.kind];
    if (handler === undefined)
      throw new Error(`cannot run a task of kind "${task.kind}": this version does not know it`);
    return handler;
  }

  #context(change: Change, task: Task): TaskContext {
    return {
      change,
      task,
      progress: (label, done, total) => this.#changes.report(task.id, { label, done, total }),
    };
  }
}

/** The updates of a change whose `task` failed: it is Error; what was done before is to be undone, what never ran is held. */
export function failure(change: Change, task: Task, message: string) {
  return change.tasks.map((other) => {
    if (other.id === task.id) {
      return { task: other.id, status: 'Error' as const, log: { level: 'ERROR' as const, text: message } };
    }
    const status: TaskStatus = other.status === 'Done' ? 'Undo' : 'Hold';
    return { task: other.id, status };
  });
}
