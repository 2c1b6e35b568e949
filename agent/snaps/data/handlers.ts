/** How the tasks about a snap's data are done and undone; the others of a snap's life are beside (`agent/snaps/life`). */
import type { Handlers } from '../../engine/handler.ts';
import { clearHandlers } from './clear.ts';
import { copyHandlers } from './copy.ts';
import type { DataWorld } from './world.ts';

export function dataHandlers(world: DataWorld): Handlers {
  return { ...copyHandlers(world), ...clearHandlers(world) };
}
