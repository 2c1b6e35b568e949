/** A change before it is started: what it would be called, and its steps. */
import type { NewTask } from '../engine/changes.ts';
import type { ChangeData } from '../engine/model.ts';

export interface ChangePlan {
  readonly kind: string;
  readonly summary: string;
  readonly data: ChangeData;
  readonly tasks: readonly NewTask[];
}
