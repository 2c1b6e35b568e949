/** What the runner does next. Pure. */
import type { Task } from './model.ts';

export type Next =
  | { readonly kind: 'do'; readonly task: Task }
  | { readonly kind: 'undo'; readonly task: Task }
  /** A task waits for something outside. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'over' };

/**
 * Tasks are done first to last and undone last to first. A task that was running when the power went is found as `Doing`
 * or `Undoing` and runs again: handlers are idempotent.
 */
export function nextStep(tasks: readonly Task[]): Next {
  const undo = tasks.findLast((task) => task.status === 'Undo' || task.status === 'Undoing');
  if (undo !== undefined) return { kind: 'undo', task: undo };
  const open = tasks.find((task) => task.status === 'Do' || task.status === 'Doing' || task.status === 'Wait');
  if (open === undefined) return { kind: 'over' };
  return open.status === 'Wait' ? { kind: 'wait' } : { kind: 'do', task: open };
}
