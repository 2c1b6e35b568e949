/** switch-snap and switch-snap-channel: another channel or cohort is followed from now on. */
import type { Handlers, TaskHandler } from '../../engine/handler.ts';
import { reversed } from '../record/step.ts';
import { switched } from '../record/transitions.ts';
import { inverseOf, recordOf, recordsStep, setupOfTask } from './about.ts';
import type { LifeWorld } from './world.ts';

export function switchHandlers(world: LifeWorld): Handlers {
  const handler = switchSnap(world);
  return { 'switch-snap': handler, 'switch-snap-channel': handler };
}

function switchSnap(world: LifeWorld): TaskHandler {
  const { records } = world;
  return {
    inside: true,
    async do(context) {
      const { instance, channel = '', cohort } = setupOfTask(context);
      const to = { channel, ...(cohort === undefined ? {} : { cohort }) };
      return { kind: 'done', ...recordsStep(world, switched(recordOf(world, instance), to)) };
    },
    async undo(context) {
      const inverse = inverseOf(context);
      const record = records.get(setupOfTask(context).instance);
      if (inverse === undefined || record === undefined) return undefined;
      return { kind: 'done', commit: (sql) => records.putIn(sql, reversed(record, inverse)) };
    },
  };
}
