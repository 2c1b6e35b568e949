/** For tests: a device with the snaps that a test names, as plans see it. */
import type { SnapType } from '../../../images/snap/index.ts';
import type { ChangePlan, NewTask } from '../../engine/plan.ts';
import { newRecord, type SnapRecord } from '../record/model.ts';
import type { SnapFile } from './install.ts';
import type { Candidate } from './refresh.ts';
import type { DeviceView, PlanOptions, PlanView, SnapFacts } from './view.ts';

const noEpoch = { read: [0], write: [0] };

export function facts(name: string, more: Partial<SnapFacts> = {}): SnapFacts {
  const { type = 'app' } = more;
  return {
    ...{ name, type, version: '1.0', epoch: noEpoch, architectures: ['all'], assumes: [], confinement: 'strict' },
    ...more,
  };
}

/** An installed snap with these revisions; numbers are a store's. The last one is current where none is named. */
export function installed(
  instance: string,
  revisions: readonly (number | string)[],
  more: Partial<SnapRecord> & { readonly signed?: boolean } = {},
): SnapRecord {
  const { signed = true, ...fields } = more;
  const name = instance.split('_')[0] ?? instance;
  const sequence = revisions.map((revision) => ({
    ...{ name, revision: String(revision) },
    snapId: signed && typeof revision === 'number' ? `${name}-id` : '',
  }));
  const current = String(revisions.at(-1));
  return {
    ...newRecord(instance, fields.type ?? 'app'),
    ...{ sequence, current, active: true, tracking: 'latest/stable', version: '1.0' },
    ...fields,
  };
}

export interface Scene {
  readonly snaps?: readonly SnapRecord[];
  readonly device?: Partial<DeviceView>;
  readonly options?: Partial<PlanOptions>;
  /** Facts of installed revisions, where they are not the usual ones; by instance. */
  readonly facts?: Readonly<Record<string, Partial<SnapFacts>>>;
  readonly bootUsed?: readonly string[];
  readonly conflicts?: Readonly<Record<string, string>>;
  readonly running?: PlanView['running'];
  readonly free?: number;
}

export function viewOf(scene: Scene = {}): PlanView {
  const records = new Map((scene.snaps ?? []).map((record) => [record.instance, record]));
  return {
    records,
    device: {
      ...{ classic: false, architecture: 'arm64', runMode: true, driversTree: false },
      model: { kernel: 'pc-kernel', gadget: 'pc', base: 'core20' },
      slots: new Set(['kernel', 'base', 'gadget']),
      lacksIsa: (isa) => `isa "${isa}" is not known here`,
      ...scene.device,
    },
    options: {
      ...{ retain: undefined, parallelInstances: false, automaticSnapshots: true },
      checkDiskSpace: { install: false, refresh: false, remove: false },
      ...scene.options,
    },
    facts: (instance) => {
      const record = records.get(instance);
      const more = scene.facts?.[instance] ?? {};
      const base = record?.base === undefined ? {} : { base: record.base };
      return record === undefined
        ? undefined
        : facts(instance.split('_')[0] ?? '', { type: record.type, ...base, ...more });
    },
    nextLocalRevision: () => 'x1',
    isBootUsed: (instance, revision) => scene.bootUsed?.includes(`${instance}_${revision}`) === true,
    conflict: (instance) => {
      const changeKind = scene.conflicts?.[instance];
      return changeKind === undefined ? undefined : changeKind === '' ? {} : { changeKind };
    },
    running: scene.running ?? (() => undefined),
    free: scene.free ?? Number.POSITIVE_INFINITY,
    snapshotSize: () => 1000,
  };
}

/** A received file of a snap. */
export function file(name: string, more: Partial<SnapFacts> = {}, signed?: SnapFile['signed']): SnapFile {
  return {
    ...{ path: `/uploads/${name}`, title: `${name}.snap`, facts: facts(name, more), size: 4096 },
    ...(signed === undefined ? {} : { signed }),
  };
}

/** What a store offers. */
export function candidate(instance: string, revision: number, more: Partial<SnapFacts> = {}): Candidate {
  const name = instance.split('_')[0] ?? instance;
  return {
    ...{ instance, facts: facts(name, more), snapId: `${name}-id`, revision: String(revision) },
    ...{ size: 4096, download: { url: 'here' } },
  };
}

/** Kinds of tasks in the order of the list, hooks as `run-hook[install]`; of one snap where one is named. */
export function kinds({ tasks }: ChangePlan, snap?: string): string[] {
  const chosen = tasks.filter(({ data }) => snap === undefined || data?.['snap'] === snap);
  return chosen.map(({ kind, data }) => (kind === 'run-hook' ? `run-hook[${String(data?.['hook'])}]` : kind));
}

/** The tasks of a kind, and where they stand. */
export function findTasks(
  { tasks }: ChangePlan,
  kind: string,
  snap?: string,
): (NewTask & { readonly place: number })[] {
  return tasks.flatMap((task, place) =>
    task.kind === kind && (snap === undefined || task.data?.['snap'] === snap) ? [{ ...task, place }] : [],
  );
}

/** Places that a task comes after, directly or through others. */
export function comesAfter({ tasks }: ChangePlan, place: number): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (at: number): void => {
    for (const earlier of tasks[at]?.waits ?? (at === 0 ? [] : [at - 1])) {
      if (found.has(earlier)) continue;
      found.add(earlier);
      visit(earlier);
    }
  };
  visit(place);
  return found;
}

export const bootTypes: Readonly<Record<string, SnapType>> = { core20: 'base', pc: 'gadget', 'pc-kernel': 'kernel' };

/** A device as it leaves the factory: base, gadget and kernel at revision 1. */
export function bootSnaps(): SnapRecord[] {
  return Object.entries(bootTypes).map(([name, type]) => installed(name, [1], { type }));
}
