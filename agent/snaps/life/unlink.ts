/**
 * unlink-current-snap and unlink-snap: nobody finds the snap's programs any more. First they may not be started, then none may
 * be running, then the files by which they are found go. Undone, all is there again and runs as before.
 */
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { checkNotRunning } from '../plan/check-free.ts';
import { reversed } from '../record/step.ts';
import { unlinked } from '../record/transitions.ts';
import { currentPlace, inverseOf, recordOf, recordsStep, setupOfTask, textOf, together } from './about.ts';
import { announceBefore, changedEntries, type Entries, putBack, writeEntries } from './entries.ts';
import { inhibitedEntries, noLaunchEntries, unlinkedEntries } from './linked-files.ts';
import type { InhibitHint } from './places.ts';
import { forgetFailures } from './unit-jobs.ts';
import type { LifeWorld } from './world.ts';

export function unlinkHandlers(world: LifeWorld): Handlers {
  return {
    'unlink-current-snap': undoingItself(unlinkCurrent(world)),
    'unlink-snap': undoingItself(unlinkSnap(world)),
  };
}

function unlinkCurrent(world: LifeWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const setup = setupOfTask(context);
      // What starts the commands of all snaps stays to be found. So does the launch file: a service that runs through the
      // refresh, or is started in it, is started as what it was.
      const isTools = setup.type === 'snapd';
      const gone = isTools ? {} : await unlinkedEntries(world, setup.instance);
      await hide(world, context, 'refresh', gone, async () => {
        if (setup.ignoreRunning !== true) await refuseRunning(world, setup.instance);
      });
      return { kind: 'done', ...recordsStep(world, unlinked(recordOf(world, setup.instance))) };
    },
    async undo(context) {
      const done = await showAgain(world, context);
      const relinked = (await world.bootSet?.relinked(context, setupOfTask(context))) ?? { kind: 'done' };
      return together(relinked, done);
    },
  };
}

function unlinkSnap(world: LifeWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const { instance } = setupOfTask(context);
      const hint = textOf(context, 'unlink-reason') === 'disable' ? 'disable' : 'remove';
      const gone = { ...(await unlinkedEntries(world, instance)), ...(await noLaunchEntries(world, instance)) };
      await hide(world, context, hint, gone, async () => {});
      await world.systemd.reload();
      await forgetFailures(world.systemd, instance);
      return { kind: 'done', ...recordsStep(world, unlinked(recordOf(world, instance))) };
    },
    undo: async (context) => ({ kind: 'done', ...(await showAgain(world, context)) }),
  };
}

/** @param check runs once nothing can be started any more */
async function hide(
  world: LifeWorld,
  context: TaskContext,
  hint: InhibitHint,
  gone: Entries,
  check: () => Promise<void>,
): Promise<void> {
  const { instance } = setupOfTask(context);
  const inhibited = inhibitedEntries(instance, hint, currentPlace(world, instance)?.revision);
  const before = await announceBefore(world, context, [...Object.keys(inhibited), ...Object.keys(gone)]);
  await writeEntries(world, inhibited);
  await check();
  await writeEntries(world, changedEntries(before, gone));
}

/** @throws SnapsError `busy` */
async function refuseRunning(world: LifeWorld, instance: string): Promise<void> {
  const running = await world.running(instance);
  const place = currentPlace(world, instance);
  const apps = place === undefined ? undefined : (await world.mounted.read(place))?.info.apps;
  const counts = running?.apps.filter((name) => apps?.get(name)?.refreshMode !== 'ignore-running') ?? [];
  checkNotRunning({ running: () => (running === undefined ? undefined : { ...running, apps: counts }) }, instance);
}

async function showAgain(world: LifeWorld, context: TaskContext) {
  const { records, systemd } = world;
  if (await putBack(world, context)) await systemd.reload();
  const { instance } = setupOfTask(context);
  const inverse = inverseOf(context);
  const record = records.get(instance);
  if (inverse === undefined || record === undefined) return {};
  return { commit: (sql: Parameters<typeof records.putIn>[0]) => records.putIn(sql, reversed(record, inverse)) };
}
