/** What the agent is doing when the power goes or the medium fails. Each scenario starts from a device of its own. */

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { CauseCode } from '../../agent/boot/cause.ts';
import { layoutUnder } from '../../agent/boot/layout.ts';
import { goodSet, powerOn } from '../../agent/fixture.ts';
import { type MachineOptions, systemdOf, TestMachine } from '../../agent/fixture-machine.ts';
import type { UnitFileSystemd } from '../../agent/snaps/life/testing-systemd.ts';
import { type Database, openDatabase, type Writer } from '../../agent/system/database.ts';
import { databaseErrorFrom } from '../../agent/system/database-error.ts';
import { connect, loadSqlite } from '../../agent/system/database-sqlite.ts';
import type { WriteWitness } from '../../agent/system/durable.ts';
import type { SlotNames } from '../../bootloader/protocol/index.ts';
import { fillData } from './app.ts';
import { type Kit, layout } from './kit.ts';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The database's path from the device's root. */
  readonly database: string;
  /** The good set before, and the one that is tried; undefined where nothing is. */
  readonly before: SlotNames;
  readonly tried?: SlotNames;
  /** How the trial must end, where that is decided before the scenario begins. */
  readonly verdict?: 'reverted';
  /** What a power cut must not make it forget: why the trial ended. A medium that cannot be read may. */
  readonly cause?: CauseCode;
  /** The revisions of the app that this is about, where it is about one. */
  readonly app?: AppRevisions;
  /** Recoveries at most, also in the full bound: of more images than that some are chosen by the seed. */
  readonly recoveries?: number;
  /** False where there is no device, only a database. */
  readonly isDevice: boolean;
  /** Brings a new device so far; where there is no device, `root` is an empty directory. */
  prepare(root: string, kit: Kit): Promise<void>;
  /** What is recorded, until nothing moves any more. Errors reach the caller. */
  act(root: string, kit: Kit, onWrite: WriteWitness): Promise<Acted>;
}

export interface AppRevisions {
  /** Missing where it is not installed before. */
  readonly before?: string;
  readonly after: string;
}

export interface Acted {
  /** What the daemon said. */
  readonly said: readonly string[];
  /** Nothing is left to do, or the machine is going down. */
  readonly isSettled: boolean;
}

const secondKernel = { ...goodSet, kernel: 'virt-kernel_x2.snap' };
const thirdKernel = { ...goodSet, kernel: 'virt-kernel_x3.snap' };
const secondBase = { ...goodSet, base: 'bookworm_x2.snap' };

async function boot(root: string, options: MachineOptions = {}): Promise<void> {
  const { isSettled, said } = await acting(root, options, async (machine) => {
    await machine.start();
  });
  if (!isSettled) throw new Error(`cannot prepare a device: it does not come to rest; it said:\n${said.join('\n')}`);
}

/** Installs a snap, as far as the reboot that starts its trial. */
function install(root: string, file: string, options: MachineOptions = {}): Promise<Acted> {
  return acting(root, options, async (machine) => {
    await machine.start();
    await machine.install(file);
  });
}

/** Installs an app, or a newer revision of it, up to the end. */
function installApp(root: string, file: string, options: MachineOptions = {}): Promise<Acted> {
  return acting(root, options, async (machine) => {
    await machine.start();
    const upload = await machine.device.receive(createReadStream(file));
    const uploads = [{ upload, title: file }];
    await machine.device.request({ action: 'install', uploads, dangerous: true, flags: { devmode: true } });
  });
}

function startUp(root: string, options: MachineOptions): Promise<Acted> {
  return acting(root, options, async (machine) => {
    await machine.start();
  });
}

/** Does something with a machine, and waits until nothing moves: it is at rest, going down, or has given up for now. */
async function acting(
  root: string,
  options: MachineOptions,
  work: (machine: TestMachine) => Promise<void>,
): Promise<Acted> {
  const machine = new TestMachine(layoutUnder(root), options);
  try {
    await work(machine);
    const { runner, restart, changes } = machine.device.parts;
    const isQuiet = () => !machine.device.judging && !runner.busy && restart.maintenance === undefined;
    await machine.until(() => machine.rebooting !== undefined || isQuiet());
    await machine.checkpointsTaken();
    const isSettled = machine.rebooting !== undefined || changes.open().length === 0;
    return { said: machine.said, isSettled };
  } finally {
    machine.stop();
  }
}

/** A trial that is armed, and started once. */
async function inTrial(root: string, file: string): Promise<void> {
  await boot(root);
  await install(root, file);
  await powerOn(layoutUnder(root));
}

const device = { database: layout.database, before: goodSet, isDevice: true } as const;

function sickSystemd(root: string): UnitFileSystemd {
  const systemd = systemdOf(layoutUnder(root), { 'default.target': { activeState: 'inactive' } });
  systemd.set('stuck.service', { activeState: 'failed' });
  return systemd;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    ...device,
    name: 'first-start',
    title: 'the first start of a new device',
    prepare: async () => {},
    act: (root, _kit, onWrite) => startUp(root, { onWrite }),
  },
  {
    ...device,
    name: 'install-kernel',
    title: 'a kernel is installed, up to the reboot of its trial',
    tried: secondKernel,
    prepare: (root) => boot(root),
    act: (root, kit, onWrite) => install(root, kit.file('kernel-2'), { onWrite }),
  },
  {
    ...device,
    name: 'install-base',
    title: 'a base is installed, up to the reboot of its trial',
    tried: secondBase,
    prepare: (root) => boot(root),
    act: (root, kit, onWrite) => install(root, kit.file('base-2'), { onWrite }),
  },
  {
    ...device,
    name: 'confirm',
    title: 'the trial of a kernel is judged and confirmed',
    tried: secondKernel,
    prepare: (root, kit) => inTrial(root, kit.file('kernel-2')),
    act: (root, _kit, onWrite) => startUp(root, { onWrite }),
  },
  {
    ...device,
    name: 'reject',
    title: 'the trial of a base is judged and given up',
    tried: secondBase,
    prepare: (root, kit) => inTrial(root, kit.file('base-2')),
    act: (root, _kit, onWrite) => startUp(root, { onWrite, systemd: sickSystemd(root) }),
  },
  {
    ...device,
    name: 'revert',
    title: 'a kernel died in its trial, and the start after that takes it back',
    tried: secondKernel,
    verdict: 'reverted',
    cause: 'panic',
    prepare: async (root, kit) => {
      await inTrial(root, kit.file('kernel-2'));
      await powerOn(layoutUnder(root));
    },
    act: (root, _kit, onWrite) => startUp(root, { onWrite }),
  },
  {
    ...device,
    name: 'collect',
    title: 'a third kernel is confirmed, the first one is collected, and a second checkpoint of the database is taken',
    before: secondKernel,
    tried: thirdKernel,
    prepare: async (root, kit) => {
      await inTrial(root, kit.file('kernel-2'));
      await boot(root, { checkpoints: true });
      await install(root, kit.file('kernel-3'));
      await powerOn(layoutUnder(root));
    },
    act: (root, _kit, onWrite) => startUp(root, { onWrite, checkpoints: true }),
  },
  {
    ...device,
    name: 'install-app',
    title: 'an app is installed',
    app: { after: 'x1' },
    recoveries: 400,
    prepare: (root) => boot(root),
    act: (root, kit, onWrite) => installApp(root, kit.file('app-1'), { onWrite }),
  },
  {
    ...device,
    name: 'refresh-app',
    title: 'an app is refreshed, with its data',
    app: { before: 'x1', after: 'x2' },
    recoveries: 400,
    prepare: async (root, kit) => {
      await boot(root);
      await installApp(root, kit.file('app-1'));
      await fillData(join(root, 'var/snap/hello/x1'));
    },
    act: (root, kit, onWrite) => installApp(root, kit.file('app-2'), { onWrite }),
  },
  {
    name: 'database',
    title: 'a database takes commits, one by one and together; its log is folded in and starts over',
    database: '/state.db',
    before: {},
    isDevice: false,
    prepare: async () => {},
    act: async (root, _kit, onWrite) => {
      const path = join(root, 'state.db');
      for (const round of ['first', 'second', 'third']) {
        const database = await openDatabase(path, { onWrite });
        try {
          database.migrate(NOTES);
          note(database, `${round}, alone`);
          const together = ['a', 'b', 'c'].map((name) => noteBeside(database, `${round}, together: ${name}`));
          await Promise.all(together);
          await database.beside(() => foldIn(path));
          note(database, `${round}, after the log was folded in`);
        } finally {
          await database.close();
        }
      }
      return { said: [], isSettled: true };
    },
  },
];

const NOTES = [{ version: 1, statements: ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'] }];

/** Some pages of the log. */
function writeNote(sql: Writer, text: string): void {
  sql.run('DELETE FROM notes WHERE id % 3 = 0');
  sql.run('INSERT INTO notes (text) VALUES (?)', `${text} `.repeat(300));
}

function note(database: Database, text: string): void {
  database.transaction(`note ${text}`, (sql) => writeNote(sql, text));
}

function noteBeside(database: Database, text: string): Promise<void> {
  return database.commit(`note ${text}`, (sql) => writeNote(sql, text));
}

/** As it is done beside the main thread: by a connection of its own. */
async function foldIn(path: string): Promise<void> {
  const library = await loadSqlite();
  try {
    const sqlite = connect(library, path, {});
    try {
      sqlite.pragma('wal_checkpoint(PASSIVE)');
    } finally {
      sqlite.close();
    }
  } catch (error) {
    throw databaseErrorFrom(error, 'fold the log in');
  }
}
