/**
 * Installations that the agent before this one has begun: other kinds of tasks, and their data in the change. One whose trial
 * was started comes to its end here; one that had not got so far is taken back, and can be asked for again.
 */
import { join } from 'node:path';
import { cancel } from '../../../bootloader/protocol/index.ts';
import type { Layout } from '../../boot/layout.ts';
import type { Handlers, TaskHandler } from '../../engine/handler.ts';
import { type Change, type ChangeData, isReady, mapTasks, type Task } from '../../engine/model.ts';
import { failed } from '../../engine/outcome.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { waitEnded } from '../../engine/restart.ts';
import { gatheringName } from '../assets.ts';
import { SnapsError } from '../error.ts';
import { mayBoot } from './may-boot.ts';
import type { BootSetWorld } from './world.ts';

const armKind = 'arm-trial';
const waitKind = 'try-boot-set';

type EarlierWorld = Pick<BootSetWorld, 'disk' | 'env' | 'trials'> & {
  readonly layout: Pick<Layout, 'snaps' | 'digests' | 'bootPartition'>;
};

/** The file that the change installs, and where it was uploaded; `undefined` for all changes of this agent's own. */
export function earlierInstall({
  install,
}: ChangeData): { readonly file: string; readonly upload: string } | undefined {
  if (typeof install !== 'object' || install === null) return undefined;
  const { file, upload } = Object.assign({ file: undefined, upload: undefined }, install);
  return typeof file === 'string' && typeof upload === 'string' ? { file, upload } : undefined;
}

/** The task that had written the environment when it was done. */
export function earlierArming({ tasks }: Pick<Change, 'tasks'>): Task | undefined {
  return tasks.find(({ kind }) => kind === armKind);
}

/** The change once the end of its trial is known; unchanged where it knew that before. @param why it came back, if it did */
export function earlierEnded(change: Change, why: string | undefined, time: string): Change {
  const task = change.tasks.find(({ kind, status }) => kind === waitKind && status !== 'Done' && status !== 'Error');
  if (task === undefined) return change;
  // Steps before the trial that a cut left open are done: it could not have started without them.
  const reached = mapTasks(change, (other) =>
    other.id < task.id && !isReady(other.status) ? { ...other, status: 'Done' } : other,
  );
  if (why !== undefined) return failed(reached, task.id, why, time);
  return mapTasks(reached, (other) => (other.id === task.id ? waitEnded(other) : other));
}

export function earlierHandlers(world: EarlierWorld): Handlers {
  const { disk, layout } = world;
  const step = (undo: TaskHandler['undo']): TaskHandler =>
    undoingItself({
      async do({ task }) {
        throw new SnapsError(
          'damaged',
          `cannot go on with "${task.summary}": the agent was exchanged; install it again`,
        );
      },
      ...(undo === undefined ? {} : { undo }),
    });
  return {
    'place-snap': step(async ({ change }) => {
      const install = await unnamed(world, change.data);
      if (install === undefined) return undefined;
      for (const folder of [layout.snaps, layout.digests]) await disk.remove(join(folder, install.file));
      await disk.remove(install.upload);
      return undefined;
    }),
    'extract-assets': step(async ({ change }) => {
      const install = await unnamed(world, change.data);
      if (install === undefined) return undefined;
      const place = join(layout.bootPartition, install.file);
      for (const path of [gatheringName(place), place]) await disk.remove(path);
      return undefined;
    }),
    [armKind]: step(({ change }) => disarm(world, change)),
    [waitKind]: step(undefined),
    tidy: { inside: true, do: async () => ({ kind: 'done' }) },
  };
}

/** Undo must never take away what a copy of the environment would still boot. */
async function unnamed({ env }: EarlierWorld, data: ChangeData) {
  const install = earlierInstall(data);
  return install === undefined || (await mayBoot(env, install.file)) ? undefined : install;
}

async function disarm({ env, trials }: EarlierWorld, change: Change): Promise<undefined> {
  const file = earlierInstall(change.data)?.file ?? '';
  const { mode, trying } = await env.state();
  if (mode === 'try' && Object.values(trying).includes(file)) await env.change(cancel);
  const entry = trials.ofChange(change.id);
  if (entry === undefined) return;
  if (entry.what === undefined) trials.decide(entry.id, 'cancelled');
  trials.settle(entry.id);
}
