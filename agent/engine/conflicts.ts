/** Whether a new change would get in the way of one that is under way; snapd's rules and texts. Pure. */
import { snapKey } from './context.ts';
import type { Change, Task } from './model.ts';

export interface Conflict {
  /** The snap that both are about; `undefined` where the whole device is. */
  readonly snap: string | undefined;
  /** The kind and the id of the change that is under way. */
  readonly kind: string;
  readonly change: number;
  readonly message: string;
}

export interface ConflictRequest {
  /** Instance names of the snaps that the new change is about. */
  readonly snaps: readonly string[];
  /** The kind of the new change, where nothing else may be under way with it. */
  readonly exclusive?: string;
  /** A change whose own doing this is. */
  readonly from?: number;
}

export interface ConflictRules {
  /** The snaps that a task is about. */
  readonly snapsOf?: (task: Task, change: Change) => readonly string[];
  /** What a change that nothing may run beside is doing, such as `snapd downgrade`; `undefined` for all others. */
  readonly exclusiveWork?: (change: Change) => string | undefined;
}

/** What changes of these kinds do; nothing else may be begun meanwhile. */
const exclusiveWork: Readonly<Record<string, string>> = {
  'transition-ubuntu-core': 'ubuntu-core to core transition',
  'transition-to-snapd-snap': 'transition to snapd snap',
  remodel: 'remodeling',
  'create-recovery-system': 'creating recovery system',
  'remove-recovery-system': 'removing recovery system',
};

/** Kinds of changes that are about snaps, and in the way of nothing. */
const harmless: ReadonlySet<string> = new Set([
  ...['pre-download', 'become-operational', 'get-confdb', 'set-confdb'],
  ...['check-snapshot', 'forget-snapshot'],
]);

/** Under this name a task's data carries other snaps that it changes. */
export const affectedKey = 'affected-snaps';

/** The snap that a task is about by its own data, with others that it changes; or else those that its whole change is about. */
export function snapsOfTask(task: Task, change: Change): readonly string[] {
  const snap = task.data[snapKey];
  if (typeof snap === 'string') return [snap, ...textsIn(task.data[affectedKey])];
  const names = change.data['snap-names'];
  const isOwnGraph = change.tasks.some(({ data }) => data[snapKey] !== undefined);
  return isOwnGraph ? [] : textsIn(names);
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

/**
 * The first conflict with what is under way.
 * @param open the changes that are not over
 */
export function conflictOf(
  open: readonly Change[],
  request: ConflictRequest,
  rules: ConflictRules = {},
): Conflict | undefined {
  const others = open.filter(({ id }) => id !== request.from);
  for (const change of others) {
    const work = exclusiveWork[change.kind] ?? rules.exclusiveWork?.(change);
    const message =
      work !== undefined
        ? `${work} in progress, no other changes allowed until this is done`
        : `other changes in progress (conflicting change "${change.kind}"), change "${request.exclusive}" not allowed until they are done`;
    if (work !== undefined || request.exclusive !== undefined) {
      return { snap: undefined, kind: change.kind, change: change.id, message };
    }
  }
  return others.filter(({ kind }) => !harmless.has(kind)).flatMap((change) => snapConflict(change, request, rules))[0];
}

function snapConflict(
  change: Change,
  { snaps }: ConflictRequest,
  { snapsOf = snapsOfTask }: ConflictRules,
): Conflict[] {
  const snap = change.tasks.flatMap((task) => snapsOf(task, change)).find((name) => snaps.includes(name));
  if (snap === undefined) return [];
  return [{ snap, kind: change.kind, change: change.id, message: conflictText(snap, change.kind) }];
}

/** snapd's text; without a kind for a snap whose state moved while a change of it was planned. */
export function conflictText(snap: string, kind?: string): string {
  return kind === undefined
    ? `snap "${snap}" has changes in progress`
    : `snap "${snap}" has "${kind}" change in progress`;
}
