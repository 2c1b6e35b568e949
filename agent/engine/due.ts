/** When tasks that asked to be run again may be: kept by a clock that nobody sets. */
import type { Clock } from '../system/clock.ts';
import type { Task } from './model.ts';

/** After a restart only the time of day is known, and that may have been set meanwhile: no task waits for years. */
const maxKnownMs = 3_600_000;

export class Dues {
  readonly #clock: Clock;
  /** Monotonic milliseconds. */
  readonly #due = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The task has asked to be run again after this long. */
  set(task: number, afterMs: number): void {
    this.#due.set(task, this.#clock.monotonicMs() + afterMs);
  }

  /** The task runs. */
  forget(task: number): void {
    this.#due.delete(task);
  }

  clear(): void {
    this.#due.clear();
  }

  /** Monotonic milliseconds; `undefined` where it may run at once. */
  notBefore(task: Task): number | undefined {
    if (task.atTime === undefined) return undefined;
    const known = this.#due.get(task.id);
    if (known !== undefined) return known;
    const left = Date.parse(task.atTime) - this.#clock.wallMs();
    this.set(task.id, Math.min(Math.max(0, left), maxKnownMs));
    return this.#due.get(task.id);
  }
}
