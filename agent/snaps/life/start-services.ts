/** start-snap-services: the services of the new revision are enabled and run; undone, they are as they were found. */
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import type { SnapRecord } from '../record/model.ts';
import { reversed } from '../record/step.ts';
import { servicesStopped } from '../record/transitions.ts';
import { inverseOf, placeOfSetup, recordOf, recordsStep, setupOfTask, textsOf } from './about.ts';
import { announceBefore, changedEntries, type Entries, putBack, readEntries, writeEntries } from './entries.ts';
import { enabledEntries, type Service, servicesOf, startsOf } from './services.ts';
import { forgetFailures, runs, startUnit, stopUnit, unitsInMemory } from './unit-jobs.ts';
import type { LifeWorld } from './world.ts';

export function startServicesHandlers(world: LifeWorld): Handlers {
  return { 'start-snap-services': undoingItself(startServices(world)) };
}

const startedKey = 'started-units';

function startServices(world: LifeWorld): TaskHandler {
  const { records, systemd } = world;
  return {
    inside: true,
    async do(context) {
      const setup = setupOfTask(context);
      const record = recordOf(world, setup.instance);
      const mounted = await world.mounted.read(placeOfSetup(setup));
      const services = mounted === undefined ? [] : servicesOf(mounted.info, setup.instance);
      const wanted = services.filter(({ app }) => isWanted(app, record, setup.operation === 'install'));
      await enable(world, context, wanted);
      for (const unit of textsOf(context, startedKey) ?? []) await startUnit(systemd, unit);
      const forgotten = stillUnknown(record, services);
      if (forgotten.length === record.disabledServices.length) return { kind: 'done' };
      return { kind: 'done', ...recordsStep(world, servicesStopped(record, forgotten)) };
    },
    async undo(context) {
      const { instance } = setupOfTask(context);
      for (const unit of (textsOf(context, startedKey) ?? []).toReversed()) {
        await stopUnit(systemd, unit).catch(({ message }: Error) => context.log('ERROR', message));
      }
      await putBack(world, context);
      const inverse = inverseOf(context);
      const record = records.get(instance);
      if (inverse === undefined || record === undefined) return undefined;
      return { kind: 'done', commit: (sql) => records.putIn(sql, reversed(record, inverse)) };
    },
  };
}

/** What somebody disabled stays so; a snap may ask for it when it comes. */
function isWanted(app: Service['app'], record: SnapRecord, isFirst: boolean): boolean {
  return !record.disabledServices.includes(app.name) && !(isFirst && app.installMode === 'disable');
}

/** Announces what is enabled and started, and enables it. */
async function enable(world: LifeWorld, context: TaskContext, wanted: readonly Service[]): Promise<void> {
  const entries: Entries = Object.assign({}, ...wanted.map(enabledEntries));
  const before = await readEntries(world, Object.keys(entries));
  const inMemory = await unitsInMemory(world.systemd, setupOfTask(context).instance);
  // Nobody's session is asked to start those of users: they start with the next one.
  const starts = wanted.filter(({ scope }) => scope === 'system').flatMap(startsOf);
  const idle = starts.filter((unit) => !runs(inMemory.get(unit)));
  if (textsOf(context, startedKey) === undefined) {
    if (idle.length === 0 && Object.keys(changedEntries(before, entries)).length === 0) return;
    await announceBefore(world, context, Object.keys(entries), { [startedKey]: idle });
    await forgetFailures(world.systemd, setupOfTask(context).instance);
  }
  await writeEntries(world, entries);
}

/** Disabled services that this revision has not: they may come back with another one. */
function stillUnknown(record: SnapRecord, services: readonly Service[]): readonly string[] {
  const present = new Set(services.map(({ app }) => app.name));
  return record.disabledServices.filter((name) => !present.has(name));
}
