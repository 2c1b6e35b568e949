/** stop-snap-services: the programs of a snap end, and what was disabled is remembered; undone, they start again. */
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import type { SnapRecord } from '../record/model.ts';
import { reversed } from '../record/step.ts';
import { servicesStopped } from '../record/transitions.ts';
import { currentPlace, inverseOf, placeOfSetup, recordOf, recordsStep, setupOfTask, textOf, textsOf } from './about.ts';
import { readEntries } from './entries.ts';
import { enabledEntries, type Service, servicesOf } from './services.ts';
import { runs, startUnit, stopUnit, unitsInMemory } from './unit-jobs.ts';
import type { LifeWorld } from './world.ts';

export function stopServicesHandlers(world: LifeWorld): Handlers {
  return { 'stop-snap-services': undoingItself(stopServices(world)) };
}

const stoppedKey = 'stopped-units';
const disabledKey = 'disabled-services';

function stopServices(world: LifeWorld): TaskHandler {
  const { records, systemd } = world;
  return {
    inside: true,
    async do(context) {
      const { instance } = setupOfTask(context);
      const services = await currentServices(world, instance);
      const disabled = textsOf(context, disabledKey) ?? (await disabledNow(world, services));
      const stops = textsOf(context, stoppedKey) ?? (await unitsToStop(world, context, services));
      if (stops.length > 0 && textsOf(context, stoppedKey) === undefined) {
        await context.announce({ [stoppedKey]: stops, [disabledKey]: disabled });
      }
      for (const unit of stops) await stopUnit(systemd, unit);
      const record = recordOf(world, instance);
      const next = rememberedServices(record, services, disabled);
      if (next.join() === record.disabledServices.join()) return { kind: 'done' };
      return { kind: 'done', ...recordsStep(world, servicesStopped(record, next)) };
    },
    async undo(context) {
      const { instance } = setupOfTask(context);
      for (const unit of (textsOf(context, stoppedKey) ?? []).toReversed()) {
        // What does not come back is no reason to leave all else as it is.
        await startUnit(systemd, unit).catch(({ message }: Error) => context.log('ERROR', message));
      }
      const inverse = inverseOf(context);
      const record = records.get(instance);
      if (inverse === undefined || record === undefined) return undefined;
      return { kind: 'done', commit: (sql) => records.putIn(sql, reversed(record, inverse)) };
    },
  };
}

/** Of the revision that runs; none where it cannot be read. */
async function currentServices(world: LifeWorld, instance: string): Promise<readonly Service[]> {
  const place = currentPlace(world, instance);
  const mounted = place === undefined ? undefined : await world.mounted.read(place);
  return mounted === undefined ? [] : servicesOf(mounted.info, instance);
}

/** Names of services of which nothing starts at boot. */
async function disabledNow(world: LifeWorld, services: readonly Service[]): Promise<string[]> {
  const disabled: string[] = [];
  for (const service of services) {
    const links = Object.keys(enabledEntries(service));
    const there = await readEntries(world, links);
    if (links.length > 0 && links.every((link) => there[link] === null)) disabled.push(service.app.name);
  }
  return disabled;
}

/** A service that this revision has not may come back with another one, and is still disabled then. */
function rememberedServices(
  record: SnapRecord,
  services: readonly Service[],
  disabled: readonly string[],
): readonly string[] {
  const present = new Set(services.map(({ app }) => app.name));
  const others = record.disabledServices.filter((name) => !present.has(name));
  return [...new Set([...disabled, ...others])].toSorted();
}

/** What runs now and has to end, in this order: what would start a service before the service, the last started first. */
async function unitsToStop(
  world: LifeWorld,
  context: TaskContext,
  services: readonly Service[],
): Promise<readonly string[]> {
  const setup = setupOfTask(context);
  const inMemory = await unitsInMemory(world.systemd, setup.instance);
  const kept = new Set(textOf(context, 'stop-reason') === 'refresh' ? await enduring(world, context, services) : []);
  const known = services.toReversed().flatMap((service) => [...service.activators, service.unit]);
  // A snap that cannot be read has programs all the same.
  const others = [...inMemory.keys()].filter((unit) => /\.(service|socket|timer)$/.test(unit) && !known.includes(unit));
  return [...known, ...others].filter((unit) => runs(inMemory.get(unit)) && !kept.has(unit));
}

/** Units of services that a refresh leaves alone: those that want it so, and are services in the new revision, too. */
async function enduring(
  world: LifeWorld,
  context: TaskContext,
  services: readonly Service[],
): Promise<readonly string[]> {
  const setup = setupOfTask(context);
  const coming = await world.mounted.read(placeOfSetup(setup));
  const stay = new Set(coming === undefined ? [] : servicesOf(coming.info, setup.instance).map(({ app }) => app.name));
  return services
    .filter(({ app }) => app.refreshMode === 'endure' && stay.has(app.name))
    .flatMap(({ unit, activators }) => [unit, ...activators]);
}
