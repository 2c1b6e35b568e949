import t from 'tap';
import { type TaskContext, type TaskHandler, TaskStopped } from './handler.ts';
import { undoingItself } from './own-undo.ts';

function contextOf(stop?: Error, lines: string[] = []): TaskContext {
  const controller = new AbortController();
  if (stop !== undefined) controller.abort(stop);
  // What the wrapper looks at; the rest is the handlers' own.
  const context: Pick<TaskContext, 'signal' | 'log'> = {
    signal: controller.signal,
    log: (level, text) => void lines.push(`${level} ${text}`),
  };
  return context as TaskContext;
}

function handlerOf(error: Error | undefined, undoError?: Error) {
  const calls: string[] = [];
  const handler: TaskHandler = undoingItself({
    do: async () => {
      calls.push('do');
      if (error !== undefined) throw error;
      return { kind: 'done' };
    },
    undo: async () => {
      calls.push('undo');
      if (undoError !== undefined) throw undoError;
    },
  });
  return { calls, handler };
}

t.test('what fails is undone, and fails for its own reason', async (t) => {
  const good = handlerOf(undefined);
  t.strictSame(await good.handler.do(contextOf()), { kind: 'done' });
  t.strictSame(good.calls, ['do']);
  const error = new Error('no space');
  for (const undoError of [undefined, new Error('also bad')]) {
    const bad = handlerOf(error, undoError);
    const lines: string[] = [];
    await t.rejects(bad.handler.do(contextOf(undefined, lines)), error);
    t.strictSame(bad.calls, ['do', 'undo']);
    t.strictSame(lines, undoError === undefined ? [] : ['ERROR cannot take back what was begun: also bad']);
  }
  const told = handlerOf(error);
  await t.rejects(told.handler.do(contextOf(new TaskStopped('aborted'))), error);
  t.strictSame(told.calls, ['do', 'undo'], 'also where it was told to stop and failed otherwise');
});

t.test('what was stopped is left to the runner, which undoes it or runs it again', async (t) => {
  for (const code of ['aborted', 'stopping'] as const) {
    const stop = new TaskStopped(code);
    const { calls, handler } = handlerOf(stop);
    await t.rejects(handler.do(contextOf(stop)), stop);
    t.strictSame(calls, ['do'], code);
  }
  const late = handlerOf(new Error('connection lost'));
  await t.rejects(late.handler.do(contextOf(new TaskStopped('stopping'))), { message: 'connection lost' });
  t.strictSame(late.calls, ['do']);
});

t.test('where the database refuses what is announced, nothing is undone: it runs again', async (t) => {
  let undone = 0;
  let isFull = true;
  const refusal = new Error('no space');
  const context: Pick<TaskContext, 'signal' | 'announce'> = {
    signal: new AbortController().signal,
    announce: async () => {
      if (isFull) throw refusal;
    },
  };
  const handler = undoingItself({
    do: async ({ announce }) => {
      await announce({ a: 1 });
      throw new Error('and then it fails');
    },
    undo: async () => {
      undone += 1;
    },
  });
  await t.rejects(handler.do(context as TaskContext), refusal);
  t.equal(undone, 0);
  isFull = false;
  await t.rejects(handler.do(context as TaskContext), { message: 'and then it fails' });
  t.equal(undone, 1, 'what fails for itself is');
});
