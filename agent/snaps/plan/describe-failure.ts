/** What a failure of a task leads to: the engine's rule of lanes, applied to a plan that has not begun. Pure. */
import type { PlannedTask } from './change-plan.ts';

export interface Failure {
  /** Places of tasks that are undone, in that order. Those that ran beside it may be fewer. */
  readonly undone: readonly number[];
  /** Places of tasks that never run. */
  readonly notRun: readonly number[];
  /** The device has restarted into what is undone: it restarts once more, to go back. */
  readonly restarts: boolean;
}

/** The places of the tasks that each task waits for, with the usual one filled in. */
export function waitsOf(tasks: readonly PlannedTask[]): readonly (readonly number[])[] {
  return tasks.map(({ waits }, place) => waits ?? (place === 0 ? [] : [place - 1]));
}

/** @param place of the task that fails after all that stand before it in the list are done */
export function failureAt(tasks: readonly PlannedTask[], place: number): Failure {
  const aborted = abortedBy(tasks, place);
  const undone = [...aborted].filter((other) => other < place).toSorted((a, b) => b - a);
  const notRun = [...aborted].filter((other) => other > place).toSorted((a, b) => a - b);
  const isBoundary = (at: number, direction: 'do' | 'undo') => {
    const boundary = tasks[at]?.boundary;
    return boundary === direction || boundary === 'both';
  };
  const restarts = undone.some((other) => isBoundary(other, 'do'));
  return { undone, notRun, restarts };
}

/** All of the lanes that it is in, all that waits for those, and the lanes of these. */
function abortedBy(tasks: readonly PlannedTask[], place: number): ReadonlySet<number> {
  const waits = waitsOf(tasks);
  const lanesOf = (at: number) => {
    const lanes = tasks[at]?.lanes ?? [];
    return lanes.length === 0 ? [0] : lanes;
  };
  const aborted = new Set<number>([place]);
  for (let before = 0; before !== aborted.size; ) {
    before = aborted.size;
    const lanes = new Set([...aborted].flatMap(lanesOf));
    for (const at of tasks.keys()) {
      const isSuccessor = waits[at]?.some((earlier) => aborted.has(earlier)) === true;
      if (isSuccessor || lanesOf(at).some((lane) => lanes.has(lane))) aborted.add(at);
    }
  }
  aborted.delete(place);
  return aborted;
}
