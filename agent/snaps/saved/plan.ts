/** Plans of changes of saved snapshots: save, restore, check, forget. Pure; texts are snapd's. */
import { canRead, formatEpoch } from '../../../images/snap/index.ts';
import type { Change } from '../../engine/model.ts';
import type { ChangePlan, NewTask } from '../../engine/plan.ts';
import { checkNoConflict } from '../plan/check-free.ts';
import { installedSnap } from '../plan/installed.ts';
import { changeData } from '../plan/targets.ts';
import type { PlanView } from '../plan/view.ts';
import { quoted } from '../plan/words.ts';
import { isInstalled, sideInfoOf } from '../record/model.ts';
import { SavedError } from './error.ts';
import { checkExcludes } from './exclude.ts';
import { checkSetFree, setKey } from './set-conflict.ts';
import { chosenFiles, type SavedFile, type SavedSet } from './sets.ts';

export interface SavedView extends Pick<PlanView, 'records' | 'conflict'> {
  readonly sets: readonly SavedSet[];
  /** The changes that are not over. */
  readonly open: readonly Change[];
  /** Sets that are being exported now. */
  readonly exporting: ReadonlySet<number>;
}

export interface SaveSnapsRequest {
  /** All active ones where there are none. */
  readonly names: readonly string[];
  readonly users?: readonly string[];
  /** By snap: what is left out beside what the snap itself leaves out. */
  readonly exclude?: Readonly<Record<string, readonly string[]>>;
  /** The number that the set gets. */
  readonly set: number;
}

export interface SetRequest {
  readonly set: number;
  /** All of the set where there are none. */
  readonly snaps?: readonly string[];
  readonly users?: readonly string[];
}

/** The key of a task's data with the file that it reads, or moves away. */
export const fileKey = 'snapshot-file';

/** @throws SnapsError, SavedError, and nothing has changed */
export function planSave(view: Pick<SavedView, 'records' | 'conflict'>, request: SaveSnapsRequest): ChangePlan {
  const { set, users = [], exclude = {} } = request;
  const names = request.names.length > 0 ? [...new Set(request.names)] : activeSnaps(view);
  for (const name of names) installedSnap(view, name);
  for (const name of names) checkNoConflict(view, name);
  for (const [name, paths] of Object.entries(exclude)) {
    if (!names.includes(name)) {
      throw new SavedError('bad-request', `cannot use snapshot-options for snap "${name}" that is not listed in snaps`);
    }
    checkExcludes(paths);
  }
  return {
    kind: 'snapshot-snap',
    summary: request.names.length === 0 ? 'Snapshot all snaps' : `Snapshot snaps ${quoted(names)}`,
    data: changeData(names),
    tasks: names.map((name) => ({
      kind: 'save-snapshot',
      summary: `Save data of snap "${name}" in snapshot set #${set}`,
      data: {
        ...{ snap: name, 'affected-snaps': [name], [setKey]: set },
        ...(users.length === 0 ? {} : { users }),
        ...(exclude[name] === undefined ? {} : { exclude: exclude[name] }),
      },
    })),
  };
}

function activeSnaps({ records }: Pick<SavedView, 'records'>): string[] {
  return [...records.values()]
    .filter(({ active }) => active)
    .map(({ instance }) => instance)
    .sort();
}

/** @throws SnapsError, SavedError, and nothing has changed */
export function planRestore(view: SavedView, request: SetRequest): ChangePlan {
  const { set, users = [] } = request;
  const files = chosen(view, request);
  for (const { name } of files) checkNoConflict(view, name.snap);
  checkSetFree(view.open, set, ['forget-snapshot']);
  for (const file of files) checkFits(view, file);
  const tasks = files.map(({ name, file }) => {
    const record = view.records.get(name.snap);
    return {
      kind: 'restore-snapshot',
      summary: `Restore data of snap "${name.snap}" from snapshot set #${set}`,
      data: {
        ...{ snap: name.snap, [setKey]: set, [fileKey]: file },
        ...(users.length === 0 ? {} : { users }),
        ...(isInstalled(record) && record.current !== undefined ? { current: record.current } : {}),
      },
    };
  });
  const cleanup: NewTask = {
    kind: 'cleanup-after-restore',
    summary: `Cleanup after restore from snapshot set #${set}`,
    data: { snap: files[0]?.name.snap ?? '', [setKey]: set },
  };
  return planOf('restore', request, files, [...tasks, cleanup]);
}

/** The snap that is there can read what was saved of it, or none is. */
function checkFits({ records }: SavedView, { name, snapshot, broken }: SavedFile): void {
  const { snap } = name;
  if (snapshot === undefined) throw new SavedError('damaged', `cannot restore snapshot for "${snap}": ${broken}`);
  const record = records.get(snap);
  if (!isInstalled(record)) return;
  const why = (text: string) =>
    new SavedError('incompatible', `cannot restore snapshot for "${snap}": current snap ${text}`);
  if (!canRead(record.epoch, snapshot.epoch)) {
    throw why(`(epoch ${formatEpoch(record.epoch)}) cannot read snapshot data (epoch ${formatEpoch(snapshot.epoch)})`);
  }
  const snapId = sideInfoOf(record, record.current)?.snapId ?? '';
  if (snapId !== '' && snapshot.snapId !== '' && snapId !== snapshot.snapId) {
    throw why(`(ID ${snapId.slice(0, 7)}…) does not match snapshot (ID ${snapshot.snapId.slice(0, 7)}…)`);
  }
}

/** @throws SavedError, and nothing has changed */
export function planCheck(view: SavedView, request: SetRequest): ChangePlan {
  checkSetFree(view.open, request.set, ['forget-snapshot']);
  return planOnFiles('check', 'Check data of', view, request);
}

/** @throws SavedError, and nothing has changed */
export function planForget(view: SavedView, request: SetRequest): ChangePlan {
  const { set, users = [] } = request;
  if (users.length > 0) throw new SavedError('bad-request', 'snapshot "forget" operation cannot specify users');
  checkSetFree(view.open, set, ['check-snapshot', 'restore-snapshot']);
  if (view.exporting.has(set)) {
    const text = `cannot operate on snapshot set #${set} while operation export-snapshot is in progress`;
    throw new SavedError('conflict', text);
  }
  return planOnFiles('forget', 'Drop data of', view, request);
}

/** They do nothing to the snap itself, so their tasks name none that others would have to keep away from. */
function planOnFiles(action: 'check' | 'forget', words: string, view: SavedView, request: SetRequest): ChangePlan {
  const { set, users = [] } = request;
  const files = chosen(view, request);
  const tasks = files.map(({ name, file }) => ({
    kind: `${action}-snapshot`,
    summary: `${words} snap "${name.snap}" ${action === 'check' ? 'in' : 'from'} snapshot set #${set}`,
    data: { [setKey]: set, [fileKey]: file, ...(users.length === 0 ? {} : { users }) },
  }));
  return planOf(action, request, files, tasks);
}

function chosen({ sets }: SavedView, { set, snaps = [] }: SetRequest): readonly SavedFile[] {
  return chosenFiles(sets, set, snaps);
}

function planOf(
  action: 'restore' | 'check' | 'forget',
  { set, snaps = [], users = [] }: SetRequest,
  files: readonly SavedFile[],
  tasks: readonly NewTask[],
): ChangePlan {
  const word = `${action.slice(0, 1).toUpperCase()}${action.slice(1)}`;
  const forSnaps = snaps.length === 0 ? '' : ` for snaps ${quoted(snaps)}`;
  const forUsers = users.length === 0 ? '' : ` for users ${quoted(users)}`;
  return {
    kind: `${action}-snapshot`,
    summary: `${word} of snapshot set #${set}${forSnaps}${forUsers}`,
    data: changeData([...new Set(files.map(({ name }) => name.snap))]),
    tasks,
  };
}
