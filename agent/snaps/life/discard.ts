/**
 * discard-snap: a revision that does not run is unmounted, its file goes to the trash, and its record goes. Undone, it comes
 * back from there. Only when the whole change is over is it deleted.
 */
import { join } from 'node:path';
import { mountUnitOf, type Place } from '../../../images/snap/units/index.ts';
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { sequenceFileText } from '../record/file.ts';
import { isInstalled, type SnapRecord } from '../record/model.ts';
import { type Discarded, discarded, discardReversed } from '../record/transitions.ts';
import { setupOfTask, textOf } from './about.ts';
import { configsAfterDiscard, configsIn, configsNow, putConfigs } from './config.ts';
import { announceBefore, changedEntries, type Entries, pathOn, putBack, writeEntries } from './entries.ts';
import { noInhibitEntries } from './linked-files.ts';
import { removeMountPoint } from './mount-snap.ts';
import { noMountEntries } from './mount-unit.ts';
import { blobFileOf, mountPointOf, sequenceFileOf } from './places.ts';
import { startUnit, stopUnit } from './unit-jobs.ts';
import type { LifeWorld } from './world.ts';

export function discardHandlers(world: LifeWorld): Handlers {
  return { 'discard-snap': undoingItself(discardSnap(world)) };
}

const discardedKey = 'discarded';
const configKey = 'old-config';

function discardSnap(world: LifeWorld): TaskHandler {
  const { disk, layout, records, configs, systemd } = world;
  const trashOf = (place: Place, { task }: TaskContext) => join(layout.snaps, `.trash-${task.id}-${blobFileOf(place)}`);
  const blobOf = (place: Place) => join(layout.snaps, blobFileOf(place));
  return {
    inside: true,
    async do(context) {
      const place = placeOfTask(context);
      const { instance, revision } = place;
      const record = records.get(instance);
      if (record === undefined) return { kind: 'done' };
      const step = discarded(record, revision);
      if (step.inverse === undefined) return { kind: 'done' };
      if ((await world.bootSet?.uses(place)) === true) {
        return { kind: 'done', note: `revision ${revision} stays: the device may boot it` };
      }
      const isLast = !isInstalled(step.record);
      const entries = entriesAfter(place, step.record);
      const before = await announceBefore(world, context, Object.keys(entries));
      await stopUnit(systemd, mountUnitOf(place));
      await writeEntries(world, changedEntries(before, entries));
      await systemd.reload();
      await removeMountPoint(world, place);
      const trash = trashOf(place, context);
      if ((await disk.stat(blobOf(place))) !== undefined) await disk.rename(blobOf(place), trash);
      const documents = configsAfterDiscard(configs, instance, revision, isLast);
      return {
        kind: 'done',
        data: { [discardedKey]: step.inverse, [configKey]: configsNow(configs, documents) },
        commit: (sql) => {
          if (step.record === undefined) records.removeIn(sql, instance);
          else records.putIn(sql, step.record);
          putConfigs(configs, sql, documents);
        },
      };
    },
    async undo(context) {
      const place = placeOfTask(context);
      const trash = trashOf(place, context);
      if ((await disk.stat(trash)) !== undefined) await disk.rename(trash, blobOf(place));
      if (context.task.data['before'] !== undefined) {
        await disk.mkdir(pathOn(world, mountPointOf(place)));
        await putBack(world, context);
        await systemd.reload();
        await startUnit(systemd, mountUnitOf(place));
      }
      const inverse = discardedIn(context.task.data[discardedKey]);
      if (inverse === undefined) return undefined;
      const record = records.get(place.instance);
      return {
        kind: 'done',
        commit: (sql) => {
          records.putIn(sql, discardReversed(record, inverse));
          putConfigs(configs, sql, configsIn(context.task.data[configKey]));
        },
      };
    },
    async cleanup(context) {
      const place = placeOfTask(context);
      // Undone, or never done: the file is in its place.
      if (context.task.status !== 'Done' || context.task.data[discardedKey] === undefined) return;
      await disk.remove(trashOf(place, context));
      // The same revision may have come again since then.
      if ((await disk.stat(blobOf(place))) === undefined) await disk.remove(join(layout.digests, blobFileOf(place)));
    },
  };
}

function placeOfTask(context: TaskContext): Place {
  return { instance: setupOfTask(context).instance, revision: textOf(context, 'revision') };
}

function entriesAfter(place: Place, record: SnapRecord | undefined): Entries {
  const { instance } = place;
  const sequence = sequenceFileOf(instance);
  if (record === undefined) return { ...noMountEntries(place), [sequence]: null, ...noInhibitEntries(instance) };
  return { ...noMountEntries(place), [sequence]: { text: sequenceFileText(record) } };
}

function discardedIn(value: unknown): Discarded | undefined {
  return isDiscarded(value) ? value : undefined;
}

function isDiscarded(value: unknown): value is Discarded {
  return typeof value === 'object' && value !== null && 'place' in value && 'side' in value && 'before' in value;
}
