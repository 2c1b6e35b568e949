/**
 * mount-snap, which also puts the file on the list of snap files, with the commit in which it is done: a revision that was
 * there once is never given to another file. What goes again is taken off the list at the end of a change.
 */
import type { Handlers } from '../engine/handler.ts';
import type { Inventory } from '../snaps/inventory.ts';
import { fileNameOfSetup, setupIn } from '../snaps/plan/setup.ts';

const mountTask = 'mount-snap';

export function withInventory(handlers: Handlers, inventory: Inventory): Handlers {
  const mount = handlers[mountTask];
  if (mount === undefined) return handlers;
  return {
    ...handlers,
    [mountTask]: {
      ...mount,
      async do(context) {
        const result = await mount.do(context);
        if (result.kind !== 'done') return result;
        const setup = setupIn(context.setupOf());
        const { instance, side, type, version, source } = setup;
        const size = source.kind === 'present' ? 0 : source.size;
        const snap = { file: fileNameOfSetup(setup), name: instance, revision: side.revision, type, version, size };
        return {
          ...result,
          commit: (sql) => {
            result.commit?.(sql);
            inventory.addIn(sql, snap);
          },
        };
      },
    },
  };
}
