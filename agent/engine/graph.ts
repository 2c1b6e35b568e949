/** Who waits for whom among the tasks of a change, in both directions; tasks are known by their places. */

/** What of a task it takes to know. */
interface Waiting {
  readonly id: number;
  /** Ids of tasks. */
  readonly waits: readonly number[];
}

export class Graph {
  readonly #before: readonly (readonly number[])[];
  readonly #behind: readonly number[][];

  constructor(tasks: readonly Waiting[]) {
    const places = new Map(tasks.map(({ id }, at) => [id, at]));
    this.#before = tasks.map(({ waits }) => waits.flatMap((id) => places.get(id) ?? []));
    this.#behind = tasks.map(() => []);
    for (const [at, before] of this.#before.entries()) for (const place of before) this.#behind[place]?.push(at);
  }

  /** What the task at this place waits for. */
  before(at: number): readonly number[] {
    return this.#before[at] ?? [];
  }

  /** What waits for it: snapd's halt tasks. */
  behind(at: number): readonly number[] {
    return this.#behind[at] ?? [];
  }
}
