/** For tests: plans of few words, and handlers that do what the test says. */
import { statusesOf } from './fixture-graph.ts';
import type { DoResult, TaskHandler } from './handler.ts';
import type { Change } from './model.ts';
import type { ChangePlan, NewTask } from './plan.ts';

export const done = async (): Promise<DoResult> => ({ kind: 'done' });
export const fails = async (): Promise<DoResult> => {
  throw new Error('it failed');
};

/** Tasks of these kinds, each behind the one before it. */
export const planOf = (...tasks: readonly (string | NewTask)[]): ChangePlan => ({
  kind: 'install',
  summary: 'Install',
  data: { 'snap-name': 'x' },
  tasks: tasks.map((task) => (typeof task === 'string' ? { kind: task, summary: `do ${task}` } : task)),
});
export const beside = (kind: string, more: Partial<NewTask> = {}): NewTask => ({
  kind,
  summary: kind,
  waits: [],
  ...more,
});
/** `kind:status` of each task. */
export const statuses = (change: Change | undefined) => statusesOf({ tasks: change?.tasks ?? [] });

/** A handler that is under way until the test ends it. */
export function held() {
  const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
  const { promise, resolve: end, reject: fail } = Promise.withResolvers<DoResult>();
  const handler: TaskHandler = {
    do: async ({ signal }) => {
      begin(signal);
      return promise;
    },
  };
  return { handler, begun, end, fail };
}
