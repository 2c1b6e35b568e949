/** For handlers whose `do` cannot tidy up after itself better than by its `undo`. */
import { isStop } from './attempt.ts';
import { type TaskContext, type TaskHandler, TaskStopped } from './handler.ts';

/**
 * The same handler, which undoes itself where it fails: the runner undoes what was done, and that was not. What undo says
 * then matters less than why do failed. Where the daemon stops, or the database refuses what is announced, nothing is undone: it
 * runs again.
 */
export function undoingItself(handler: TaskHandler): TaskHandler {
  return {
    ...handler,
    async do(context) {
      let isRefused = false;
      const announce: TaskContext['announce'] = async (data) => {
        isRefused = true;
        await context.announce(data);
        isRefused = false;
      };
      try {
        return await handler.do(Object.create(context, { announce: { value: announce } }));
      } catch (error) {
        const { signal } = context;
        const isOver = signal.reason instanceof TaskStopped && signal.reason.code === 'stopping';
        if (!isRefused && !isOver && !isStop(error, signal)) {
          await handler.undo?.(context)?.catch((cause: unknown) => {
            const why = cause instanceof Error ? cause.message : String(cause);
            context.log('ERROR', `cannot take back what was begun: ${why}`);
          });
        }
        throw error;
      }
    },
  };
}
