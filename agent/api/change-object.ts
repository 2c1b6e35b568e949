/** A change as snapd's API shows it (`rest-api.md` §5.3). Pure. */
import { type Change, isReady, type Task } from '../engine/model.ts';
import { changeError, statusOf } from '../engine/status.ts';

/** What of a change's data, and of a task's, is for clients; all else are our own notes. */
const changeData = ['snap-names', 'snap-name', 'aliases-added', 'aliases-removed', 'refresh-failed', 'set-id'] as const;
const taskData = ['affected-snaps'] as const;

export function changeObject(change: Change) {
  const status = statusOf(change);
  const err = changeError(change.tasks);
  return {
    id: String(change.id),
    kind: change.kind,
    summary: change.summary,
    status,
    ready: isReady(status),
    ...(err === undefined ? {} : { err }),
    'spawn-time': change.spawnTime,
    ...(change.readyTime === undefined ? {} : { 'ready-time': change.readyTime }),
    tasks: change.tasks.map(taskObject),
    data: picked(change.data, changeData),
  };
}

function taskObject({ id, kind, summary, status, log, progress, spawnTime, readyTime, data }: Task) {
  const shown = picked(data, taskData);
  return {
    id: String(id),
    kind,
    summary,
    status,
    ...(log.length === 0 ? {} : { log }),
    progress,
    'spawn-time': spawnTime,
    ...(readyTime === undefined ? {} : { 'ready-time': readyTime }),
    ...(Object.keys(shown).length === 0 ? {} : { data: shown }),
  };
}

/** The snaps that a change is about, by its data. */
export function snapNamesOf({ data }: Pick<Change, 'data'>): readonly unknown[] {
  const names = data['snap-names'];
  return [...(Array.isArray(names) ? names : []), data['snap-name']];
}

function picked(data: Readonly<Record<string, unknown>>, keys: readonly string[]) {
  return Object.fromEntries(keys.flatMap((key) => (data[key] === undefined ? [] : [[key, data[key]]])));
}
