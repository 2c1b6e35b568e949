/** Runs a handler once. */
import type { DoResult, Handlers, TaskContext } from './handler.ts';
import type { Task } from './model.ts';

/** What it comes to, or the error that it fails with. Never rejects. */
export async function attempt(handlers: Handlers, task: Task, context: TaskContext): Promise<DoResult | Error> {
  try {
    const handler = handlers[task.kind];
    if (handler === undefined) {
      throw new Error(`cannot run a task of kind "${task.kind}": this version does not know it`);
    }
    if (task.status === 'Doing') return await handler.do(context);
    return (await handler.undo?.(context)) ?? { kind: 'done' };
  } catch (error) {
    if (isStop(error, context.signal)) return { kind: 'retry' };
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** True for what a handler throws that was told to stop, and did. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
