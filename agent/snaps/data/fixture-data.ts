/** For tests: a device in a directory with data of snaps, and changes about them that can be rehearsed. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Rehearsal } from '../../engine/fixture-rehearsal.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { changesTables, graphColumns } from '../../engine/rows.ts';
import { openDatabase } from '../../system/database.ts';
import type { WriteWitness } from '../../system/durable.ts';
import { PowerCut } from '../../system/power.ts';
import { type CallHook, hookedCalls, localTrees, pictureOf } from '../../system/tree/fixture-trees.ts';
import { unfinishedName } from '../../system/tree/work.ts';
import { type SnapSetup, setupKey } from '../plan/setup.ts';
import { newRecord, type SnapRecord } from '../record/model.ts';
import { recordTables, SnapRecords } from '../record/store.ts';
import { dataHandlers } from './handlers.ts';
import type { DataWorld } from './world.ts';

interface Teardown {
  teardown(end: () => unknown): void;
}

export interface DataScene {
  /** Makes what is there at first. */
  readonly fill: (root: string) => void;
  /** Installed snaps. */
  readonly records?: readonly SnapRecord[];
  readonly tasks: ChangePlan['tasks'];
  readonly hook?: CallHook;
  readonly world?: Partial<DataWorld>;
}

export interface DataRehearsal extends Rehearsal {
  readonly root: string;
}

/** A database costs time to make; each run starts with a copy of one. */
export async function dataRehearsal(t: Teardown, scene: DataScene): Promise<DataRehearsal> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-data-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const root = join(directory, 'root');
  const seed = join(directory, 'seed');
  const path = join(directory, 'db');
  const template = join(directory, 'template');
  const made = await openDatabase(template);
  made.migrate([
    { version: 1, statements: changesTables },
    { version: 2, statements: graphColumns },
    { version: 3, statements: recordTables },
  ]);
  for (const record of scene.records ?? []) new SnapRecords(made).put(record);
  await made.close();
  for (const folder of ['var/snap', 'home/alice/snap', 'home/bob', 'root/snap', 'var/lib/snapd/save']) {
    mkdirSync(join(seed, folder), { recursive: true });
  }
  scene.fill(seed);
  const plan: ChangePlan = { kind: 'refresh-snap', summary: '...', data: {}, tasks: scene.tasks };
  return {
    root,
    async fresh() {
      rmSync(root, { recursive: true, force: true });
      cpSync(seed, root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      rmSync(`${path}-shm`, { force: true });
      for (const suffix of ['', '-wal']) await copyFile(`${template}${suffix}`, `${path}${suffix}`);
    },
    async start(onWrite) {
      const database = await openDatabase(path, { onWrite, sync: async () => {} });
      const trees = localTrees(hookedCalls(unsynced(scene.hook)), torn(onWrite));
      const records = new SnapRecords(database);
      const world: DataWorld = { root, trees, records, hasSave: async () => false, ...scene.world };
      return { database, handlers: dataHandlers(world), plan: async () => plan, stop: () => database.close() };
    },
    async look() {
      return pictureOf(root, { times: false });
    },
  };
}

/** What is written here has to outlive a process, not a machine. */
function unsynced(hook: CallHook = () => undefined): CallHook {
  return (call, ...args) => hook(call, ...args) ?? (call === 'fsync' || call === 'syncfs' ? 'done' : undefined);
}

/** Makes files of these texts, with the directories above them. */
export function put(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Where the power goes while a tree is copied, part of it is there; the names tell which come first. */
function torn(onWrite: WriteWitness): WriteWitness {
  return (write, moment) => {
    try {
      onWrite(write, moment);
    } catch (error) {
      if (error instanceof PowerCut && write.op === 'copy' && moment === 'inside') {
        const copy = join(write.path, '..', unfinishedName(write.path.split('/').at(-1) ?? ''));
        const names = existsSync(copy) ? readdirSync(copy) : [];
        for (const name of names.slice(Math.floor(names.length / 2))) rmSync(join(copy, name), { recursive: true });
      }
      throw error;
    }
  };
}

export function setupTo(revision: string, previous: string | undefined, instance = 'app'): SnapSetup {
  const name = instance.split('_')[0] ?? '';
  return {
    ...{ operation: previous === undefined ? 'install' : 'refresh', instance, side: { name, snapId: 'id', revision } },
    ...{ type: 'app', version: '1', epoch: { read: [0], write: [0] }, flags: {}, source: { kind: 'present' } },
    ...(previous === undefined ? {} : { previous }),
  };
}

export function copyTask(
  revision: string,
  previous: string | undefined,
  instance = 'app',
): ChangePlan['tasks'][number] {
  const data = { snap: instance, [setupKey]: setupTo(revision, previous, instance) };
  return { kind: 'copy-snap-data', summary: 'Copy', data };
}

export function clearTask(revision: string, instance = 'app'): ChangePlan['tasks'][number] {
  const data = { snap: instance, revision, [setupKey]: setupTo(revision, revision, instance) };
  return { kind: 'clear-snap', summary: 'Clear', data };
}

export function recordWith(instance: string, ...revisions: readonly string[]): SnapRecord {
  const sequence = revisions.map((revision) => ({ name: instance.split('_')[0] ?? '', snapId: 'id', revision }));
  const current = revisions.at(-1);
  return { ...newRecord(instance, 'app'), sequence, active: true, ...(current === undefined ? {} : { current }) };
}
