/** A change before it is started: what it would be called, and its steps. It is data, and can be printed. */
import { EngineError } from './error.ts';
import { Graph } from './graph.ts';
import type { Boundary, Change, ChangeData, Task, TaskData } from './model.ts';

export interface NewTask {
  readonly kind: string;
  readonly summary: string;
  /** A JSON object. */
  readonly data?: TaskData;
  /** What it waits for: places of earlier entries of the same list. @default the entry before it; [] is nothing */
  readonly waits?: readonly number[];
  /** @default lane 0 */
  readonly lanes?: readonly number[];
  /** Where the change stops for a reboot that one of its tasks asked for. */
  readonly boundary?: Boundary;
}

export interface ChangePlan {
  readonly kind: string;
  readonly summary: string;
  readonly data: ChangeData;
  /** Where there are none, the change is Done at once. */
  readonly tasks: readonly NewTask[];
}

/**
 * The change that a plan describes, all tasks in Do, with the ids from `changeId` and `firstTask` on.
 * @throws EngineError `bad-plan` where a task waits for one that does not stand before it
 */
export function changeOf(plan: ChangePlan, changeId: number, firstTask: number, time: string): Change {
  const isEmpty = plan.tasks.length === 0;
  const tasks = plan.tasks.map((task, at) => taskOf(task, at, firstTask, time));
  return {
    id: changeId,
    kind: plan.kind,
    summary: plan.summary,
    explicit: isEmpty ? 'Done' : undefined,
    data: plan.data,
    tasks,
    graph: new Graph(tasks),
    clean: isEmpty,
    spawnTime: time,
    readyTime: isEmpty ? time : undefined,
  };
}

function taskOf(task: NewTask, at: number, first: number, time: string): Task {
  const waits = task.waits ?? (at === 0 ? [] : [at - 1]);
  const wrong = waits.find((place) => !Number.isInteger(place) || place < 0 || place >= at);
  if (wrong !== undefined) {
    const what = `"${task.kind}" at place ${at}`;
    throw new EngineError('bad-plan', `cannot plan ${what}: it waits for place ${wrong}, which is not before it`);
  }
  return {
    id: first + at,
    kind: task.kind,
    summary: task.summary,
    status: 'Do',
    waited: undefined,
    data: task.data ?? {},
    waits: waits.map((place) => first + place),
    lanes: lanesOf(task.lanes),
    boundary: task.boundary,
    atTime: undefined,
    clean: false,
    log: [],
    progress: { label: '', done: 0, total: 1 },
    spawnTime: time,
    readyTime: undefined,
  };
}

/** A task that names no lane is in lane 0. */
export function lanesOf(lanes: readonly number[] | undefined): readonly number[] {
  return lanes === undefined || lanes.length === 0 ? [0] : lanes;
}
