/** Looks at what there is before data is copied. Changes nothing. */
import { DiskError } from '../../system/disk-error.ts';
import type { SnapSetup } from '../plan/setup.ts';
import type { CopyJob, CopyPlace, MadeName } from './copy-job.ts';
import {
  commonName,
  currentName,
  homesUnder,
  oldName,
  type Place,
  placeItself,
  saveSpot,
  snapNameOf,
  systemPlace,
  systemSpot,
  trashName,
  userPlace,
} from './places.ts';
import type { DataWorld } from './world.ts';

/**
 * @param task its number
 * @param skip told of each user whose data is out of reach, as it is behind a symlink
 */
export async function survey(
  world: DataWorld,
  task: number,
  setup: SnapSetup,
  skip: (why: string) => void,
): Promise<CopyJob> {
  const places = [];
  for (const place of [systemPlace(world.root, setup.instance), ...(await userPlaces(world, setup.instance))]) {
    const surveyed = await inReach(() => surveyPlace(world, task, place, setup), place, skip);
    if (surveyed !== undefined) places.push(surveyed);
  }
  return { places, made: await missing(world, setup.instance) };
}

export async function userPlaces({ root }: Pick<DataWorld, 'root'>, instance: string): Promise<Place[]> {
  return (await homesUnder(root)).map((home) => userPlace(home, instance));
}

/** A user may lead nowhere; where the system's own data is behind a symlink, something is wrong. */
export async function inReach<T>(
  look: () => Promise<T>,
  place: Place,
  skip: (why: string) => void,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (place.owner === 'system' || !(error instanceof DiskError) || error.code !== 'wrong-kind') throw error;
    skip(error.message);
    return undefined;
  }
}

async function surveyPlace(
  { trees }: DataWorld,
  task: number,
  place: Place,
  setup: SnapSetup,
): Promise<CopyPlace | undefined> {
  const { previous, side } = setup;
  if (previous === side.revision) return undefined;
  const target = await trees.look(place.spot, side.revision);
  const had: string[] = [];
  for (const name of [placeItself, side.revision, commonName, currentName]) {
    if ((await trees.look(place.spot, name)) !== undefined) had.push(name);
  }
  const source = previous === undefined ? undefined : await trees.look(place.spot, previous);
  const copies = source !== undefined;
  if (!copies || target === undefined) return { ...place, had, copies, trash: oldName(side.revision) };
  const replacing = { ...place, had, copies, replaces: target.identity };
  const leftOver = await trees.look(place.spot, oldName(side.revision));
  if (leftOver === undefined) return { ...replacing, trash: oldName(side.revision) };
  return { ...replacing, trash: trashName(oldName(side.revision), task), leftOver: leftOver.identity };
}

async function missing({ root, trees, hasSave }: DataWorld, instance: string): Promise<MadeName[]> {
  const made: MadeName[] = [];
  const add = async (name: MadeName, spot: typeof system, directory: string) => {
    if ((await trees.look(spot, directory)) === undefined) made.push(name);
  };
  const system = systemSpot(root);
  const name = snapNameOf(instance);
  if (name !== instance) await add('snap', system, name);
  await add('instance', system, instance);
  await add('common', systemPlace(root, instance).spot, commonName);
  if (!(await hasSave())) return made;
  const save = saveSpot(root);
  await add('save-snaps', { base: save.base, way: [] }, 'snap');
  await add('save', save, instance);
  return made;
}
