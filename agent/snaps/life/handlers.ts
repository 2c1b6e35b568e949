/** How the tasks of a snap's life are done and undone; those about its data are beside (`agent/snaps/data`). */
import type { Handlers } from '../../engine/handler.ts';
import { aliasOperationHandlers } from './alias-operations.ts';
import { aliasHandlers } from './alias-tasks.ts';
import { discardHandlers } from './discard.ts';
import { killHandlers } from './kill.ts';
import { linkHandlers } from './link.ts';
import { mountHandlers } from './mount-snap.ts';
import { prepareHandlers } from './prepare.ts';
import { prerequisitesHandlers } from './prerequisites.ts';
import { profileHandlers } from './profiles.ts';
import { hookHandlers } from './run-hook.ts';
import { startServicesHandlers } from './start-services.ts';
import { stopServicesHandlers } from './stop-services.ts';
import { switchHandlers } from './switch-tasks.ts';
import { unlinkHandlers } from './unlink.ts';
import type { LifeWorld } from './world.ts';

export function lifeHandlers(world: LifeWorld): Handlers {
  return {
    ...prerequisitesHandlers(world),
    ...prepareHandlers(world),
    ...mountHandlers(world),
    ...stopServicesHandlers(world),
    ...aliasHandlers(world),
    ...aliasOperationHandlers(world),
    ...unlinkHandlers(world),
    ...profileHandlers(world),
    ...linkHandlers(world),
    ...hookHandlers(world),
    ...startServicesHandlers(world),
    ...switchHandlers(world),
    ...killHandlers(world),
    ...discardHandlers(world),
    // What is to be removed was moved to the trash by others, which empty it when the change is over.
    cleanup: { inside: true, do: async () => ({ kind: 'done' }) },
  };
}
