/** The invariants at work: asked wherever they have something to say, counted, and thrown where one does not hold. */

import type { Course } from './boot.ts';
import type { Calm } from './calm.ts';
import type { ImageId } from './images.ts';
import { invariants } from './invariants/index.ts';
import type { Triple } from './names.ts';
import type { Operation, PlaceField } from './protocol.ts';
import type { Model, Run } from './run.ts';
import type { State } from './state.ts';
import { Violation } from './violation.ts';

/** What of a revision is removed. */
export type Part = 'snap' | 'digest' | 'assets';

/** What the boot script tries to start. */
export interface Attempt {
  readonly set: Triple;
  readonly trial: boolean;
  readonly rule: string;
}

/** A question that an invariant answers with what is wrong, or `undefined`. */
export interface Invariant {
  readonly name: string;
  /** Why it has to hold. */
  readonly reason: string;
  /** Of every state. */
  state?(model: Model, state: State): string | undefined;
  /** Before the boot script starts something; the state has all that it wrote. */
  start?(model: Model, state: State, attempt: Attempt): string | undefined;
  /** The kernel of a trial runs; the state has counted it. */
  counted?(model: Model, state: State): string | undefined;
  /** Before a part of a revision is removed. */
  remove?(run: Run, file: number, part: Part): string | undefined;
  /** Before a raw place is written. */
  write?(run: Run, operation: Operation, field: PlaceField, image: ImageId): string | undefined;
  /** Before the log says how a trial ended. */
  decide?(run: Run, outcome: number): string | undefined;
  /** Where stable power leads. */
  calm?(model: Model, calm: Calm, course: Course): string | undefined;
}

export class Checks {
  /** Evaluations by invariant. */
  readonly counts = new Map<string, number>(invariants.map(({ name }) => [name, 0]));
  /** Off while a history is told again. */
  isQuiet = false;

  state(model: Model, state: State): void {
    for (const one of invariants) if (one.state !== undefined) this.#judge(one, one.state(model, state));
  }

  start(model: Model, state: State, attempt: Attempt): void {
    for (const one of invariants) if (one.start !== undefined) this.#judge(one, one.start(model, state, attempt));
  }

  counted(model: Model, state: State): void {
    for (const one of invariants) if (one.counted !== undefined) this.#judge(one, one.counted(model, state));
  }

  remove(run: Run, file: number, part: Part): void {
    for (const one of invariants) if (one.remove !== undefined) this.#judge(one, one.remove(run, file, part));
  }

  write(run: Run, operation: Operation, field: PlaceField, image: ImageId): void {
    for (const one of invariants)
      if (one.write !== undefined) this.#judge(one, one.write(run, operation, field, image));
  }

  decide(run: Run, outcome: number): void {
    for (const one of invariants) if (one.decide !== undefined) this.#judge(one, one.decide(run, outcome));
  }

  calm(model: Model, calm: Calm, course: Course): void {
    for (const one of invariants) if (one.calm !== undefined) this.#judge(one, one.calm(model, calm, course));
  }

  #judge({ name }: Invariant, wrong: string | undefined): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    if (wrong !== undefined && !this.isQuiet) throw new Violation(name, wrong);
  }
}
