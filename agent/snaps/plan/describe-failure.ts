/** What a failure of a task leads to: the engine's own rule, asked of a plan that has not begun. Pure. */
import { abortLanes } from '../../engine/abort.ts';
import { mapTasks, type TaskStatus } from '../../engine/model.ts';
import { changeOf, lanesOf, type NewTask } from '../../engine/plan.ts';

export interface Failure {
  /** Places of tasks that are undone, in that order. Those that ran beside it may be fewer. */
  readonly undone: readonly number[];
  /** Places of tasks that never run. */
  readonly notRun: readonly number[];
  /** The device has restarted into what is undone: it restarts once more, to go back. */
  readonly restarts: boolean;
}

/** The places of the tasks that each task waits for, with the usual one filled in. */
export function waitsOf(tasks: readonly NewTask[]): readonly (readonly number[])[] {
  return tasks.map(({ waits }, place) => waits ?? (place === 0 ? [] : [place - 1]));
}

/** @param place of the task that fails after all that stand before it in the list are done */
export function failureAt(tasks: readonly NewTask[], place: number): Failure {
  const begun = mapTasks(changeOf({ kind: '', summary: '', data: {}, tasks }, 0, 0, ''), (task) => ({
    ...task,
    status: task.id < place ? 'Done' : task.id === place ? 'Error' : 'Do',
  }));
  const after = abortLanes(begun, lanesOf(tasks[place]?.lanes));
  const placesOf = (status: TaskStatus) => after.tasks.flatMap((task) => (task.status === status ? [task.id] : []));
  const undone = placesOf('Undo').toReversed();
  const restarts = undone.some((other) => tasks[other]?.boundary === 'do' || tasks[other]?.boundary === 'both');
  return { undone, notRun: placesOf('Hold'), restarts };
}
