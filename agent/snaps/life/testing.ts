/**
 * For tests: a device in a directory with real small snaps, the real engine, records and disk, and a systemd that reads the unit
 * files there. It can be killed at any durable write and started again.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parseSnapInfo } from '../../../images/snap/index.ts';
import { mountUnitOf } from '../../../images/snap/units/index.ts';
import { type Layout, layoutUnder } from '../../boot/layout.ts';
import { Changes } from '../../engine/changes.ts';
import type { Handlers } from '../../engine/handler.ts';
import type { Change } from '../../engine/model.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { changesTables, graphColumns } from '../../engine/rows.ts';
import { Runner } from '../../engine/runner.ts';
import { FakeClock } from '../../system/clock-fake.ts';
import { type Database, openDatabase } from '../../system/database.ts';
import { realDisk } from '../../system/disk-real.ts';
import type { DurableWrite, WriteWitness } from '../../system/durable.ts';
import { native } from '../../system/native/native.ts';
import type { SnapFile } from '../plan/install.ts';
import { viewOf } from '../plan/testing.ts';
import type { PlanView } from '../plan/view.ts';
import { newRecord } from '../record/model.ts';
import { recordTables, SnapRecords } from '../record/store.ts';
import { prepareFolders } from './folders.ts';
import { lifeHandlers } from './handlers.ts';
import { mountedInFiles } from './mounted.ts';
import { otherHandlers } from './testing-data.ts';
import { UnitFileSystemd } from './testing-systemd.ts';
import type { ConfigDocument, HookEnd, HookRun, LifeWorld, SnapConfigs } from './world.ts';

interface Teardown {
  teardown(end: () => unknown): void;
}

/** The power, as a test has it. Once it is cut, no write of this life of the daemon is done any more. */
export interface Power {
  /** Asked before each moment of a durable write; true cuts the power there. */
  cutAt?: (write: DurableWrite, moment: string) => boolean;
  /** Asked before each durable write of a file; what it returns is thrown. */
  fail?: (write: DurableWrite) => Error | undefined;
}

export class PowerCut extends Error {}

export interface Life {
  readonly world: LifeWorld;
  readonly records: SnapRecords;
  readonly changes: Changes;
  readonly runner: Runner;
  readonly clock: FakeClock;
  readonly commits: string[];
  /** Sets a snap's configuration. */
  configure(name: string, document: ConfigDocument): void;
  readonly wasCut: () => boolean;
  /** Starts a change and takes it to its end. */
  run(plan: ChangePlan): Promise<Change>;
  /** The same, while time passes. */
  runLong(plan: ChangePlan): Promise<Change>;
  view(scene?: Parameters<typeof viewOf>[0]): PlanView;
}

export interface LifeOptions {
  readonly power?: Power;
  readonly world?: Partial<LifeWorld>;
  /** In the place of those there are, or beside them. */
  readonly handlers?: (known: Handlers, world: LifeWorld) => Handlers;
}

export interface TestDevice {
  readonly root: string;
  readonly layout: Layout;
  readonly systemd: UnitFileSystemd;
  readonly hooks: HookRun[];
  /** What hooks answer. */
  onHook: (run: HookRun) => HookEnd;
  /** Kills the daemon that runs, and starts another one. */
  start(options?: LifeOptions): Promise<Life>;
  /** A file as it was uploaded. */
  upload(yaml: string, more?: SnapOptions): Promise<SnapFile>;
  /** All that a change that failed must leave as it was. */
  picture(): Promise<Picture>;
}

export interface Picture {
  readonly files: Readonly<Record<string, string>>;
  /** Units that are active, or have failed. */
  readonly units: readonly string[];
  readonly tables: Readonly<Record<string, unknown>>;
}

export interface SnapOptions {
  readonly signed?: { readonly snapId: string; readonly revision: string };
  readonly files?: Readonly<Record<string, string>>;
}

const configTable = 'CREATE TABLE config (name TEXT PRIMARY KEY, document TEXT NOT NULL)';
const bases: readonly string[] = ['core22'];

/** In memory where the machine has that: a test syncs thousands of times. */
const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export async function testDevice(t: Teardown): Promise<TestDevice> {
  const directory = await mkdtemp(join(fastFolder, 'holdfast-life-'));
  const root = join(directory, 'root');
  const layout = layoutUnder(root);
  await mkdir(layout.snaps, { recursive: true });
  await mkdir(layout.digests, { recursive: true });
  const systemd = new UnitFileSystemd(root);
  let last: Database | undefined;
  t.teardown(async () => {
    await last?.close();
    await rm(directory, { recursive: true, force: true });
  });
  const device: TestDevice = {
    ...{ root, layout, systemd, hooks: [] },
    onHook: () => ({ problem: undefined, output: [] }),
    async start(options = {}) {
      await last?.close();
      const started = await startLife(device, join(directory, 'db'), options);
      last = started.database;
      return started.life;
    },
    upload: (yaml, more) => upload(directory, layout, yaml, more),
    async picture() {
      if (last === undefined) throw new Error('nothing was started');
      return { files: treeOf(root), units: systemd.active(), tables: tablesOf(last) };
    },
  };
  return device;
}

async function startLife(device: TestDevice, path: string, { power = {}, ...options }: LifeOptions) {
  const { layout, systemd } = device;
  const commits: string[] = [];
  let isCut = false;
  const witness: WriteWitness = (write, moment) => {
    if (write.op === 'commit' && moment === 'before') commits.push(write.path);
    isCut ||= power.cutAt?.(write, moment) === true;
    if (isCut) throw new PowerCut('the power is cut');
  };
  const database = await openDatabase(path, { onWrite: witness });
  database.migrate([
    { version: 1, statements: changesTables },
    { version: 2, statements: graphColumns },
    { version: 3, statements: [...recordTables, configTable] },
  ]);
  commits.length = 0;
  const clock = new FakeClock({ monotonicMs: 1000, wallMs: Date.UTC(2026, 0, 1) });
  const records = new SnapRecords(database);
  for (const base of bases.filter((name) => records.get(name) === undefined)) {
    const sequence = [{ name: base, snapId: `${base}-id`, revision: '1' }];
    records.put({ ...newRecord(base, 'base'), sequence, current: '1', active: true });
  }
  const changes = new Changes(database, () => new Date(clock.wallMs()));
  const disk = failing(realDisk(native(), witness), power);
  const world: LifeWorld = {
    ...{ layout, disk, clock, records, architecture: 'amd64' },
    configs: configsIn(database),
    systemd: systemd.whileAlive(() => !isCut),
    mounted: mountedInFiles(layout, async (place) => systemd.isActive(mountUnitOf(place))),
    openChanges: () => changes.open(),
    running: async () => undefined,
    runHook: async (run) => {
      device.hooks.push(run);
      return device.onHook(run);
    },
    ...options.world,
  };
  await prepareFolders(world);
  const known: Handlers = { ...lifeHandlers(world), ...otherHandlers(world, witness) };
  const handlers = options.handlers?.(known, world) ?? known;
  const runner = new Runner(changes, { handlers, clock, bootId: 'boot-1' });
  const life: Life = {
    ...{ world, records, changes, runner, clock, commits, wasCut: () => isCut },
    configure: (name, document) => database.transaction('configure', (sql) => world.configs.put(sql, name, document)),
    async run(plan) {
      const { id } = await runner.start(plan);
      await runner.run(id);
      const change = changes.get(id);
      if (change === undefined) throw new Error('the change is gone');
      return change;
    },
    async runLong(plan) {
      let isOver = false;
      const running = life.run(plan).finally(() => {
        isOver = true;
      });
      while (!isOver) await clock.advance(1000);
      return running;
    },
    view(scene = {}) {
      const view = viewOf({ snaps: records.all(), ...scene });
      return {
        ...view,
        facts: (instance, revision) => factsOf(layout, instance, revision) ?? view.facts(instance, revision),
      };
    },
  };
  return { life, database };
}

/** Facts of test snaps: all the same but for what their names say. */
function factsOf(layout: Layout, instance: string, revision: string) {
  const yaml = yamls.get(join(layout.snaps, `${instance}_${revision}.snap`)) ?? yamls.get(`${instance}_${revision}`);
  return yaml === undefined ? undefined : parseSnapInfo(yaml);
}

const yamls = new Map<string, string>();

function failing<T extends object>(disk: T, power: Power): T {
  const ops: Readonly<Record<string, DurableWrite['op']>> = {
    ...{ replace: 'replace', swapSymlink: 'symlink', mkdir: 'mkdir', rename: 'rename' },
    ...{ remove: 'remove', writeStream: 'stream' },
  };
  return new Proxy(disk, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      const op = ops[String(name)];
      if (typeof value !== 'function') return value;
      if (op === undefined) return value.bind(target);
      return async (...args: unknown[]) => {
        const path = String(op === 'symlink' || op === 'rename' ? args[1] : args[0]);
        const error = power.fail?.({ op, path });
        if (error !== undefined) throw error;
        return Reflect.apply(value, target, args);
      };
    },
  });
}

function configsIn(database: Database): SnapConfigs {
  return {
    read(name) {
      const row = database.get<{ document: string }>('SELECT document FROM config WHERE name = ?', name);
      return row === undefined ? {} : (JSON.parse(row.document) as ConfigDocument);
    },
    put(sql, name, document) {
      sql.run('DELETE FROM config WHERE name = ?', name);
      if (Object.keys(document).length === 0) return;
      sql.run('INSERT INTO config (name, document) VALUES (?, ?)', name, JSON.stringify(document));
    },
  };
}

const built = new Map<string, string>();
let uploads = 0;

async function upload(
  directory: string,
  layout: Layout,
  yaml: string,
  { signed, files = {} }: SnapOptions = {},
): Promise<SnapFile> {
  const key = JSON.stringify([directory, yaml, files]);
  const packed = built.get(key) ?? (await packSnap(directory, yaml, files));
  built.set(key, packed);
  const path = join(layout.snaps, `.local-install-${++uploads}`);
  await cp(packed, path);
  const bytes = readFileSync(packed);
  const info = parseSnapInfo(yaml);
  yamls.set(`${info.name}_${signed?.revision ?? 'x1'}`, yaml);
  return {
    ...{ path, title: `${info.name}.snap`, size: bytes.length, facts: info },
    sha256: sha256(bytes),
    ...(signed === undefined ? {} : { signed }),
  };
}

async function packSnap(directory: string, yaml: string, files: Readonly<Record<string, string>>): Promise<string> {
  const tree = await mkdtemp(join(directory, 'tree-'));
  for (const [name, text] of Object.entries({ 'meta/snap.yaml': yaml, ...files })) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await writeFile(join(tree, name), text);
    if (name.startsWith('meta/hooks/') || name.startsWith('bin/')) await chmod(join(tree, name), 0o755);
  }
  const flags = ['-noappend', '-quiet', '-no-progress', '-comp', 'gzip', '-processors', '1', '-all-root'];
  // The same snap each time, whenever it is made.
  const times = ['-all-time', '1', '-mkfs-time', '1'];
  await promisify(execFile)('mksquashfs', [tree, `${tree}.snap`, ...flags, ...times]);
  return `${tree}.snap`;
}

/** Why a change failed: the kind of the task, and what it says. */
export function errorOf({ tasks }: Change): string {
  const failed = tasks.find(({ status }) => status === 'Error');
  return failed === undefined ? '' : `${failed.kind}: ${failed.log.at(-1)?.replace(/^\S+ ERROR /, '')}`;
}

/** Every file: its mode and content; links: where they lead. Files of the trash go by a name without their task. */
export function treeOf(root: string): Readonly<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(root, name);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    const shown = name.replace(/\.trash-\d+/, '.trash');
    if (stat.isSymbolicLink()) tree[shown] = `-> ${readlinkSync(path)}`;
    else if (stat.isDirectory()) tree[shown] = `/ ${mode}`;
    else if (name.includes('/snaps/')) tree[shown] = `${mode} ${sha256(readFileSync(path))}`;
    else tree[shown] = `${mode} ${readFileSync(path, 'utf8')}`;
  }
  return tree;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const passing: ReadonlySet<string> = new Set(['changes', 'tasks', 'sqlite_sequence', 'schema_reader']);

/** All rows of all tables but those of changes; what is JSON by its value. */
function tablesOf(database: Database): Readonly<Record<string, unknown>> {
  const names = database.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  const tables = names.filter(({ name }) => !passing.has(name));
  return Object.fromEntries(
    tables.map(({ name }) => [
      name,
      database.all(`SELECT * FROM ${name} ORDER BY 1`).map((row) => {
        return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, parsed(value)]));
      }),
    ]),
  );
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  return JSON.parse(value);
}
