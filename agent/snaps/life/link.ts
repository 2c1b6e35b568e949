/**
 * link-snap: the revision is found and runs from now on. Its files come first, then what boots, and last its record in the
 * commit in which the task is done. Undone, record, configuration and files are as they were.
 */
import { dirname } from 'node:path';
import type { Place } from '../../../images/snap/units/index.ts';
import type { Handlers, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { SnapsError } from '../error.ts';
import { linkingOf, type SnapSetup } from '../plan/setup.ts';
import { sequenceFileText } from '../record/file.ts';
import { linked, linkReversed } from '../record/link.ts';
import type { SnapRecord } from '../record/model.ts';
import { changed, type Step } from '../record/step.ts';
import { inverseOf, placeOfSetup, recordsStep, setupOfTask, together } from './about.ts';
import { configsAfterLink, configsIn, configsNow, putConfigs } from './config.ts';
import { announceBefore, changedEntries, type Entries, pathOn, putBack, removeEmpty, writeEntries } from './entries.ts';
import { launchEntries, linkedEntries, uninhibitedEntries } from './linked-files.ts';
import { dataFolderOf, sequenceFileOf, snapFolderOf } from './places.ts';
import type { LifeWorld } from './world.ts';

export function linkHandlers(world: LifeWorld): Handlers {
  return { 'link-snap': undoingItself(linkSnap(world)) };
}

const configKey = 'old-config';
const foldersKey = 'new-folders';

function linkSnap(world: LifeWorld): TaskHandler {
  const { records, configs, systemd } = world;
  return {
    inside: true,
    async do(context) {
      const setup = setupOfTask(context);
      const { instance } = setup;
      const place = placeOfSetup(setup);
      const mounted = await world.mounted.read(place);
      if (mounted === undefined) {
        throw new SnapsError('damaged', `cannot read info for "${instance}" snap`, { snap: instance });
      }
      const record = records.get(instance);
      const step = stepOf(world, setup, record);
      const entries: Entries = {
        ...(await launchEntries(world, mounted, place, step.record.flags)),
        ...linkedEntries(mounted.info, place),
        [sequenceFileOf(instance)]: { text: sequenceFileText(step.record) },
        ...(await uninhibitedEntries(world, instance)),
      };
      const folders = await missingFolders(world, place);
      const before = await announceBefore(world, context, Object.keys(entries), { [foldersKey]: folders });
      for (const folder of folders.toReversed()) await world.disk.mkdir(pathOn(world, folder));
      await writeEntries(world, changedEntries(before, entries));
      await systemd.reload();
      const armed = (await world.bootSet?.arm(context, setup)) ?? { kind: 'done' };
      const own = recordsStep(world, step);
      const documents = configsAfterLink(configs, setup, record?.current);
      return together(armed, {
        data: { ...own.data, [configKey]: configsNow(configs, documents) },
        commit: (sql) => {
          own.commit?.(sql);
          putConfigs(configs, sql, documents);
        },
      });
    },
    async undo(context) {
      const setup = setupOfTask(context);
      const { instance } = setup;
      const disarmed = (await world.bootSet?.disarm(context, setup)) ?? { kind: 'done' };
      if (await putBack(world, context)) await systemd.reload();
      for (const folder of foldersIn(context.task.data[foldersKey])) await removeEmpty(world, folder);
      const record = records.get(instance);
      const inverse = inverseOf(context);
      if (record === undefined || inverse === undefined) return disarmed;
      const before = linkReversed(record, inverse);
      return together(disarmed, {
        commit: (sql) => {
          if (before === undefined) records.removeIn(sql, instance);
          else records.putIn(sql, before);
          putConfigs(configs, sql, configsIn(context.task.data[configKey]));
        },
      });
    },
  };
}

/**
 * Folders of the snap that are not there yet, the innermost first: what an image came with was never mounted, and no data was
 * copied for it.
 */
async function missingFolders(world: LifeWorld, place: Place): Promise<string[]> {
  const data = dataFolderOf(place);
  const missing: string[] = [];
  for (const path of [data, dirname(data), snapFolderOf(place.instance)]) {
    if ((await world.disk.stat(pathOn(world, path))) === undefined) missing.push(path);
  }
  return missing;
}

function foldersIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((path) => typeof path === 'string') : [];
}

/** Enabling moves nothing in the sequence. */
function stepOf({ clock }: LifeWorld, setup: SnapSetup, record: SnapRecord | undefined): Step {
  if (setup.operation === 'enable' && record !== undefined) return changed(record, { active: true });
  return linked(record, linkingOf(setup), new Date(clock.wallMs()));
}
