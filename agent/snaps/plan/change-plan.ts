/** A change before it is started. What `holdfast plan` prints is this very object, and the engine runs it. */
export type { Boundary, TaskData } from '../../engine/model.ts';
export type { ChangePlan, NewTask as PlannedTask } from '../../engine/plan.ts';
