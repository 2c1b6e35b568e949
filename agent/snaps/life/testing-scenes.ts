/** For tests: a small snap with everything that tasks look at, and the changes of its life. */
import type { ChangePlan, NewTask } from '../../engine/plan.ts';
import { planAliases } from '../plan/aliases.ts';
import { planDisable, planEnable } from '../plan/enable.ts';
import { planInstall } from '../plan/install.ts';
import { planRemove } from '../plan/remove.ts';
import { planRevert } from '../plan/revert.ts';
import { planSwitch } from '../plan/switch.ts';
import type { Life, SnapOptions, TestDevice } from './testing.ts';

/** The services depend on the version, so that revisions differ. */
export function demoYaml(version: string, more = ''): string {
  return `name: demo
version: '${version}'
summary: s
description: d
base: core22
confinement: devmode
apps:
  demo: {command: bin/demo}
  tool: {command: bin/tool}
  first: {command: bin/demo, daemon: simple}
  second: {command: bin/demo, daemon: simple, after: [first]}
  lasting: {command: bin/demo, daemon: simple, refresh-mode: endure}
  timed: {command: bin/demo, daemon: oneshot, timer: '00:00'}
  heard:
    command: bin/demo
    daemon: simple
    plugs: [network-bind]
    sockets: {web: {listen-stream: $SNAP_COMMON/web}}
  mine: {command: bin/demo, daemon: simple, daemon-scope: user}
${more}`;
}

/** Another snap, for what two want. */
export const otherYaml =
  "name: other\nversion: '1'\nsummary: s\ndescription: d\nbase: core22\napps: {tool: {command: bin/tool}}\n";

export const demoFiles = {
  'bin/demo': '#!/bin/sh\n',
  'bin/tool': '#!/bin/sh\n',
  'meta/hooks/configure': '#!/bin/sh\n',
  'meta/hooks/install': '#!/bin/sh\n',
};

/** One task more, which fails after all others of its lane. */
export function failingAfter(plan: ChangePlan, count = plan.tasks.length): ChangePlan {
  const tasks = plan.tasks.slice(0, count);
  const lanes = tasks.at(-1)?.lanes;
  const last: NewTask = {
    ...{ kind: 'fail', summary: 'Fail', waits: tasks.map((_, place) => place) },
    ...(lanes === undefined ? {} : { lanes }),
  };
  return { ...plan, tasks: [...tasks, last] };
}

export function signed(revision: number): SnapOptions {
  return { signed: { snapId: 'demo-id', revision: String(revision) }, files: demoFiles };
}

export async function installPlan(device: TestDevice, life: Life, revision: number, yaml = demoYaml(`1.${revision}`)) {
  const file = await device.upload(yaml, signed(revision));
  return planInstall(life.view(), { files: [file], dangerous: false, flags: { devmode: true }, channel: 'stable' });
}

export async function installRevisions(device: TestDevice, life: Life, revisions: readonly number[]): Promise<void> {
  for (const revision of revisions) {
    const change = await life.run(await installPlan(device, life, revision));
    const bad = change.tasks.find(({ status }) => status !== 'Done');
    if (bad !== undefined) throw new Error(`${bad.kind} is ${bad.status}: ${bad.log.join('; ')}`);
  }
}

export interface Scene {
  readonly title: string;
  /** Brings the device to where the change begins. */
  before(device: TestDevice, life: Life): Promise<void>;
  plan(device: TestDevice, life: Life): Promise<ChangePlan>;
}

/** Somebody has an alias, and has switched a service off. */
async function used(device: TestDevice, life: Life, revisions: readonly number[]): Promise<void> {
  await installRevisions(device, life, revisions);
  const record = life.records.get('demo');
  if (record === undefined) throw new Error('it is not installed');
  life.records.put({ ...record, aliases: { dm: { manual: 'tool' } } });
  const { disk, layout } = life.world;
  await disk.swapSymlink('demo.tool', `${layout.root}/snap/bin/dm`);
  await disk.remove(`${layout.root}/etc/systemd/system/multi-user.target.wants/snap.demo.second.service`);
  await device.systemd.stopUnit('snap.demo.second.service');
  life.records.put({ ...(life.records.get('demo') ?? record), refreshInhibitedTime: '2025-12-01T00:00:00.000Z' });
}

/** Both snaps want the alias `x`; the other one has it. */
async function contested(device: TestDevice, life: Life): Promise<void> {
  await used(device, life, [1]);
  const file = await device.upload(otherYaml, { signed: { snapId: 'other-id', revision: '1' } });
  await life.run(planInstall(life.view(), { files: [file], dangerous: false, flags: {} }));
  await life.run(planAliases(life.view(), { action: 'alias', name: 'other', app: 'tool', alias: 'x' }));
  const record = life.records.get('demo');
  if (record === undefined) throw new Error('it is not installed');
  const aliases = { ...record.aliases, x: { auto: 'tool' }, y: { auto: 'demo' } };
  life.records.put({ ...record, aliases, autoAliasesDisabled: true });
}

export const scenes: readonly Scene[] = [
  {
    title: 'install',
    before: async () => {},
    plan: (device, life) => installPlan(device, life, 1),
  },
  {
    title: 'refresh that drops a revision',
    before: (device, life) => used(device, life, [1, 2, 3]),
    plan: (device, life) => installPlan(device, life, 4),
  },
  {
    title: 'refresh to a revision that is there',
    before: (device, life) => used(device, life, [1, 2, 3]),
    plan: (device, life) => installPlan(device, life, 2),
  },
  {
    title: 'revert',
    before: (device, life) => used(device, life, [1, 2]),
    plan: async (_, life) => planRevert(life.view(), { name: 'demo' }),
  },
  {
    title: 'disable',
    before: (device, life) => used(device, life, [1, 2]),
    plan: async (_, life) => planDisable(life.view(), 'demo'),
  },
  {
    title: 'enable',
    async before(device, life) {
      await used(device, life, [1, 2]);
      await life.run(planRevert(life.view(), { name: 'demo' }));
      await life.run(planDisable(life.view(), 'demo'));
    },
    plan: async (_, life) => planEnable(life.view(), 'demo'),
  },
  {
    title: 'remove',
    before: (device, life) => used(device, life, [1, 2]),
    plan: async (_, life) => planRemove(life.view(), { names: ['demo'], snapshotSet: 1, terminate: true }),
  },
  {
    title: 'remove a disabled snap',
    async before(device, life) {
      await used(device, life, [1]);
      await life.run(planDisable(life.view(), 'demo'));
    },
    plan: async (_, life) => planRemove(life.view(), { names: ['demo'], snapshotSet: 1 }),
  },
  {
    title: 'remove one revision',
    before: (device, life) => used(device, life, [1, 2]),
    plan: async (_, life) => planRemove(life.view(), { names: ['demo'], revision: '1', snapshotSet: 1 }),
  },
  {
    title: 'switch',
    before: (device, life) => used(device, life, [1]),
    plan: async (_, life) => planSwitch(life.view(), { name: 'demo', channel: 'edge', cohort: 'some' }),
  },
  {
    title: 'alias',
    before: (device, life) => used(device, life, [1]),
    plan: async (_, life) => planAliases(life.view(), { action: 'alias', name: 'demo', app: 'demo', alias: 'dm' }),
  },
  {
    title: 'unalias',
    before: (device, life) => used(device, life, [1]),
    plan: async (_, life) => planAliases(life.view(), { action: 'unalias', name: '', alias: 'dm' }),
  },
  {
    title: 'unalias of a snap',
    before: (device, life) => used(device, life, [1]),
    plan: async (_, life) => planAliases(life.view(), { action: 'unalias', name: 'demo', alias: '' }),
  },
  {
    title: 'prefer',
    before: contested,
    plan: async (_, life) => planAliases(life.view(), { action: 'prefer', name: 'demo' }),
  },
];
