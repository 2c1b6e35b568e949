/** For tests: changes of the lives of snaps on a whole device, and all that one that failed must leave as it was. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBootState } from '../bootloader/protocol/index.ts';
import { type Layout, layoutUnder } from './boot/layout.ts';
import { planRequest, type SnapRequest } from './device/request.ts';
import type { Change } from './engine/model.ts';
import type { ChangePlan } from './engine/plan.ts';
import { changeStatus } from './engine/status.ts';
import { makeDevice, makeSnap, readMedium, type SnapOptions } from './fixture.ts';
import { type MachineOptions, systemdOf, TestMachine } from './fixture-machine.ts';
import { demoFiles, demoYaml } from './snaps/life/testing-scenes.ts';
import type { UnitFileSystemd } from './snaps/life/testing-systemd.ts';

/** In memory where the machine has that: each change syncs dozens of times. */
const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

interface Teardown {
  teardown(end: () => unknown): void;
}

export class Stage {
  readonly layout: Layout;
  readonly systemd: UnitFileSystemd;
  readonly machine: TestMachine;
  readonly #directory: string;
  readonly #made = new Map<string, string>();

  private constructor(directory: string, options: MachineOptions) {
    this.#directory = directory;
    this.layout = layoutUnder(join(directory, 'root'));
    this.systemd = systemdOf(this.layout);
    this.machine = new TestMachine(this.layout, { systemd: this.systemd, ...options });
  }

  static async open(t: Teardown, options: MachineOptions = {}): Promise<Stage> {
    const directory = await mkdtemp(join(fastFolder, 'holdfast-scene-'));
    const stage = new Stage(directory, options);
    t.teardown(async () => {
      stage.machine.stop();
      await stage.machine.quiet();
      await rm(directory, { recursive: true, force: true });
    });
    await makeDevice(stage.layout.root);
    await stage.machine.start();
    return stage;
  }

  /** Sends a snap as a client would. */
  async upload(snap: SnapOptions) {
    const key = JSON.stringify(snap);
    const title = this.#made.get(key) ?? join(this.#directory, `${this.#made.size}.snap`);
    if (!this.#made.has(key)) await makeSnap(title, snap);
    this.#made.set(key, title);
    return { upload: await this.machine.device.receive(createReadStream(title)), title };
  }

  async installing(...snaps: readonly SnapOptions[]): Promise<SnapRequest> {
    const uploads = [];
    for (const snap of snaps) uploads.push(await this.upload(snap));
    return { action: 'install', uploads, dangerous: true, flags: { devmode: true } };
  }

  /** Starts what is asked for, or what `edit` makes of its plan. @returns the number of the change */
  async begin(request: SnapRequest, edit: (plan: ChangePlan) => ChangePlan = (plan) => plan): Promise<number> {
    const { device } = this.machine;
    const { id } = await device.parts.runner.start(edit(await planRequest(device.parts, request, true)));
    device.run(id);
    return id;
  }

  /** Takes it to its end, over all reboots. */
  async run(request: SnapRequest, edit?: (plan: ChangePlan) => ChangePlan) {
    const id = await this.begin(request, edit);
    // Never while it is at work: what a daemon of this process has under way would go on beside the next one.
    if ((await this.machine.settled()) === 'reboot') await this.machine.bootUntilRest();
    const change = this.machine.device.parts.changes.get(id);
    if (change === undefined) throw new Error('the change is gone');
    return change;
  }

  /** The same, where it must succeed. */
  async must(request: SnapRequest): Promise<void> {
    const { tasks, summary } = await this.run(request);
    if (changeStatus(tasks) === 'Done') return;
    const log = tasks.flatMap(({ kind, status, log }) => (status === 'Done' ? [] : [kind, status, ...log]));
    throw new Error(`${summary}: ${log.join('\n')}`);
  }

  /** Sets options of the system. */
  async set(options: Parameters<TestMachine['device']['configure']>[0]): Promise<void> {
    await this.machine.device.configure(options);
    await this.machine.settled();
  }

  /** Writes a file of a snap's data. */
  async write(path: string, text: string): Promise<void> {
    const whole = join(this.layout.root, path);
    await mkdir(join(whole, '..'), { recursive: true });
    await writeFile(whole, text);
  }

  async picture() {
    const { good, previous, mode, trying } = readBootState(await readMedium(this.layout));
    return {
      boot: { good, previous, mode, trying },
      files: treeOf(this.layout.root),
      units: this.systemd.active(),
      tables: tablesOf(this.machine),
    };
  }
}

/** What no change is about: the state's own file, what is memory on a device, places of the environment (compared by what they say), a probe. */
const apart = /^(dev|proc|run|sys)(\/|$)|^var\/lib\/holdfast\/(state\.db|health-probe)/;

/** Every file: mode, owner, and what is in it. */
function treeOf(root: string): Readonly<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (apart.test(name)) continue;
    const path = join(root, name);
    const stat = lstatSync(path);
    const head = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
    if (stat.isSymbolicLink()) tree[name] = `-> ${readlinkSync(path)}`;
    else if (stat.isDirectory()) tree[name] = `/ ${head}`;
    else tree[name] = `${head} ${contentOf(path)}`;
  }
  return tree;
}

function contentOf(path: string): string {
  const bytes = readFileSync(path);
  return bytes.includes(0) || bytes.length > 2000 ? createHash('sha256').update(bytes).digest('hex') : String(bytes);
}

/**
 * Tables that a change which failed may have written to: its own, the log of trials (each is written down, however it ended),
 * and numbers that are never given twice.
 */
const passing: ReadonlySet<string> = new Set([
  ...['changes', 'tasks', 'sqlite_sequence', 'schema_reader'],
  ...['boots', 'named_files', 'snapshot_counter'],
]);

function tablesOf(machine: TestMachine): Readonly<Record<string, unknown>> {
  const { database } = machine.device.parts.world;
  const names = database.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  const tables = names.filter(({ name }) => !passing.has(name));
  return Object.fromEntries(tables.map(({ name }) => [name, database.all(`SELECT * FROM ${name} ORDER BY 1, 2`)]));
}

/** The kind of a task that fails, as nobody knows it. */
export const failing = 'fail-on-purpose';

/** The first tasks of a plan, and then one that fails with all their lanes. */
export function failingAfter(count: number): (plan: ChangePlan) => ChangePlan {
  return (plan) => {
    const tasks = plan.tasks.slice(0, count);
    const lanes = [...new Set(tasks.flatMap((task) => task.lanes ?? [0]))];
    const failure = { kind: failing, summary: 'Fail', waits: [...tasks.keys()], lanes };
    return { ...plan, tasks: [...tasks, failure] };
  };
}

/** What did not end as it should in such a change. */
export function notUndone({ tasks }: Change): string[] {
  return tasks
    .filter(({ status, kind }) => (kind === failing ? status !== 'Error' : !['Undone', 'Done'].includes(status)))
    .map(({ kind, status, log }) => `${kind} ${status} ${log.join('; ')}`);
}

export interface Scene {
  readonly title: string;
  /** Brings the device to where the change begins. */
  before(stage: Stage): Promise<void>;
  request(stage: Stage): Promise<SnapRequest>;
}

/** An app with commands, services, hooks and data. */
export function demo(version: string): SnapOptions {
  const yaml = demoYaml(version).replace('core22', 'bookworm');
  return {
    ...{ name: 'demo', version, base: 'bookworm', files: { ...demoFiles, 'meta/snap.yaml': yaml } },
    executable: Object.keys(demoFiles),
  };
}

/** An app with one command, `tool`. */
export function toolSnap(name: string): SnapOptions {
  const yaml = `name: ${name}\nversion: '1'\nbase: bookworm\nsummary: s\ndescription: d\napps: {tool: {command: tool}}\n`;
  return { name, base: 'bookworm', files: { 'meta/snap.yaml': yaml, tool: '#!' }, executable: ['tool'] };
}

const kernel: SnapOptions = { name: 'virt-kernel', type: 'kernel', version: '2' };
const base: SnapOptions = { name: 'bookworm', type: 'base', version: '2' };
const gadget: SnapOptions = { name: 'virt', type: 'gadget', version: '2' };

/** These versions one after the other, with data and an alias of somebody. */
async function used(stage: Stage, versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    await stage.must(await stage.installing(demo(version)));
    const current = stage.machine.device.parts.snapRecords.get('demo')?.current;
    await stage.write(`var/snap/demo/${current}/file`, `data of ${current}`);
    await stage.write('var/snap/demo/common/file', 'common data');
  }
  const { snapRecords, world } = stage.machine.device.parts;
  const record = snapRecords.get('demo');
  if (record === undefined) throw new Error('it is not installed');
  snapRecords.put({ ...record, aliases: { dm: { manual: 'tool' } } });
  await world.disk.swapSymlink('demo.tool', `${stage.layout.root}/snap/bin/dm`);
}

/** Two apps want the alias `dx`; the other one has it. */
async function contested(stage: Stage): Promise<void> {
  await used(stage, ['1']);
  await stage.must(await stage.installing(toolSnap('other')));
  await stage.must({ action: 'alias', name: 'other', app: 'tool', alias: 'dx' });
  const { snapRecords } = stage.machine.device.parts;
  const record = snapRecords.get('demo');
  if (record === undefined) throw new Error('it is not installed');
  const aliases = { ...record.aliases, dx: { auto: 'tool' }, dy: { auto: 'demo' } };
  snapRecords.put({ ...record, aliases, autoAliasesDisabled: true });
}

export const appScenes: readonly Scene[] = [
  {
    title: 'install of an app',
    before: async () => {},
    request: (stage) => stage.installing(demo('1')),
  },
  {
    title: 'refresh of an app that drops a revision',
    before: (stage) => used(stage, ['1', '2', '3']),
    request: (stage) => stage.installing(demo('4')),
  },
  {
    title: 'refresh of an app to a revision that is there',
    before: (stage) => used(stage, ['1', '2']),
    request: async () => ({
      action: 'refresh',
      names: ['demo'],
      revision: 'x1',
      amend: true,
      flags: { devmode: true },
    }),
  },
  {
    title: 'revert of an app',
    before: (stage) => used(stage, ['1', '2']),
    request: async () => ({ action: 'revert', name: 'demo' }),
  },
  {
    title: 'removal of an app, saved before',
    async before(stage) {
      await used(stage, ['1', '2']);
      await stage.set({ 'snapshots.automatic.retention': '24h' });
    },
    request: async () => ({ action: 'remove', names: ['demo'], terminate: true }),
  },
  {
    title: 'removal of one revision of an app',
    before: (stage) => used(stage, ['1', '2']),
    request: async () => ({ action: 'remove', names: ['demo'], revision: 'x1' }),
  },
  {
    title: 'disabling of an app',
    before: (stage) => used(stage, ['1']),
    request: async () => ({ action: 'disable', name: 'demo' }),
  },
  {
    title: 'enabling of an app',
    async before(stage) {
      await used(stage, ['1']);
      await stage.must({ action: 'disable', name: 'demo' });
    },
    request: async () => ({ action: 'enable', name: 'demo' }),
  },
  {
    title: 'switching of an app',
    before: (stage) => used(stage, ['1']),
    request: async () => ({ action: 'switch', name: 'demo', channel: 'edge', cohort: 'some' }),
  },
  {
    title: 'switching of an app that is at its newest revision',
    before: (stage) => used(stage, ['1']),
    request: async () => ({
      ...{ action: 'refresh', names: ['demo'], revision: 'x1', channel: 'edge', amend: true },
      flags: { devmode: true },
    }),
  },
  {
    title: 'holding of an app',
    before: (stage) => used(stage, ['1']),
    request: async () => ({ action: 'hold', names: ['demo'], level: 'general', until: 'forever' }),
  },
  {
    title: 'end of a hold of all snaps',
    async before(stage) {
      await stage.must({ action: 'hold', names: [], level: 'auto-refresh', until: 'forever' });
    },
    request: async () => ({ action: 'unhold', names: [] }),
  },
  {
    title: 'alias of an app',
    before: (stage) => used(stage, ['1']),
    request: async () => ({ action: 'alias', name: 'demo', app: 'demo', alias: 'dm' }),
  },
  {
    title: 'end of an alias of an app',
    before: (stage) => used(stage, ['1']),
    request: async () => ({ action: 'unalias', name: 'dm', alias: 'dm' }),
  },
  {
    title: 'end of all aliases of an app',
    before: (stage) => used(stage, ['1']),
    request: async () => ({ action: 'unalias', name: 'demo', alias: 'demo' }),
  },
  {
    title: 'preference of the aliases of an app',
    before: contested,
    request: async () => ({ action: 'prefer', name: 'demo' }),
  },
  {
    title: 'install of a second instance of an app',
    async before(stage) {
      await used(stage, ['1']);
      await stage.set({ 'experimental.parallel-instances': 'true' });
    },
    request: async (stage) => ({
      ...{ action: 'install', uploads: [await stage.upload(demo('1'))], name: 'demo_two' },
      ...{ dangerous: true, flags: { devmode: true } },
    }),
  },
  {
    title: 'install of a base and an app that needs it',
    before: async () => {},
    request: (stage) =>
      stage.installing(
        { name: 'other', type: 'base', files: { 'sbin/init': 'an init' } },
        { name: 'needing', base: 'other', files: {} },
      ),
  },
];

export const bootScenes: readonly Scene[] = [
  {
    title: 'refresh of kernel, base and gadget',
    before: async () => {},
    request: (stage) => stage.installing(kernel, base, gadget),
  },
  {
    title: 'revert of a kernel',
    before: async (stage) => stage.must(await stage.installing(kernel)),
    request: async () => ({ action: 'revert', name: 'virt-kernel' }),
  },
];
