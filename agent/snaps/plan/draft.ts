/** Tasks while a plan is put together: they name what they wait for by reference, and become a list in the end. */
import type { Boundary, TaskData } from '../../engine/model.ts';
import type { NewTask } from '../../engine/plan.ts';

export interface Draft {
  readonly kind: string;
  readonly summary: string;
  data: TaskData;
  readonly waits: Draft[];
  /** 0 is the lane of the whole change. */
  lane: number;
  boundary?: Boundary;
}

export function draft(kind: string, summary: string, data: TaskData): Draft {
  return { kind, summary, data, waits: [], lane: 0 };
}

/** Each waits for the one before it. */
export function chained(drafts: readonly Draft[]): readonly Draft[] {
  for (const [place, task] of drafts.entries()) {
    const before = drafts[place - 1];
    if (before !== undefined) waitFor(task, before);
  }
  return drafts;
}

export function waitFor(task: Draft | undefined, ...others: readonly (Draft | undefined)[]): void {
  for (const other of others) {
    if (task !== undefined && other !== undefined && !task.waits.includes(other)) task.waits.push(other);
  }
}

/** The tasks as the engine takes them: in the order given, save that nothing stands before what it waits for. */
export function listed(drafts: readonly Draft[]): NewTask[] {
  const order: Draft[] = [];
  const seen = new Set<Draft>();
  const visit = (task: Draft): void => {
    if (seen.has(task)) return;
    seen.add(task);
    for (const earlier of task.waits) visit(earlier);
    order.push(task);
  };
  for (const task of drafts) visit(task);
  return order.map((task, place) => planned(task, place, order));
}

function planned(
  { kind, summary, data, waits, lane, boundary }: Draft,
  place: number,
  order: readonly Draft[],
): NewTask {
  const places = waits.map((other) => order.indexOf(other)).toSorted((a, b) => a - b);
  const isNext = places.length === 1 && places[0] === place - 1;
  return {
    ...{ kind, summary, data },
    ...(isNext || (place === 0 && places.length === 0) ? {} : { waits: places }),
    ...(lane === 0 ? {} : { lanes: [lane] }),
    ...(boundary === undefined ? {} : { boundary }),
  };
}
