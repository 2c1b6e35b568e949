/** Snaps on this machine: what is mounted, which of their programs run, and running a hook. */
import { join } from 'node:path';
import type { Layout } from '../boot/layout.ts';
import { mountedByKernel, mountedInFiles } from '../snaps/life/mounted.ts';
import { mountUnitPathOf } from '../snaps/life/places.ts';
import { runHookFile } from '../snaps/life/run-hook-file.ts';
import { runningIn } from '../snaps/life/running.ts';
import type { LifeWorld } from '../snaps/life/world.ts';
import type { Disk } from '../system/disk.ts';

/** What the device asks of the machine about the programs of its snaps. */
export type Programs = Pick<LifeWorld, 'running' | 'runHook' | 'mounted'>;

/** On a device. Snaps that its image came with have no mount unit: what boots is mounted in other ways, and read from its file. */
export function realPrograms({ disk, layout }: { readonly disk: Disk; readonly layout: Layout }): Programs {
  const byKernel = mountedByKernel({ disk, layout });
  const ofImage = mountedInFiles(layout, async (place) => {
    return (await disk.stat(join(layout.root, mountUnitPathOf(place)))) === undefined;
  });
  return {
    mounted: { read: async (place) => (await byKernel.read(place)) ?? (await ofImage.read(place)) },
    running: (instance) => runningIn(layout.cgroups, instance),
    runHook: runHookFile,
  };
}
