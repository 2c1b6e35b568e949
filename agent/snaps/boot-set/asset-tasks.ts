/** update-gadget-assets and update-gadget-cmdline: what the boot script reads of a kernel or a gadget. */
import { join } from 'node:path';
import type { Slot } from '../../../bootloader/protocol/index.ts';
import type { Handlers, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { extractAssets, gatheringName, listAssets } from '../assets.ts';
import { fileNameOfSetup, type SnapSetup, setupIn } from '../plan/setup.ts';
import { openSnap } from '../read-snap.ts';
import { mayBoot } from './may-boot.ts';
import type { BootSetWorld } from './world.ts';

export function assetHandlers(world: Pick<BootSetWorld, 'disk' | 'layout' | 'env'>): Handlers {
  return {
    'update-gadget-assets': undoingItself(updateAssets(world)),
    // The command line of a gadget is a file among its assets: the boot script reads that of the set which it starts.
    'update-gadget-cmdline': { inside: true, do: async () => ({ kind: 'done' }) },
  };
}

/** Where the directory was there before, it is none of this task's. */
const existedKey = 'assets-existed';

function updateAssets({ disk, layout, env }: Pick<BootSetWorld, 'disk' | 'layout' | 'env'>): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const setup = setupIn(context.setupOf());
      const file = fileNameOfSetup(setup);
      const place = join(layout.bootPartition, file);
      const existed = (await disk.stat(place)) !== undefined;
      if (context.task.data[existedKey] === undefined) {
        if (existed) return { kind: 'done' };
        await context.announce({ [existedKey]: false });
      }
      const { image } = await openSnap(join(layout.snaps, file), `"${setup.instance}"`);
      try {
        const assets = await listAssets(image, slotOf(setup));
        await extractAssets(disk, assets, place, (done, total) =>
          context.progress(`boot assets of "${setup.instance}"`, done, total),
        );
      } finally {
        await image.close();
      }
      return { kind: 'done' };
    },
    async undo(context) {
      if (context.task.data[existedKey] === undefined) return;
      const file = fileNameOfSetup(setupIn(context.setupOf()));
      await disk.remove(gatheringName(join(layout.bootPartition, file)));
      // What a copy of the environment would still boot goes later, when none does.
      if (!(await mayBoot(env, file))) await disk.remove(join(layout.bootPartition, file));
      return undefined;
    },
  };
}

function slotOf({ type }: Pick<SnapSetup, 'type'>): Slot {
  return type === 'gadget' ? 'gadget' : 'kernel';
}
