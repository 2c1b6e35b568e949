/** remove-aliases, set-auto-aliases, setup-aliases: the links of aliases go, the record is brought up to date, the links come. */
import type { Handlers, Recorded, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { checkAliases } from '../record/alias-conflicts.ts';
import { effectiveAliases, withAutoAliases } from '../record/aliases.ts';
import { changed } from '../record/step.ts';
import { aliasesSet } from '../record/transitions.ts';
import { currentPlace, inverseOf, placeOfSetup, recordOf, recordsStep, setupOfTask } from './about.ts';
import { aliasesBefore } from './alias-undo.ts';
import { aliasEntries, aliasOfPath, linksThere } from './aliases.ts';
import { exchange, putBack } from './entries.ts';
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
      const aliases = effectiveAliases(record);
      await exchange(world, context, await linksThere(world, record.instance, aliases.keys()));
      if (record.aliasesPending || aliases.size === 0) return { kind: 'done' };
      return { kind: 'done', ...recordsStep(world, changed(record, { aliasesPending: true })) };
    },
    async undo(context) {
      const record = world.records.get(setupOfTask(context).instance);
      const aliases = record === undefined ? new Map() : effectiveAliases(record);
      await putBack(world, context, (path) => aliases.has(aliasOfPath(path)));
      return recordBack(world, context);
    },
  };
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
    async undo(context) {
      await putBack(world, context);
      return recordBack(world, context);
    },
  };
}

function recordBack(world: LifeWorld, context: TaskContext): { readonly kind: 'done' } & Recorded {
  const inverse = inverseOf(context);
  if (inverse === undefined) return { kind: 'done' };
  const records = aliasesBefore(world, context, { [setupOfTask(context).instance]: inverse });
  return {
    kind: 'done',
    commit: (sql) => {
      for (const record of records) world.records.putIn(sql, record);
    },
  };
}
