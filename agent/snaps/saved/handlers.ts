/** The tasks of saved snapshots. Kinds are snapd's. */
import { join } from 'node:path';
import type { Handlers, TaskContext, TaskHandler } from '../../engine/handler.ts';
import { undoingItself } from '../../engine/own-undo.ts';
import { textOf, textsOf } from '../life/about.ts';
import type { ConfigDocument } from '../life/world.ts';
import { SavedError } from './error.ts';
import { usualRetention } from './expiry.ts';
import { parseFileName } from './file-name.ts';
import { fileKey } from './plan.ts';
import { checkSnapshot, type OpenSnapshot, openSnapshot } from './read.ts';
import { type Before, dropOld, lookBefore, placesOf, type RestoreRequest, restoreData, revertData } from './restore.ts';
import { setKey } from './set-conflict.ts';
import { savedNames } from './sets.ts';
import { type SavedWorld, snapshotFolder } from './world.ts';
import { fileOfRequest, type SaveRequest, writeSnapshot } from './write.ts';

export function savedHandlers(world: SavedWorld): Handlers {
  return {
    'save-snapshot': undoingItself(saveSnapshot(world)),
    'restore-snapshot': undoingItself(restoreSnapshot(world)),
    'check-snapshot': checkSnapshotTask(world),
    'forget-snapshot': undoingItself(forgetSnapshot(world)),
    // What was put aside goes when the whole change is over, which is after this.
    'cleanup-after-restore': { inside: true, do: async () => ({ kind: 'done' }) },
  };
}

function setOf({ task }: TaskContext): number {
  const set = task.data[setKey];
  if (typeof set === 'number') return set;
  throw new SavedError('internal', `cannot go on with task ${task.id}: it names no snapshot set`);
}

/** @throws SavedError `internal` where the task names no file of the set */
function pathOf(world: SavedWorld, context: TaskContext): string {
  const file = textOf(context, fileKey);
  if (parseFileName(file)?.set !== setOf(context)) {
    throw new SavedError('internal', `cannot go on with task ${context.task.id}: it names no snapshot`);
  }
  return join(snapshotFolder(world), file);
}

function usersOf(context: TaskContext): readonly string[] {
  return textsOf(context, 'users') ?? [];
}

function saveSnapshot(world: SavedWorld): TaskHandler {
  const requestOf = (context: TaskContext): SaveRequest => {
    const exclude = textsOf(context, 'exclude');
    return {
      ...{ set: setOf(context), snap: textOf(context, 'snap'), users: usersOf(context) },
      ...(exclude === undefined ? {} : { exclude }),
    };
  };
  return {
    async do(context) {
      const request = requestOf(context);
      await context.announce({ [fileKey]: fileOfRequest(world, request) });
      await writeSnapshot(world, request, { signal: context.signal, note: (text) => context.log('INFO', text) });
      if (context.task.data['automatic'] !== true) return { kind: 'done' };
      const expiry = new Date(world.clock.wallMs() + (world.automaticRetention() ?? usualRetention));
      return { kind: 'done', commit: (sql) => world.sets.putExpiry(sql, request.set, expiry) };
    },
    async undo(context) {
      if (textOf(context, fileKey) !== '') await world.disk.remove(pathOf(world, context));
      const set = setOf(context);
      const isLast = (await savedNames(world)).every((name) => name.set !== set);
      return isLast ? { kind: 'done', commit: (sql) => world.sets.putExpiry(sql, set, undefined) } : undefined;
    },
  };
}

const beforeKey = 'restore-state';
const configKey = 'old-config';

function restoreSnapshot(world: SavedWorld): TaskHandler {
  const requestOf = (context: TaskContext, open?: OpenSnapshot): RestoreRequest => ({
    revision:
      textOf(context, 'current') ||
      (open?.snapshot.revision ?? parseFileName(textOf(context, fileKey))?.revision ?? ''),
    users: usersOf(context),
    id: String(context.task.id),
    signal: context.signal,
    note: (text) => context.log('INFO', text),
  });
  const revert = async (context: TaskContext) => {
    const before = beforeIn(context);
    if (before !== undefined) await revertData(world, textOf(context, 'snap'), before, requestOf(context));
  };
  return {
    async do(context) {
      using open = await openSnapshot(pathOf(world, context));
      const { snap, conf = {} } = open.snapshot;
      const request = requestOf(context, open);
      // It may have been cut short.
      await revert(context);
      const places = await placesOf(world, open, request);
      await context.announce({ [beforeKey]: await lookBefore(places, request.revision) });
      await restoreData(world, open, places, request);
      return {
        kind: 'done',
        data: { [configKey]: world.configs.read(snap) },
        commit: (sql) => world.configs.put(sql, snap, conf),
      };
    },
    async undo(context) {
      await revert(context);
      const config = context.task.data[configKey];
      if (!isConfig(config)) return undefined;
      return { kind: 'done', commit: (sql) => world.configs.put(sql, textOf(context, 'snap'), config) };
    },
    async cleanup(context) {
      const before = beforeIn(context);
      if (context.task.status !== 'Done' || before === undefined) return;
      await dropOld(world, textOf(context, 'snap'), before, requestOf(context));
    },
  };
}

function beforeIn({ task }: TaskContext): readonly Before[] | undefined {
  const value = task.data[beforeKey];
  return Array.isArray(value) ? value.filter(isBefore) : undefined;
}

function isBefore(value: unknown): value is Before {
  return typeof value === 'object' && value !== null && 'archive' in value && 'missing' in value && 'absent' in value;
}

function isConfig(value: unknown): value is ConfigDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkSnapshotTask(world: SavedWorld): TaskHandler {
  return {
    inside: true,
    async do(context) {
      using open = await openSnapshot(pathOf(world, context));
      await checkSnapshot(open, usersOf(context), context.signal);
      return { kind: 'done' };
    },
  };
}

const expiryKey = 'old-expiry';

function forgetSnapshot(world: SavedWorld): TaskHandler {
  const { disk, sets } = world;
  const trashOf = (context: TaskContext) => `${pathOf(world, context)}.~${context.task.id}~`;
  return {
    async do(context) {
      const path = pathOf(world, context);
      if ((await disk.stat(path)) !== undefined) await disk.rename(path, trashOf(context));
      else if ((await disk.stat(trashOf(context))) === undefined) {
        throw new SavedError('no-set', `cannot forget snapshot: ${textOf(context, fileKey)} is not there`);
      }
      const set = setOf(context);
      const isLast = (await savedNames(world)).every((name) => name.set !== set);
      const expiry = sets.expiryOf(set);
      if (!isLast || expiry === undefined) return { kind: 'done' };
      return {
        kind: 'done',
        data: { [expiryKey]: expiry.toISOString() },
        commit: (sql) => sets.putExpiry(sql, set, undefined),
      };
    },
    async undo(context) {
      const trash = trashOf(context);
      if ((await disk.stat(trash)) !== undefined) await disk.rename(trash, pathOf(world, context));
      const expiry = textOf(context, expiryKey);
      if (expiry === '') return undefined;
      return { kind: 'done', commit: (sql) => sets.putExpiry(sql, setOf(context), new Date(expiry)) };
    },
    async cleanup(context) {
      if (context.task.status === 'Done') await disk.remove(trashOf(context));
    },
  };
}
