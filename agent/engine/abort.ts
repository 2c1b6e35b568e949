/** What is given up together: by lanes where a task failed, and as a whole where somebody asks for it. Pure. */
import { type Change, effectiveStatus, isReady, mapTasks, type Task, type TaskStatus } from './model.ts';

/** What never ran is held, what runs is stopped, what is done will be undone. */
const aborted: Partial<Record<TaskStatus, TaskStatus>> = { Do: 'Hold', Doing: 'Abort', Done: 'Undo' };

/** Gives up every task of a change. */
export function abortChange(change: Change): Change {
  const abortion = new Abortion(change);
  abortion.tasks([...change.tasks.keys()]);
  return abortion.result;
}

/**
 * Gives up the tasks of these lanes and all that waits for them. A task that is in a further lane stays where that lane is
 * alive as a whole; where it goes all the same, as it waits for one that went, its further lanes go with it.
 */
export function abortLanes(change: Change, lanes: readonly number[]): Change {
  const abortion = new Abortion(change);
  abortion.lanes(lanes);
  return abortion.result;
}

/** Gives up the lanes in which anything is left to be done. */
export function abortUnreadyLanes(change: Change): Change {
  return abortLanes(
    change,
    change.tasks.flatMap((task) => (isReady(task.status) ? [] : task.lanes)),
  );
}

class Abortion {
  readonly #change: Change;
  /** By the places of tasks. */
  readonly #moved = new Map<number, TaskStatus>();
  readonly #seen = new Set<number>();
  readonly #lanes = new Set<number>();

  constructor(change: Change) {
    this.#change = change;
  }

  get result(): Change {
    return mapTasks(this.#change, (task, at) => {
      const status = this.#moved.get(at);
      return status === undefined ? task : { ...task, status, waited: undefined };
    });
  }

  lanes(lanes: readonly number[]): void {
    const dying = new Set(lanes);
    const live = new Set<number>();
    const dead = new Set<number>();
    const candidates: number[] = [];
    for (const [at, task] of this.#change.tasks.entries()) {
      // Lanes that a task names before one that is dying count it in, those behind do not: snapd looks at them in this order.
      for (const lane of task.lanes) {
        if (dying.has(lane)) {
          candidates.push(at);
          break;
        }
        (this.#isAlive(at, task) ? live : dead).add(lane);
      }
    }
    const isKept = (at: number) => this.#lanesOf(at).some((lane) => live.has(lane) && !dead.has(lane));
    for (const lane of lanes) this.#lanes.add(lane);
    this.tasks(candidates.filter((at) => !isKept(at)));
  }

  tasks(places: readonly number[]): void {
    const further = new Set<number>();
    const queue = [...places];
    for (const at of queue) {
      const task = this.#change.tasks[at];
      if (task === undefined || this.#seen.has(at)) continue;
      this.#seen.add(at);
      const status = aborted[effectiveStatus(task)];
      if (status !== undefined) this.#moved.set(at, status);
      if (task.lanes.some((lane) => !this.#lanes.has(lane))) for (const lane of task.lanes) further.add(lane);
      queue.push(...this.#change.graph.behind(at));
    }
    if (further.size > 0) this.lanes([...further]);
  }

  #lanesOf(at: number): readonly number[] {
    return this.#change.tasks[at]?.lanes ?? [];
  }

  #isAlive(at: number, task: Task): boolean {
    const status = this.#moved.get(at) ?? effectiveStatus(task);
    return status === 'Do' || status === 'Doing' || status === 'Done';
  }
}
