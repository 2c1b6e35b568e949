/** mount-snap: the file of a revision is in its place, and mounted now and at every boot; its undo takes both away. */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { mountUnitOf, type Place } from '../../../images/snap/units/index.ts';
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { SnapsError } from '../error.ts';
import type { Pause } from '../fitness/reading.ts';
import type { SnapSetup } from '../plan/setup.ts';
import { placeOfSetup, setupOfTask } from './about.ts';
import { placeBlob } from './blob.ts';
import { announceBefore, pathOn, putBack, removeEmpty, writeEntries } from './entries.ts';
import { mountEntries } from './mount-unit.ts';
import { blobFileOf, mountPointOf, snapFolderOf } from './places.ts';
import { startUnit, stopUnit } from './unit-jobs.ts';
import type { LifeWorld, MountedSnap } from './world.ts';

export function mountHandlers(world: LifeWorld): Handlers {
  return { 'mount-snap': undoingItself(mountSnap(world)) };
}

/** How often, and after which time again, a mounted snap is looked at before it is believed: snapd's numbers. */
const looks = 10;
const lookAgainMs = 1000;

const existedKey = 'blob-existed';

function mountSnap(world: LifeWorld): TaskHandler {
  const { disk, layout, systemd } = world;
  return {
    inside: true,
    async do(context) {
      const setup = setupOfTask(context);
      const place = placeOfSetup(setup);
      const entries = mountEntries(place, setup.type);
      const existed = (await disk.stat(join(layout.snaps, blobFileOf(place)))) !== undefined;
      const more = { [existedKey]: existed, ...(await oldDigest(world, place)) };
      await announceBefore(world, context, Object.keys(entries), more);
      const pause = pauseUntil(context.signal);
      await placeBlob(world, place, setup.source, { isOurs: context.task.data[existedKey] === false, pause });
      await disk.mkdir(pathOn(world, mountPointOf(place)));
      await writeEntries(world, entries);
      await systemd.reload();
      await startUnit(systemd, mountUnitOf(place));
      await believe(world, setup, context);
      if (setup.source.kind === 'file') await disk.remove(setup.source.path);
      return { kind: 'done' };
    },
    async undo(context) {
      const setup = setupOfTask(context);
      const place = placeOfSetup(setup);
      if (setup.source.kind === 'file') await disk.remove(setup.source.path);
      // It was stopped before it did anything.
      if (context.task.data[existedKey] === undefined) return;
      if ((await world.bootSet?.uses(place)) === true) {
        throw new SnapsError('damaged', `cannot remove ${blobFileOf(place)}: the device may boot it`);
      }
      await stopUnit(systemd, mountUnitOf(place));
      await putBack(world, context);
      await systemd.reload();
      await removeMountPoint(world, place);
      await takeBlobBack(world, place, context);
      return undefined;
    },
  };
}

/** A large file takes its time: whoever is to stop does so within it. */
function pauseUntil(signal: AbortSignal): Pause {
  return async () => {
    await turn();
    signal.throwIfAborted();
  };
}

/** Removes the mount point of a revision, and with the last one the folder of its snap. */
export async function removeMountPoint(world: LifeWorld, place: Place): Promise<void> {
  await removeEmpty(world, mountPointOf(place));
  await removeEmpty(world, snapFolderOf(place.instance));
}

/** @throws SnapsError `damaged` where what is mounted is not the snap that was to be */
async function believe(world: LifeWorld, setup: SnapSetup, { signal }: TaskContext): Promise<void> {
  const { instance, side } = setup;
  for (let look = 1; look <= looks; look++) {
    if (look > 1) await world.clock.sleep(lookAgainMs, signal);
    const mounted = await world.mounted.read(placeOfSetup(setup));
    if (mounted !== undefined && isExpected(mounted, setup)) return;
  }
  throw new SnapsError('damaged', `cannot read info for "${instance}" snap`, { snap: side.name });
}

function isExpected({ info }: MountedSnap, { side, type }: SnapSetup): boolean {
  return info.name === side.name && info.type === type;
}

const digestKey = 'old-digest';

async function oldDigest({ disk, layout }: LifeWorld, place: Place): Promise<Readonly<Record<string, string>>> {
  const path = join(layout.digests, blobFileOf(place));
  if ((await disk.stat(path)) === undefined) return {};
  return { [digestKey]: new TextDecoder().decode(await disk.readFile(path, { maxBytes: 4096 })) };
}

async function takeBlobBack({ disk, layout }: LifeWorld, place: Place, { task }: TaskContext): Promise<void> {
  const digest = join(layout.digests, blobFileOf(place));
  const old = task.data[digestKey];
  if (typeof old === 'string') await disk.replace(digest, new TextEncoder().encode(old));
  else await disk.remove(digest);
  if (task.data[existedKey] === false) await disk.remove(join(layout.snaps, blobFileOf(place)));
}
