/**
 * setup-profiles, remove-profiles, auto-connect, auto-disconnect: no snap is confined yet and nothing is connected, so they
 * record nothing, and say so where a snap asks for it. The outcome of a boot set's trial is looked at in auto-connect.
 */
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { currentPlace, placeOfSetup, setupOfTask, together } from './about.ts';
import type { LifeWorld } from './world.ts';

export function profileHandlers(world: LifeWorld): Handlers {
  const noteOnly: TaskHandler = {
    inside: true,
    do: async (context) => ({ kind: 'done', ...(await noteOf(world, context)) }),
  };
  return {
    'setup-profiles': noteOnly,
    'remove-profiles': noteOnly,
    'auto-disconnect': noteOnly,
    'auto-connect': {
      inside: true,
      async do(context) {
        const outcome = (await world.bootSet?.outcome(context, setupOfTask(context))) ?? { kind: 'done' };
        return together(outcome, await noteOf(world, context));
      },
    },
  };
}

async function noteOf(world: LifeWorld, context: TaskContext): Promise<{ readonly note?: string }> {
  const setup = setupOfTask(context);
  const place = setup.operation === 'remove' ? currentPlace(world, setup.instance) : placeOfSetup(setup);
  const mounted = place === undefined ? undefined : await world.mounted.read(place);
  const plugs = [...(mounted?.info.plugs.keys() ?? [])];
  if (plugs.length === 0) return {};
  return { note: `this version neither confines snaps nor connects plugs; of this one: ${plugs.join(', ')}` };
}
