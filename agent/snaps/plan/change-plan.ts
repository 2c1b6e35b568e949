/** A change before it is started. What `holdfast plan` prints is this very object. */

export type TaskData = Readonly<Record<string, unknown>>;

/** Where a change pauses for a restart of the device: after the task was done, or after it was undone. */
export type Boundary = 'do' | 'undo' | 'both';

export interface PlannedTask {
  readonly kind: string;
  readonly summary: string;
  readonly data?: TaskData;
  /** Places of earlier tasks of the list that must be over before this one begins; missing: the one right before it. */
  readonly waits?: readonly number[];
  /** What fails together; missing: lane 0, the whole change. */
  readonly lanes?: readonly number[];
  readonly boundary?: Boundary;
}

export interface ChangePlan {
  readonly kind: string;
  readonly summary: string;
  readonly data: TaskData;
  readonly tasks: readonly PlannedTask[];
}
