/** remove-aliases, set-auto-aliases, setup-aliases: the links of aliases go, the record is brought up to date, the links come. */
import type { DoResult, Handlers, Recorded, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import type { SnapRecord } from '../record/model.ts';
import { changed, reversed } from '../record/step.ts';
import { aliasesSet } from '../record/transitions.ts';
import { currentPlace, inverseOf, placeOfSetup, recordOf, recordsStep, setupOfTask } from './about.ts';
import { aliasEntries, checkAliases, effectiveAliases, withAutoAliases } from './aliases.ts';
import { type Entries, exchange, putBack, readEntries } from './entries.ts';
import { binFolder } from './places.ts';
import type { LifeWorld } from './world.ts';

export function aliasHandlers(world: LifeWorld): Handlers {
  return {
    'remove-aliases': undoingItself(removeAliases(world)),
    'set-auto-aliases': setAutoAliases(world),
    'setup-aliases': undoingItself(setupAliases(world)),
  };
}

function removeAliases(world: LifeWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const record = recordOf(world, setupOfTask(context).instance);
      const entries = await linksThere(world, record);
      await exchange(world, context, entries);
      if (record.aliasesPending || effectiveAliases(record).size === 0) return { kind: 'done' };
      return { kind: 'done', ...recordsStep(world, changed(record, { aliasesPending: true })) };
    },
    undo: (context) => backAgain(world, context),
  };
}

/** The links of its aliases that lead to this snap, and not to what somebody else has put there. */
async function linksThere(world: LifeWorld, record: SnapRecord): Promise<Entries> {
  const { instance } = record;
  const names = [...effectiveAliases(record).keys()].map((alias) => `${binFolder}/${alias}`);
  const there = Object.entries(await readEntries(world, names)).filter(([, entry]) => {
    if (entry === null || !('link' in entry)) return false;
    return entry.link === instance || entry.link.startsWith(`${instance}.`);
  });
  return Object.fromEntries(there.map(([path]) => [path, null]));
}

function setAutoAliases(world: LifeWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const setup = setupOfTask(context);
      const record = recordOf(world, setup.instance);
      const mounted = await world.mounted.read(placeOfSetup(setup));
      if (mounted === undefined) return { kind: 'done' };
      const aliases = withAutoAliases(record, world.autoAliases?.(setup.instance) ?? {}, mounted.info);
      const autoAliasesDisabled = record.autoAliasesDisabled || setup.unaliased === true;
      const step = aliasesSet(record, { aliases, autoAliasesDisabled, aliasesPending: record.aliasesPending });
      checkAliases(step.record, world.records.all());
      if (JSON.stringify(step.record) === JSON.stringify(record)) return { kind: 'done' };
      return { kind: 'done', ...recordsStep(world, step) };
    },
    undo: async (context) => recordBack(world, context),
  };
}

function setupAliases(world: LifeWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      const { instance } = setupOfTask(context);
      const record = recordOf(world, instance);
      const place = currentPlace(world, instance);
      const mounted = place === undefined ? undefined : await world.mounted.read(place);
      if (mounted === undefined) return { kind: 'done' };
      checkAliases(record, world.records.all());
      await exchange(world, context, aliasEntries(record, mounted.info));
      if (!record.aliasesPending) return { kind: 'done' };
      return { kind: 'done', ...recordsStep(world, changed(record, { aliasesPending: false })) };
    },
    undo: (context) => backAgain(world, context),
  };
}

async function backAgain(world: LifeWorld, context: TaskContext): Promise<DoResult> {
  await putBack(world, context);
  return recordBack(world, context);
}

function recordBack({ records }: LifeWorld, context: TaskContext): { readonly kind: 'done' } & Recorded {
  const inverse = inverseOf(context);
  const record = records.get(setupOfTask(context).instance);
  if (inverse === undefined || record === undefined) return { kind: 'done' };
  return { kind: 'done', commit: (sql) => records.putIn(sql, reversed(record, inverse)) };
}
