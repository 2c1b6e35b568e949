/** For tests: a device in a directory with snaps that have data, and people with homes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { changesTables, graphColumns } from '../../engine/rows.ts';
import { FakeClock } from '../../system/clock-fake.ts';
import { type Database, openDatabase } from '../../system/database.ts';
import { realDisk } from '../../system/disk-real.ts';
import type { WriteWitness } from '../../system/durable.ts';
import { native } from '../../system/native/native.ts';
import type { ConfigDocument, SnapConfigs } from '../life/world.ts';
import { installed } from '../plan/testing.ts';
import type { SnapRecord } from '../record/model.ts';
import { recordTables, SnapRecords } from '../record/store.ts';
import { SetStore, setTables } from './set-store.ts';
import { makeSnapshotFolder, type SavedWorld } from './world.ts';

interface Teardown {
  teardown(end: () => unknown): void;
}

/** A person who is not root, and whom this process can give files to. */
export const alice = {
  name: 'alice',
  uid: process.getuid?.() || 1234,
  gid: process.getgid?.() || 1234,
  home: '/home/alice',
};

export interface SavedDevice {
  readonly root: string;
  readonly world: SavedWorld & { readonly records: SnapRecords; readonly configs: SnapConfigs };
  readonly database: Database;
  readonly clock: FakeClock;
  path(name: string): string;
  /** Files of the device, by path; the ones in homes are their users'. */
  put(files: Readonly<Record<string, string>>): Promise<void>;
  setConfig(snap: string, document: ConfigDocument): void;
}

/** In memory where the machine has that. */
const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export async function temporaryFolder(t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(fastFolder, 'holdfast-saved-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const configTable = 'CREATE TABLE config (name TEXT PRIMARY KEY, document TEXT NOT NULL)';
export const wallMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export async function openSaved(root: string, path: string, onWrite: WriteWitness = () => {}): Promise<SavedDevice> {
  const database = await openDatabase(path, { onWrite, sync: async () => {} });
  const tables = [...changesTables, ...graphColumns, ...recordTables, ...setTables, configTable];
  database.migrate([{ version: 1, statements: tables }]);
  const records = new SnapRecords(database);
  const configs = configsIn(database);
  const clock = new FakeClock({ monotonicMs: 1000, wallMs });
  const device: SavedDevice = {
    ...{ root, database, clock },
    world: {
      ...{ layout: { root }, disk: realDisk(native(), onWrite), clock, records, configs, sets: new SetStore(database) },
      automaticRetention: () => undefined,
    },
    path: (name) => join(root, name),
    async put(files) {
      for (const [name, text] of Object.entries(files)) await putFile(root, name, text);
    },
    setConfig(snap, document) {
      database.transaction('test: configuration', (sql) => configs.put(sql, snap, document));
    },
  };
  return device;
}

/** With the snap `app` at revision 7 and what `files` has. */
export async function savedDevice(
  t: Teardown,
  files: Readonly<Record<string, string>> = {},
  records: readonly SnapRecord[] = [installed('app', [7], { version: '1.2' })],
): Promise<SavedDevice> {
  const folder = await temporaryFolder(t);
  const root = join(folder, 'root');
  await mkdir(join(root, 'var/snap'), { recursive: true });
  const device = await openSaved(root, join(folder, 'db'));
  t.teardown(() => device.database.close());
  await makeSnapshotFolder(device.world);
  for (const record of records) device.world.records.put(record);
  const passwd = ['root:x:0:0:root:/root:/bin/bash', `alice:x:${alice.uid}:${alice.gid}::${alice.home}:/bin/sh`];
  await device.put({ 'etc/passwd': `${passwd.join('\n')}\n`, ...files });
  return device;
}

async function putFile(root: string, name: string, text: string): Promise<void> {
  const made: string[] = [];
  for (let at = join(root, name); !existsSync(at); at = dirname(at)) made.unshift(at);
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
  for (const path of made) {
    if (path !== join(root, name)) await chmod(path, 0o755);
    if (path.startsWith(join(root, alice.home.slice(1)))) await chown(path, alice.uid, alice.gid);
  }
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

const run = promisify(execFile);

/** Runs a program of this machine; what it prints. */
export async function tool(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(command, args, { encoding: 'latin1', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } });
  return stdout;
}

/** The whole of a stream. */
export async function gathered(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

export async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const never: AbortSignal = new AbortController().signal;
export const quietly = { signal: never, note: () => {} };
