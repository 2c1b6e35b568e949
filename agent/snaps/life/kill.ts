/** kill-snap-apps: no program of the snap runs any more, and none can be started. */
import type { Handlers, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { currentPlace, setupOfTask } from './about.ts';
import { exchange, putBack } from './entries.ts';
import { inhibitedEntries } from './linked-files.ts';
import { orNothing, runs } from './unit-jobs.ts';
import type { LifeWorld } from './world.ts';

export function killHandlers(world: LifeWorld): Handlers {
  return { 'kill-snap-apps': undoingItself(killApps(world)) };
}

const sigKill = 9;

function killApps(world: LifeWorld): TaskHandler {
  const { systemd } = world;
  return {
    inside: true,
    async do(context) {
      const { instance } = setupOfTask(context);
      await exchange(world, context, inhibitedEntries(instance, 'remove', currentPlace(world, instance)?.revision));
      const scopes = await systemd.listUnits({ patterns: [`snap.${instance}.*.scope`] });
      for (const { name, activeState } of scopes) {
        if (runs(activeState)) await orNothing(() => systemd.killUnit(name, 'all', sigKill));
      }
      return { kind: 'done' };
    },
    async undo(context) {
      await putBack(world, context);
      return undefined;
    },
  };
}
