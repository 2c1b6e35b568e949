/** For tests: tasks that others own, in the simplest form that can be undone. */
import type { Handlers } from '../../engine/handler.ts';
import { placeOfSetup, setupOfTask, textOf } from './about.ts';
import { pathOn, removeEmpty } from './entries.ts';
import { dataFolderOf } from './places.ts';
import type { LifeWorld } from './world.ts';

export function standIns(world: LifeWorld): Handlers {
  const { disk } = world;
  return {
    'copy-snap-data': {
      async do(context) {
        const place = placeOfSetup(setupOfTask(context));
        const folder = pathOn(world, dataFolderOf(place));
        if (context.task.data['made'] === undefined) {
          await context.announce({ made: (await disk.stat(folder)) === undefined });
        }
        await disk.mkdir(folder);
        return { kind: 'done' };
      },
      async undo(context) {
        const place = placeOfSetup(setupOfTask(context));
        if (context.task.data['made'] === true) await disk.remove(pathOn(world, dataFolderOf(place)));
        await removeEmpty(world, `/var/snap/${place.instance}`);
        return undefined;
      },
    },
    'clear-snap': {
      async do(context) {
        const place = { instance: setupOfTask(context).instance, revision: textOf(context, 'revision') };
        const folder = pathOn(world, dataFolderOf(place));
        if ((await disk.stat(folder)) !== undefined) await disk.rename(folder, `${folder}.trash`);
        return { kind: 'done' };
      },
      async undo(context) {
        const place = { instance: setupOfTask(context).instance, revision: textOf(context, 'revision') };
        const folder = pathOn(world, dataFolderOf(place));
        if ((await disk.stat(`${folder}.trash`)) !== undefined) await disk.rename(`${folder}.trash`, folder);
        return undefined;
      },
      async cleanup(context) {
        const { instance } = setupOfTask(context);
        if (context.task.status !== 'Done') return;
        await disk.remove(pathOn(world, `${dataFolderOf({ instance, revision: textOf(context, 'revision') })}.trash`));
        // Cleanups run side by side: another one may be at it.
        await removeEmpty(world, `/var/snap/${instance}`).catch(() => {});
      },
    },
    'save-snapshot': { do: async () => ({ kind: 'done' }) },
    fail: {
      do: async () => {
        throw new Error('it fails here');
      },
    },
  };
}
