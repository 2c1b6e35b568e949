/** Removing snaps, or one revision of a snap (`snaps.md` §9.5; vectors E1-E17). Pure; texts are snapd's. */
import { checkInstanceName } from '../../../images/snap/index.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { SnapsError } from '../error.ts';
import { isInstalled, placeOf, type SnapRecord, sideInfoOf } from '../record/model.ts';
import { checkNoConflict, checkSpace } from './check-free.ts';
import { chained, type Draft, draft, listed, waitFor } from './draft.ts';
import { setupOf } from './enable.ts';
import { byType } from './essential.ts';
import { hookTask } from './hooks.ts';
import { installedSnap } from './installed.ts';
import { basesOf, whyNotRemovable } from './removable.ts';
import { setupKey } from './setup.ts';
import { dropTasks } from './snap-tasks.ts';
import { changeData } from './targets.ts';
import type { PlanView } from './view.ts';
import { quoted } from './words.ts';

export interface RemoveRequest {
  readonly names: readonly string[];
  /** Only with one name. */
  readonly revision?: string;
  /** Without saving its data first. */
  readonly purge?: boolean;
  /** Ends its running programs. */
  readonly terminate?: boolean;
  /** The number of the snapshot set in which data is saved. */
  readonly snapshotSet: number;
}

/** @throws SnapsError, and nothing has changed */
export function planRemove(view: PlanView, request: RemoveRequest): ChangePlan {
  const names = [...new Set(request.names)];
  const [only] = names;
  if (only === undefined) throw new SnapsError('bad-request', 'cannot remove zero snaps');
  if (names.length > 1) checkNames(names);
  if (names.length === 1) installedSnap(view, only);
  // Of several, those that are gone already are as they should be.
  const records = names.flatMap((name) => {
    const record = view.records.get(name);
    return isInstalled(record) ? [record] : [];
  });
  const instances = new Set(records.map(({ instance }) => instance));
  const ordered = records.toSorted(byType);
  const removals = ordered.map((record) => removalOf(view, request, record, instances));
  waitForUsers(view, removals);
  if (removals.length > 1)
    for (const [place, { tasks }] of removals.entries()) for (const task of tasks) task.lane = place + 1;
  const saved = removals.filter(({ tasks }) => tasks.some(({ kind }) => kind === 'save-snapshot'));
  const needed = saved.reduce((sum, { record }) => sum + view.snapshotSize(record.instance), 0);
  checkSpace(view, 'remove', names, needed);
  return {
    kind: 'remove-snap',
    summary:
      request.names.length === 1
        ? `Remove "${only}" snap`
        : `Remove snap${names.length === 1 ? '' : 's'} ${quoted(names)}`,
    data: changeData([...instances]),
    tasks: listed(removals.flatMap(({ tasks }) => tasks)),
  };
}

interface Removal {
  readonly record: SnapRecord;
  readonly tasks: readonly Draft[];
}

function removalOf(view: PlanView, request: RemoveRequest, record: SnapRecord, removals: ReadonlySet<string>): Removal {
  const { instance } = record;
  checkNoConflict(view, instance);
  const revision = revisionToRemove(record, request.revision);
  const why = whyNotRemovable(view, record, revision, removals);
  if (why !== undefined) {
    throw new SnapsError('not-removable', `snap "${instance}" is not removable: ${why}`, { snap: instance });
  }
  if (revision === undefined) return { record, tasks: chained(wholeSnap(view, request, record)) };
  if (request.terminate === true) {
    throw new SnapsError('bad-request', 'cannot terminate running apps unless all revisions are removed', {
      snap: instance,
    });
  }
  return { record, tasks: chained(withSetup(record, dropTasks(instance, revision))) };
}

/** The revision to remove alone; `undefined` where all of the snap goes. */
function revisionToRemove(record: SnapRecord, asked: string | undefined): string | undefined {
  const { instance, sequence, current, active } = record;
  if (asked === undefined) return undefined;
  const isOneOfMany = sequence.length > 1;
  if (active && isOneOfMany && asked === current) {
    const text = `cannot remove active revision ${asked} of snap "${instance}" (revert first?)`;
    throw new SnapsError('bad-request', text, { snap: instance });
  }
  if (placeOf(record, asked) < 0) {
    throw new SnapsError('not-installed', `revision ${asked} of snap "${instance}" is not installed`, {
      snap: instance,
    });
  }
  return isOneOfMany ? asked : undefined;
}

function wholeSnap(view: PlanView, request: RemoveRequest, record: SnapRecord): Draft[] {
  const { instance, type, current, active } = record;
  const task = (kind: string, summary: string, data: Draft['data'] = {}) =>
    draft(kind, summary, { snap: instance, ...data });
  const savesData = type === 'app' && request.purge !== true && view.options.automaticSnapshots;
  const others = record.sequence.map(({ revision }) => revision).filter((revision) => revision !== current);
  return withSetup(record, [
    ...(active ? [task('stop-snap-services', `Stop snap "${instance}" services`, { 'stop-reason': 'remove' })] : []),
    hookTask('remove', instance),
    task('auto-disconnect', `Disconnect interfaces of snap "${instance}"`),
    ...(request.terminate === true
      ? [task('kill-snap-apps', `Kill running snap "${instance}" apps`, { 'kill-reason': 'remove' })]
      : []),
    ...(savesData ? [saveTask(instance, request.snapshotSet)] : []),
    ...(active
      ? [
          task('remove-aliases', `Remove aliases for snap "${instance}"`, { 'remove-reason': 'remove' }),
          task('unlink-snap', `Make snap "${instance}" unavailable to the system`, { 'unlink-reason': 'remove' }),
          task('remove-profiles', `Remove security profile for snap "${instance}" (${current})`),
        ]
      : []),
    // The current one last: with it goes what all revisions share.
    ...[...others.toReversed(), ...(current === undefined ? [] : [current])].flatMap((revision) =>
      dropTasks(instance, revision),
    ),
  ]);
}

/** Clients of the API ask this task which snaps it is about. */
function saveTask(instance: string, set: number): Draft {
  const summary = `Save data of snap "${instance}" in automatic snapshot set #${set}`;
  return draft('save-snapshot', summary, {
    snap: instance,
    'affected-snaps': [instance],
    'snapshot-set': set,
    automatic: true,
  });
}

function withSetup(record: SnapRecord, tasks: Draft[]): Draft[] {
  const [first] = tasks;
  const side = sideInfoOf(record, record.current);
  if (first !== undefined && side !== undefined)
    first.data = { ...first.data, [setupKey]: setupOf(record, 'remove', side) };
  return tasks;
}

/** A base goes after all that need it. */
function waitForUsers(view: PlanView, removals: readonly Removal[]): void {
  for (const { record, tasks } of removals) {
    if (record.type !== 'app' && record.type !== 'gadget') continue;
    const bases = record.sequence.flatMap(({ revision }) => basesOf(view, record.instance, revision));
    for (const base of removals) {
      if (bases.includes(base.record.instance)) waitFor(base.tasks[0], tasks.at(-1));
    }
  }
}

function checkNames(names: readonly string[]): void {
  const invalid = names.filter((name) => {
    try {
      checkInstanceName(name);
      return false;
    } catch {
      return true;
    }
  });
  if (invalid.length > 0)
    throw new SnapsError('bad-request', `cannot remove invalid snap names: ${invalid.join(', ')}`);
}
