/** From one device to another, also by way of tar; and streams that somebody has made. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Change } from '../../engine/model.ts';
import { forEachCut } from '../../system/power.ts';
import { installed } from '../plan/testing.ts';
import { Exports } from './export.ts';
import { importSet, prepareSnapshots } from './import.ts';
import { savedNames, savedSets } from './sets.ts';
import {
  gathered,
  inPieces,
  openSaved,
  quietly,
  type SavedDevice,
  savedDevice,
  temporaryFolder,
  tool,
} from './testing.ts';
import { snapshotFolder } from './world.ts';
import { writeSnapshot } from './write.ts';

const records = [installed('app', [7], { version: '1.2' }), installed('two_x', ['x1'], { version: '2~rc' })];

/** With set 4 of two snaps. */
async function sender(t: Test): Promise<SavedDevice> {
  const device = await savedDevice(t, { 'var/snap/app/7/data': 'data\n', 'var/snap/two_x/common/c': 'c\n' }, records);
  device.setConfig('app', { key: '<&>' });
  for (const snap of ['app', 'two_x']) await writeSnapshot(device.world, { set: 4, snap, users: [] }, quietly);
  return device;
}

async function exported(device: SavedDevice, set = 4): Promise<Buffer> {
  const opened = await new Exports(device.world).open(set);
  const bytes = await gathered(opened.stream());
  await opened.close();
  return bytes;
}

function listOf(device: SavedDevice): string[] {
  return readdirSync(snapshotFolder(device.world)).sort();
}

t.test('a set is exported as a tar archive of known size, which tar reads', async (t) => {
  const device = await sender(t);
  const exports = new Exports(device.world);
  const opened = await exports.open(4);
  t.strictSame([...exports.sets], [4], 'known while it is open');
  rmSync(join(snapshotFolder(device.world), '4_app_1.2_7.zip'));
  const bytes = await gathered(opened.stream());
  t.equal(bytes.length, opened.size, 'with files that have gone meanwhile');
  await opened.close();
  t.strictSame([...exports.sets], []);
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'x.snapshot'), bytes);
  const names = ['content.json', '4_app_1.2_7.zip', '4_two_x_2~rc_x1.zip', 'export.json'];
  t.strictSame((await tool('tar', 'tf', join(folder, 'x.snapshot'))).trim().split('\n'), names);
  await tool('tar', '-C', folder, '-xf', join(folder, 'x.snapshot'));
  await tool('unzip', '-tq', join(folder, '4_app_1.2_7.zip'));
  t.strictSame(JSON.parse(readFileSync(join(folder, 'export.json'), 'utf8')), {
    ...{ format: 1, date: '2026-01-02T03:04:05.000Z', files: names.slice(1, 3) },
  });
  t.match(readFileSync(join(folder, 'content.json'), 'utf8'), /^\{"content-hash":"[A-Za-z0-9+/]{43}="\}$/);
  await t.rejects(exports.open(9), { code: 'no-set' });
  writeFileSync(join(snapshotFolder(device.world), '4_two_x_2~rc_x1.zip'), 'no zip');
  await t.rejects(exports.open(4), { code: 'damaged', message: /^cannot export 4_two_x_2~rc_x1\.zip: / });
  t.strictSame([...exports.sets], []);
});

t.test('what was exported is imported as a set of its own number, once', async (t) => {
  const from = await sender(t);
  const to = await savedDevice(t, {}, records);
  await writeSnapshot(to.world, { set: 11, snap: 'app', users: [] }, quietly);
  const bytes = await exported(from);
  t.strictSame(await importSet(to.world, inPieces(bytes), []), { set: 12, snaps: ['app', 'two_x'] });
  const [, set] = await savedSets(to.world);
  t.match(set, {
    id: 12,
    files: [{ snapshot: { set: 12, snap: 'app', conf: { key: '<&>' } } }, { snapshot: { snap: 'two_x' } }],
  });
  to.database.transaction('test: expiry', (sql) => to.world.sets.putExpiry(sql, 12, new Date(0)));
  t.strictSame(
    await importSet(to.world, inPieces(bytes), []),
    { set: 12, snaps: ['app', 'two_x'] },
    'it is here already',
  );
  t.strictSame([...to.world.sets.expiries()], [], 'and stays now');
  t.strictSame(listOf(to), ['11_app_1.2_7.zip', '12_app_1.2_7.zip', '12_two_x_2~rc_x1.zip']);
  const data = { 'snapshot-set': 12 };
  const forgetting = { id: 1, tasks: [{ kind: 'forget-snapshot', data }] } as unknown as Change;
  const again = await importSet(to.world, inPieces(bytes), [forgetting]);
  t.ok(again.set > 12, 'unless that one is being forgotten');
});

/** A stream that tar has made of these files. */
async function packed(
  t: Test,
  from: SavedDevice,
  change: (folder: string) => void,
  ...names: string[]
): Promise<Buffer> {
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'x.tar'), await exported(from));
  await tool('tar', '-C', folder, '-xf', join(folder, 'x.tar'));
  rmSync(join(folder, 'x.tar'));
  rmSync(join(folder, 'content.json'));
  change(folder);
  const chosen = names.length > 0 ? names : readdirSync(folder).sort();
  const made = join(await temporaryFolder(t), 'made.tar');
  await tool('tar', '-C', folder, '-P', '-cf', made, '--', ...chosen);
  return readFileSync(made);
}

function listing(folder: string, ...files: readonly string[]): void {
  writeFileSync(join(folder, 'export.json'), JSON.stringify({ format: 1, date: '2026-01-01T00:00:00Z', files }));
}

t.test('a stream that tar has made is imported', async (t) => {
  const to = await savedDevice(t);
  const bytes = await packed(t, await sender(t), () => {});
  t.strictSame(await importSet(to.world, inPieces(bytes), []), { set: 1, snaps: ['app', 'two_x'] });
});

const app = '4_app_1.2_7.zip';
const two = '4_two_x_2~rc_x1.zip';

interface Refusal {
  readonly message: RegExp;
  readonly change?: (folder: string) => void;
  /** What is packed, where it is not all. */
  readonly names?: readonly string[];
  /** What is done to the stream itself. */
  readonly edit?: (bytes: Buffer) => Buffer;
}

const refused: Readonly<Record<string, Refusal>> = {
  'no list': {
    message: /no export\.json file in uploaded data$/,
    change: (folder) => rmSync(join(folder, 'export.json')),
  },
  'a list of more': { message: /are not those/, change: (folder) => listing(folder, app, two, '4_x_1_1.zip') },
  'a list of less': { message: /are not those/, change: (folder) => listing(folder, app) },
  'nothing at all': { message: /are not those/, change: (folder) => listing(folder), names: ['export.json'] },
  'another form': {
    message: /of a form that is not supported/,
    change: (folder) => writeFileSync(join(folder, 'export.json'), '{"format":2,"files":[]}'),
  },
  'a list that is none': { message: /is no JSON/, change: (folder) => writeFileSync(join(folder, 'export.json'), '{') },
  'a null for a list': {
    message: /of a form that is not supported/,
    change: (folder) => writeFileSync(join(folder, 'export.json'), 'null'),
  },
  'a list that is too large': {
    message: /export\.json is too large/,
    change: (folder) => writeFileSync(join(folder, 'export.json'), ' '.repeat(2 << 20)),
  },
  'a directory': { message: /it is no file/, change: (folder) => mkdirSync(join(folder, 'dir')) },
  'a link': { message: /it is no file/, names: ['/dev/stdin'] },
  'a device': { message: /it is no file/, names: ['/dev/null'] },
  'another file': {
    message: /unexpected filename in import stream: "readme"/,
    change: (folder) => writeFileSync(join(folder, 'readme'), ''),
  },
  'an absolute path': { message: /unexpected filename in import stream: "\/etc\/hostname"/, names: ['/etc/hostname'] },
  'a path upwards': {
    message: /unexpected filename in import stream/,
    edit: (bytes) => renamed(bytes, app, '../../app_1.zip'),
  },
  'a path behind a good name': {
    message: /unexpected filename in import stream/,
    edit: (bytes) => renamed(bytes, app, '4_app_1.2/../../../x_7.zip'),
  },
  'the same snap twice': {
    message: /snap "app" is in it twice/,
    // The first entry once more, in front of all.
    edit: (bytes) => Buffer.concat([bytes.subarray(0, bytes.indexOf(two)), bytes]),
  },
  'a file that is no zip': { message: /cannot read /, change: (folder) => writeFileSync(join(folder, app), 'no zip') },
  'another snap’s file': {
    message: /of another snap/,
    change: (folder) => copyFileSync(join(folder, app), join(folder, two)),
  },
  'a damaged archive': {
    message: /does not match actual/,
    change: (folder) => {
      const bytes = readFileSync(join(folder, app));
      const at = bytes.indexOf('archive.tgz') + 11 + 30;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(join(folder, app), bytes);
    },
  },
};

for (const [what, { message, change = () => {}, names = [], edit = (bytes: Buffer) => bytes }] of Object.entries(
  refused,
)) {
  t.test(`refused, and nothing is left: ${what}`, async (t) => {
    const bytes = edit(await packed(t, await sender(t), change, ...names));
    const to = await savedDevice(t);
    const code = /^(not-a-snapshot|damaged)$/;
    await t.rejects(importSet(to.world, inPieces(bytes), []), { code, message: /^cannot import snapshot 1: / });
    await t.rejects(importSet(to.world, inPieces(bytes), []), { message });
    t.strictSame(listOf(to), []);
    t.strictSame(readdirSync(join(snapshotFolder(to.world), '..')), ['snapshots'], 'nor beside it');
  });
}

/** With another name in a header, and its checksum set right. */
function renamed(bytes: Buffer, from: string, to: string): Buffer {
  const at = bytes.indexOf(from);
  bytes.fill(0, at, at + 100).write(to, at);
  bytes.fill(0x20, at + 148, at + 156);
  const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  return bytes;
}

t.test('a stream that ends too early, or fails, leaves nothing', async (t) => {
  const bytes = await exported(await sender(t));
  const to = await savedDevice(t);
  for (const length of [0, 100, 600, 2000, bytes.length - 1100]) {
    const cut = importSet(to.world, inPieces(bytes.subarray(0, length)), []);
    await t.rejects(cut, { code: 'not-a-snapshot', message: /ends too early/ }, `cut at ${length}`);
    t.strictSame(listOf(to), []);
  }
  const failing = async function* () {
    yield bytes.subarray(0, 2000);
    throw new Error('connection reset');
  };
  await t.rejects(importSet(to.world, failing(), []), { message: 'connection reset' });
  t.strictSame(listOf(to), []);
});

t.test('what there is no room for is refused before it is written', async (t) => {
  const bytes = await exported(await sender(t));
  const to = await savedDevice(t);
  const disk = new Proxy(to.world.disk, {
    get(target, key) {
      if (key === 'free') return async () => 5 * 1024 * 1024 + 10;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const error = {
    code: 'too-large',
    message: /^cannot import snapshot 1: there is no room for the \d+ bytes of 4_app_1\.2_7\.zip$/,
  };
  await t.rejects(importSet({ ...to.world, disk }, inPieces(bytes), []), error);
  t.strictSame(listOf(to), []);
});

t.test('a power cut at any write leaves no set, or the whole one', async (t) => {
  const bytes = await exported(await sender(t));
  const made = await savedDevice(t);
  await made.database.close();
  const folder = join(made.root, '..');
  const [root, path] = [join(folder, 'stage'), join(folder, 'stage-db')];
  const ends = new Set<string>();
  const writes = await forEachCut(
    async (power) => {
      await rm(root, { recursive: true, force: true });
      await cp(made.root, root, { recursive: true });
      await rm(`${path}-shm`, { force: true });
      for (const suffix of ['', '-wal']) await cp(join(folder, `db${suffix}`), `${path}${suffix}`);
      const device = await openSaved(root, path, power.onWrite);
      try {
        await importSet(device.world, inPieces(bytes), []);
      } finally {
        await device.database.close();
      }
    },
    async ({ at, moment }) => {
      const device = await openSaved(root, path);
      const seen = (await savedNames(device.world)).length;
      await prepareSnapshots(device.world);
      const names = await savedNames(device.world);
      ends.add(`${names.length}`);
      const what = `cut ${moment} write ${at}`;
      t.equal(seen, names.length, `${what}: what is cut short never counts`);
      t.equal(listOf(device).length, names.length, `${what}: and nothing else is left`);
      const { set } = await importSet(device.world, inPieces(bytes), []);
      t.equal((await savedSets(device.world, { set }))[0]?.files.length, 2, `${what}: it can be done again`);
      await device.database.close();
    },
  );
  t.ok(writes.length >= 5, 'number, mark, two files, mark');
  t.strictSame([...ends].sort(), ['0', '2']);
});
