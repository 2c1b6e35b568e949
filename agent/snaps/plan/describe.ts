/**
 * A plan in words, from the same object that would run: tasks, durable writes, restarts, room, and what a failure of each task
 * leads to. Pure. The object is what `holdfast plan --json` prints.
 */
import type { ChangePlan, NewTask } from '../../engine/plan.ts';
import { type Failure, failureAt, waitsOf } from './describe-failure.ts';
import { type About, type KindWords, kindWords } from './describe-kinds.ts';
import { type SnapSetup, setupIn, setupKey } from './setup.ts';

export interface TaskDescription {
  /** From 1. */
  readonly number: number;
  readonly kind: string;
  readonly summary: string;
  readonly snap?: string;
  /** Numbers of the tasks that must be over before. */
  readonly after: readonly number[];
  readonly lanes: readonly number[];
  readonly writes: readonly string[];
  /** Missing where there is nothing to take back. */
  readonly undo?: string;
  /** The device restarts once this is done. */
  readonly restart?: true;
  readonly ifItFails: {
    /** Numbers of tasks, in the order in which they are undone. */
    readonly undone: readonly number[];
    readonly notRun: readonly number[];
    readonly restart: boolean;
    readonly meaning: string;
  };
}

export interface Space {
  readonly place: string;
  /** Missing where only the device can tell, such as for a copy of data. */
  readonly bytes?: number;
  readonly why: string;
}

export interface PlanDescription {
  readonly kind: string;
  readonly summary: string;
  readonly restarts: number;
  readonly space: readonly Space[];
  readonly tasks: readonly TaskDescription[];
}

/** @param words of kinds that are not made here, beside those that are */
export function describePlan(plan: ChangePlan, words: Readonly<Record<string, KindWords>> = {}): PlanDescription {
  const { kind, summary, tasks } = plan;
  const setups = setupsOf(tasks);
  const all = { ...kindWords, ...words };
  const waits = waitsOf(tasks);
  const described = tasks.map((task, place): TaskDescription => {
    const about = aboutOf(task, setups);
    const { writes, undo } = all[task.kind] ?? { writes: () => ['not known to this version'] };
    const undoWords = undo?.(about);
    const failure = failureAt(tasks, place);
    return {
      ...{ number: place + 1, kind: task.kind, summary: task.summary },
      ...(about.snap === '' ? {} : { snap: about.snap }),
      ...{ after: numbers(waits[place] ?? []), lanes: task.lanes ?? [], writes: writes(about) },
      ...(undoWords === undefined ? {} : { undo: undoWords }),
      ...(task.boundary === 'do' || task.boundary === 'both' ? { restart: true } : {}),
      ifItFails: {
        ...{ undone: numbers(failure.undone), notRun: numbers(failure.notRun), restart: failure.restarts },
        meaning: meaningOf(tasks, place, failure),
      },
    };
  });
  const restarts = described.filter(({ restart }) => restart === true).length;
  return { kind, summary, restarts, space: [...setups.values()].flatMap(spaceOf), tasks: described };
}

function numbers(places: readonly number[]): number[] {
  return places.map((place) => place + 1);
}

function setupsOf(tasks: readonly NewTask[]): ReadonlyMap<string, SnapSetup> {
  const carrying = tasks.filter(({ data }) => data?.[setupKey] !== undefined);
  return new Map(carrying.map(({ data }) => setupIn(data ?? {})).map((setup) => [setup.instance, setup]));
}

function aboutOf({ data = {} }: NewTask, setups: ReadonlyMap<string, SnapSetup>): About {
  const snap = typeof data['snap'] === 'string' ? data['snap'] : '';
  const setup = setups.get(snap);
  const revision = typeof data['revision'] === 'string' ? data['revision'] : (setup?.side.revision ?? '');
  return { snap, revision, setup, data };
}

/** A failure in the words of whoever owns the device. */
function meaningOf(tasks: readonly NewTask[], place: number, { undone, notRun, restarts }: Failure): string {
  const others = tasks.length - undone.length - notRun.length - 1;
  const back =
    undone.length === 0
      ? 'nothing has to be taken back'
      : undone.length === 1
        ? 'the task before it is undone'
        : `${undone.length} tasks before it are undone`;
  const held =
    notRun.length === 0
      ? ''
      : notRun.length === 1
        ? '; the task after it does not run'
        : `; ${notRun.length} tasks do not run`;
  const again = restarts ? '; the device restarts to go back to what it ran before' : '';
  const trial =
    tasks[place]?.boundary === 'do' ? '; a trial that fails goes back by itself, with the restart that ends it' : '';
  return `${back}${held}${again}${trial}${others === 0 ? '' : `; ${others} tasks of other snaps are not concerned`}`;
}

function spaceOf({ instance, side, source, type, operation, previous }: SnapSetup): Space[] {
  const what = `"${instance}" (${side.revision})`;
  const copies = operation === 'refresh' && previous !== undefined;
  return [
    ...(source.kind === 'present'
      ? []
      : [{ place: '/var/lib/snapd/snaps', bytes: source.size, why: `file of ${what}` }]),
    ...(copies ? [{ place: `/var/snap/${instance}`, why: `a copy of the data of revision ${previous}` }] : []),
    ...(type === 'kernel' && source.kind !== 'present'
      ? [{ place: 'boot partition', why: `boot assets of ${what}` }]
      : []),
  ];
}
