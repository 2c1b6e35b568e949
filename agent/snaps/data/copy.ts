/**
 * copy-snap-data: the new revision's data begins as a copy of the previous one's (`snaps.md` §11; vectors F1-F13).
 *
 * All copies are made, complete and written out, before any of them gets its name, so that a copy that fails has changed
 * nothing. Data that has that name already makes way by a rename, is put back where the change is undone, and is removed when it is over.
 */
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { DiskError } from '../../system/disk-error.ts';
import { pathAt } from '../../system/tree/spot.ts';
import { linksName, unfinishedName } from '../../system/tree/work.ts';
import { type SnapSetup, setupIn } from '../plan/setup.ts';
import { announcementOf, type CopyJob, type CopyPlace, jobIn, type MadeName } from './copy-job.ts';
import {
  commonName,
  currentName,
  keyOf,
  oldName,
  placeItself,
  saveSpot,
  snapNameOf,
  systemPlace,
  systemSpot,
} from './places.ts';
import { putBack } from './put-back.ts';
import { inReach, survey, userPlaces } from './survey.ts';
import type { DataWorld } from './world.ts';

const directoryMode = 0o755;

export function copyHandlers(world: DataWorld): Handlers {
  return { 'copy-snap-data': undoingItself(copySnapData(world)) };
}

function copySnapData(world: DataWorld): TaskHandler {
  return {
    async do(context) {
      const setup = setupIn(context.setupOf());
      let job = jobIn(context.task.data);
      if (job === undefined) {
        job = await survey(world, context.task.id, setup, (why) => context.log('INFO', why));
        await context.announce(announcementOf(job));
      }
      await makeDirectories(world, setup.instance, job.made);
      const due = [];
      for (const place of job.places) if (!(await isDone(world, setup, place))) due.push(place);
      const copying = new Copying(context);
      for (const place of due) if (place.copies) await copying.copy(world, setup, place);
      for (const place of due) await swap(world, setup, place);
      return { kind: 'done' };
    },
    async undo(context) {
      const setup = setupIn(context.setupOf());
      const job = jobIn(context.task.data);
      if (job === undefined) return undefined;
      for (const place of await placesToUndo(world, setup, job)) {
        await inReach(
          () => undoPlace(world, setup, place),
          place,
          (why) => context.log('INFO', why),
        );
      }
      await removeMade(world, setup.instance, job.made);
      return undefined;
    },
    async cleanup(context) {
      const job = jobIn(context.task.data);
      if (job === undefined) return;
      const { side } = setupIn(context.setupOf());
      for (const place of job.places) {
        await inReach(
          () => emptyTrash(world, context, place, side.revision),
          place,
          () => {},
        );
      }
    },
  };
}

async function makeDirectories({ root, trees }: DataWorld, instance: string, made: readonly MadeName[]): Promise<void> {
  const system = systemSpot(root);
  const save = saveSpot(root);
  // Whoever removes a directory of the same snap that is empty may come between two of these.
  const make: Readonly<Record<MadeName, () => Promise<void>>> = {
    snap: () => trees.mkdir(system, snapNameOf(instance), directoryMode),
    instance: () => trees.mkdir(system, instance, directoryMode),
    common: () => trees.mkdir(systemPlace(root, instance).spot, commonName, directoryMode),
    'save-snaps': () => trees.mkdir({ base: save.base, way: [] }, 'snap', directoryMode),
    save: () => trees.mkdir(save, instance, directoryMode),
  };
  for (const name of made) await make[name]();
}

/** What was made, and whatever is in it by now; directories that others share go where they are empty. */
async function removeMade({ root, trees }: DataWorld, instance: string, made: readonly MadeName[]): Promise<void> {
  const system = systemSpot(root);
  const save = saveSpot(root);
  if (made.includes('save')) await trees.remove(save, instance);
  if (made.includes('save-snaps')) await trees.rmdir({ base: save.base, way: [] }, 'snap');
  if (made.includes('common')) await trees.remove(systemPlace(root, instance).spot, commonName);
  if (made.includes('instance')) await trees.rmdir(system, instance);
  if (made.includes('snap')) await trees.rmdir(system, snapNameOf(instance));
}

/** The new revision's data is in its place already. */
async function isDone({ trees }: DataWorld, { side }: SnapSetup, place: CopyPlace): Promise<boolean> {
  const target = await trees.look(place.spot, side.revision);
  return target !== undefined && target.identity !== place.replaces;
}

class Copying {
  readonly #context: TaskContext;
  #before = 0;

  constructor(context: TaskContext) {
    this.#context = context;
  }

  /** @throws Error with snapd's words (F10) */
  async copy({ trees }: DataWorld, { previous = '', side }: SnapSetup, { spot }: CopyPlace): Promise<void> {
    const { signal } = this.#context;
    let bytes = 0;
    const progress = (now: number) => {
      bytes = now;
      // How much there is to come is not known.
      const so = this.#before + now;
      this.#context.progress('Copying data', so, so + 1);
    };
    try {
      await trees.copy(spot, previous, side.revision, { signal, progress });
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      const paths = [previous, side.revision].map((name) => JSON.stringify(pathAt(spot, name)));
      throw new Error(`cannot copy ${paths.join(' to ')}: ${error.message}`, { cause: error });
    }
    this.#before += bytes;
  }
}

/** Gives the copy its name; what had it makes way. */
async function swap({ trees }: DataWorld, { side }: SnapSetup, place: CopyPlace): Promise<void> {
  const { revision } = side;
  const { spot } = place;
  if (!place.copies) {
    // Users' data is made when the snap first runs for them.
    if (place.owner === 'system') await trees.mkdir(spot, revision, directoryMode);
    return;
  }
  const target = await trees.look(spot, revision);
  if (target !== undefined && target.identity === place.replaces) {
    await trees.rename(spot, revision, place.trash);
  }
  await trees.rename(spot, unfinishedName(revision), revision);
}

/** Those that were announced, and users who came since then. */
async function placesToUndo(world: DataWorld, setup: SnapSetup, job: CopyJob): Promise<CopyPlace[]> {
  if (setup.previous === setup.side.revision) return [];
  const known = new Set(job.places.map(keyOf));
  const users = await userPlaces(world, setup.instance);
  const newer = users.filter((place) => !known.has(keyOf(place)));
  return [
    ...job.places,
    ...newer.map((place) => ({ ...place, had: [], copies: false, trash: oldName(setup.side.revision) })),
  ];
}

async function undoPlace(world: DataWorld, { previous, side }: SnapSetup, place: CopyPlace): Promise<void> {
  const { trees } = world;
  const { spot, had, replaces, trash } = place;
  const { revision } = side;
  if (replaces !== undefined) await putBack(trees, spot, { name: revision, trash, identity: replaces });
  else if (!had.includes(revision)) await removeIfThere(world, place, revision);
  for (const name of [unfinishedName(revision), linksName(revision)]) await removeIfThere(world, place, name);
  // With a first installation goes all that it has brought; what is the system's was announced as made.
  if (previous !== undefined || place.owner === 'system') return;
  for (const name of [commonName, currentName]) if (!had.includes(name)) await removeIfThere(world, place, name);
  if (had.includes(placeItself)) return;
  await trees.rmdir({ base: spot.base, way: spot.way.slice(0, -1) }, spot.way.at(-1) ?? '');
}

/** Writes nothing where there is nothing, so that an undo costs users without this snap no sync. */
async function removeIfThere({ trees }: DataWorld, { spot }: CopyPlace, name: string): Promise<void> {
  if ((await trees.look(spot, name)) !== undefined) await trees.remove(spot, name);
}

/** The change is over. What made way is of no use any more, where it is what it was. */
async function emptyTrash(
  { trees }: DataWorld,
  { task }: TaskContext,
  { spot, replaces, trash, leftOver }: CopyPlace,
  revision: string,
): Promise<void> {
  if (task.status !== 'Done') return;
  const remove = async (name: string, identity: string | undefined) => {
    if (identity !== undefined && (await trees.look(spot, name))?.identity === identity) await trees.remove(spot, name);
  };
  await remove(trash, replaces);
  await remove(oldName(revision), leftOver);
}
