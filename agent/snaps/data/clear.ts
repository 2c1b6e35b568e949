/**
 * clear-snap: the data of one revision goes to the trash, and with the last revision also what all of them share (`snaps.md`
 * §11; vectors E1, E2, E19). It is renamed, so that it can be put back, and removed only when the change is over.
 */
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import type { TaskData } from '../../engine/model.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import type { Spot } from '../../system/tree/spot.ts';
import { setupIn } from '../plan/setup.ts';
import {
  commonName,
  currentName,
  oldName,
  type Place,
  saveSpot,
  snapNameOf,
  systemPlace,
  trashName,
} from './places.ts';
import { putBack } from './put-back.ts';
import { inReach, userPlaces } from './survey.ts';
import type { DataWorld } from './world.ts';

/** Something that goes, by its identity: a name alone does not say that it is still the same. */
interface Cleared extends Place {
  readonly name: string;
  readonly identity: string;
}

/** What is announced before anything is renamed. */
interface ClearJob {
  readonly cleared: readonly Cleared[];
  readonly isLast: boolean;
}

const jobKey = 'data-clear';

export function clearHandlers(world: DataWorld): Handlers {
  return { 'clear-snap': undoingItself(clearSnap(world)) };
}

function clearSnap(world: DataWorld): TaskHandler {
  const { trees } = world;
  return {
    async do(context) {
      let job = jobIn(context.task.data);
      if (job === undefined) {
        const target = targetOf(context);
        if ((await world.mayBoot?.(target)) === true) {
          return { kind: 'done', note: `data of revision ${target.revision} stays: the device may boot it` };
        }
        job = await surveyed(world, context);
        await context.announce({ [jobKey]: job });
      }
      for (const { spot, name, identity } of job.cleared) {
        if ((await trees.look(spot, name))?.identity !== identity) continue;
        await trees.rename(spot, name, trashName(name, context.task.id));
      }
      return { kind: 'done' };
    },
    async undo(context) {
      for (const { spot, name, identity } of jobIn(context.task.data)?.cleared.toReversed() ?? []) {
        await putBack(trees, spot, { name, trash: trashName(name, context.task.id), identity });
      }
      return undefined;
    },
    async cleanup(context) {
      const job = jobIn(context.task.data);
      if (job === undefined || context.task.status !== 'Done') return;
      for (const place of job.cleared) {
        await inReach(
          () => emptyTrash(world, context, place),
          place,
          () => {},
        );
      }
      if (job.isLast) await removeEmpty(world, context);
    },
  };
}

async function surveyed(world: DataWorld, context: TaskContext): Promise<ClearJob> {
  const { instance, revision } = targetOf(context);
  const record = world.records.get(instance);
  const isLast = record === undefined || record.sequence.every((side) => side.revision === revision);
  const cleared: Cleared[] = [];
  const add = async (place: Place, name: string) => {
    const skip = (why: string) => context.log('INFO', why);
    const found = await inReach(() => world.trees.look(place.spot, name), place, skip);
    // Users' own files of that name are theirs.
    if (found === undefined || (name === currentName && !found.isSymlink)) return;
    cleared.push({ ...place, name, identity: found.identity });
  };
  const shared = isLast ? [commonName] : [];
  for (const name of [revision, oldName(revision), ...shared]) await add(systemPlace(world.root, instance), name);
  const users = await userPlaces(world, instance);
  for (const place of users) {
    for (const name of [revision, oldName(revision), ...shared, ...(isLast ? [currentName] : [])])
      await add(place, name);
  }
  if (isLast) await add({ owner: 'system', spot: saveSpot(world.root) }, instance);
  return { cleared, isLast };
}

async function emptyTrash({ trees }: DataWorld, { task }: TaskContext, { spot, name }: Cleared): Promise<void> {
  const trash = trashName(name, task.id);
  if ((await trees.look(spot, trash)) !== undefined) await trees.remove(spot, trash);
}

/** The snap is gone. So are the directories that it had, where they are empty and no other instance needs them. */
async function removeEmpty(world: DataWorld, context: TaskContext): Promise<void> {
  const { root, records } = world;
  const { instance } = targetOf(context);
  const name = snapNameOf(instance);
  const inUse = new Set(records.all().flatMap((record) => [record.instance, snapNameOf(record.instance)]));
  for (const gone of new Set([instance, name])) {
    if (inUse.has(gone)) continue;
    for (const place of [...(await userPlaces(world, gone)), systemPlace(root, gone)]) {
      await inReach(
        () => removeEmptyPlace(world, place),
        place,
        () => {},
      );
    }
  }
}

async function removeEmptyPlace({ trees }: DataWorld, { spot }: Place): Promise<void> {
  const parent: Spot = { base: spot.base, way: spot.way.slice(0, -1) };
  const name = spot.way.at(-1) ?? '';
  if ((await trees.look(parent, name)) !== undefined) await trees.rmdir(parent, name);
}

function targetOf(context: TaskContext): { readonly instance: string; readonly revision: string } {
  const { revision } = context.task.data;
  const { instance } = setupIn(context.setupOf());
  if (typeof revision === 'string') return { instance, revision };
  throw new Error(`cannot clear data of snap "${instance}": the task names no revision`);
}

function jobIn(data: TaskData): ClearJob | undefined {
  const job = data[jobKey];
  return isJob(job) ? job : undefined;
}

function isJob(value: unknown): value is ClearJob {
  return typeof value === 'object' && value !== null && 'cleared' in value && 'isLast' in value;
}
