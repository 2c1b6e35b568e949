/** Snapshots as files: zip and tar read ours, and those that zip and tar have made are read. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Disk } from '../../system/disk.ts';
import { DiskError } from '../../system/disk-error.ts';
import { installed } from '../plan/testing.ts';
import { checkSnapshot, openSnapshot } from './read.ts';
import { alice, quietly, savedDevice, temporaryFolder, tool } from './testing.ts';
import { snapshotFolder } from './world.ts';
import { snapshotSize, writeSnapshot } from './write.ts';

const files = {
  'var/snap/app/7/data': 'data of 7\n',
  'var/snap/app/6/data': 'data of 6\n',
  'var/snap/app/common/shared': 'shared\n',
  'home/alice/snap/app/7/mine': 'mine\n',
  'root/snap/app/common/root': 'root\n',
};

async function saved(t: Parameters<typeof savedDevice>[0], more: Readonly<Record<string, string>> = {}) {
  const device = await savedDevice(t, { ...files, ...more });
  device.setConfig('app', { key: { inner: 1 } });
  const snapshot = await writeSnapshot(device.world, { set: 3, snap: 'app', users: [] }, quietly);
  return { device, snapshot, path: join(snapshotFolder(device.world), '3_app_1.2_7.zip') };
}

t.test('a snapshot is a zip file of tar archives that others can read', async (t) => {
  const { path, snapshot } = await saved(t);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  t.strictSame(readdirSync(join(path, '..')), ['3_app_1.2_7.zip'], 'and nothing is left beside it');
  await tool('unzip', '-tq', path);
  const names = (await tool('unzip', '-Z1', path)).trim().split('\n');
  t.strictSame(names, ['archive.tgz', 'user/root.tgz', 'user/alice.tgz', 'meta.json', 'meta.sha3_384']);
  const folder = await temporaryFolder(t);
  await tool('unzip', '-q', path, '-d', folder);
  const lists = ['archive', 'user/root', 'user/alice'].map((name) => tool('tar', 'tzf', join(folder, `${name}.tgz`)));
  t.strictSame(await Promise.all(lists), [
    '7/\n7/data\ncommon/\ncommon/shared\n',
    'common/\ncommon/root\n',
    '7/\n7/mine\n',
  ]);
  const meta = readFileSync(join(folder, 'meta.json'));
  const sha3 = (bytes: Uint8Array) => createHash('sha3-384').update(bytes).digest('hex');
  t.equal(readFileSync(join(folder, 'meta.sha3_384'), 'utf8'), `${sha3(meta)}\n`);
  const archives = ['archive.tgz', 'user/alice.tgz', 'user/root.tgz'];
  t.match(JSON.parse(meta.toString()), {
    ...{ set: 3, snap: 'app', revision: '7', 'snap-id': 'app-id', version: '1.2', epoch: { read: [0], write: [0] } },
    ...{ time: '2026-01-02T03:04:05.000Z', summary: '', conf: { key: { inner: 1 } } },
    'sha3-384': Object.fromEntries(archives.map((name) => [name, sha3(readFileSync(join(folder, name)))])),
    size: archives.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
  });
  t.match(snapshot, { set: 3, size: Number });
});

t.test('only the users that were named, by name or number', async (t) => {
  const device = await savedDevice(t, files);
  for (const [set, users] of [
    [1, ['alice']],
    [2, [String(alice.uid)]],
  ] as const) {
    const { digests } = await writeSnapshot(device.world, { set, snap: 'app', users }, quietly);
    t.strictSame(Object.keys(digests), ['archive.tgz', 'user/alice.tgz']);
  }
  const unknown = { code: 'bad-request', message: 'user: unknown user bob' };
  await t.rejects(writeSnapshot(device.world, { set: 3, snap: 'app', users: ['bob'] }, quietly), unknown);
  const gone = { code: 'bad-request', message: 'snap "nope" is not installed' };
  await t.rejects(writeSnapshot(device.world, { set: 3, snap: 'nope', users: [] }, quietly), gone);
  t.strictSame(readdirSync(snapshotFolder(device.world)).length, 2);
});

t.test('what the snap and the request leave out is not saved', async (t) => {
  const device = await savedDevice(t, {
    ...files,
    'snap/app/7/meta/snapshots.yaml': 'exclude:\n  - $SNAP_DATA/cache*\n',
    'var/snap/app/7/cache-1/x': 'x',
    'home/alice/snap/app/7/cache-1': 'of a user',
  });
  const exclude = ['$SNAP_USER_DATA/mine'];
  const snapshot = await writeSnapshot(device.world, { set: 1, snap: 'app', users: ['alice'], exclude }, quietly);
  t.strictSame(snapshot.options, { exclude }, 'the request’s part is remembered');
  const path = join(snapshotFolder(device.world), '1_app_1.2_7.zip');
  const folder = await temporaryFolder(t);
  await tool('unzip', '-q', path, '-d', folder);
  t.notMatch(await tool('tar', 'tzf', join(folder, 'archive.tgz')), /cache/);
  t.equal(await tool('tar', 'tzf', join(folder, 'user/alice.tgz')), '7/\n7/cache-1\n');
  await device.put({ 'snap/app/7/meta/snapshots.yaml': 'exclude: [/etc]' });
  const wrong = { message: /^snapshot exclude path must start with/ };
  await t.rejects(writeSnapshot(device.world, { set: 2, snap: 'app', users: [] }, quietly), wrong);
});

t.test('a snap without any data has a snapshot all the same', async (t) => {
  const device = await savedDevice(t, {}, [installed('app', ['x1'])]);
  await writeSnapshot(device.world, { set: 1, snap: 'app', users: [] }, quietly);
  const [name = ''] = readdirSync(snapshotFolder(device.world));
  using open = await openSnapshot(join(snapshotFolder(device.world), name));
  await checkSnapshot(open);
  t.strictSame(Object.keys(open.snapshot.digests), ['archive.tgz']);
});

t.test('a home that leads elsewhere is not followed', async (t) => {
  const device = await savedDevice(t, { 'home/alice/x': '', 'elsewhere/app/7/secret': 'secret' });
  symlinkSync('../../elsewhere', device.path('home/alice/snap'));
  const { digests } = await writeSnapshot(device.world, { set: 1, snap: 'app', users: ['alice'] }, quietly);
  t.strictSame(Object.keys(digests), ['archive.tgz']);
});

t.test('where something fails nothing is left', async (t) => {
  const device = await savedDevice(t, files);
  const { world } = device;
  await world.disk.mkdir(snapshotFolder(world), { mode: 0o700 });
  const full = new DiskError('no-space', 'write', 'x');
  const disk: Disk = new Proxy(world.disk, {
    get(target, key) {
      if (key === 'writeStream') return writeStream;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const writeStream: Disk['writeStream'] = async (path, source, options) => {
    const failing = async function* () {
      for await (const piece of source) {
        yield piece;
        throw full;
      }
    };
    return await world.disk.writeStream(path, failing(), options);
  };
  await t.rejects(writeSnapshot({ ...world, disk }, { set: 1, snap: 'app', users: [] }, quietly), full);
  t.strictSame(readdirSync(snapshotFolder(world)), []);
  const controller = new AbortController();
  controller.abort(new Error('stop'));
  const report = { signal: controller.signal, note: () => {} };
  await t.rejects(writeSnapshot(world, { set: 1, snap: 'app', users: [] }, report), { message: 'stop' });
  t.strictSame(readdirSync(snapshotFolder(world)), []);
});

t.test('any changed byte of an archive, and any cut, is found', async (t) => {
  const { path } = await saved(t);
  const good = readFileSync(path);
  const wrong: string[] = [];
  const isFound = async (what: string, bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    try {
      using open = await openSnapshot(path);
      await checkSnapshot(open);
      wrong.push(what);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'damaged' && code !== 'not-a-snapshot') throw error;
    }
  };
  const archive = good.indexOf('archive.tgz') + 11;
  const bits = [0, 10, 20, 40, 60, 80, 100].map((at) => archive + at);
  for (const at of bits)
    await isFound(
      `bit at ${at}`,
      good.map((byte, place) => (place === at ? byte ^ 1 : byte)),
    );
  for (let length = 0; length < good.length; length += 97) await isFound(`cut at ${length}`, good.subarray(0, length));
  t.strictSame(wrong, []);
  writeFileSync(path, good);
  using open = await openSnapshot(path);
  await t.resolves(checkSnapshot(open));
});

t.test('a file by the name of another snap, version or revision is refused', async (t) => {
  const { path } = await saved(t);
  for (const name of ['3_other_1.2_7.zip', '3_app_1.3_7.zip', '3_app_1.2_8.zip']) {
    copyFileSync(path, join(path, '..', name));
    await t.rejects(openSnapshot(join(path, '..', name)), {
      code: 'damaged',
      message: /of another snap, version or revision/,
    });
  }
  copyFileSync(path, join(path, '../9_app_1.2_7.zip'));
  using other = await openSnapshot(join(path, '../9_app_1.2_7.zip'));
  t.equal(other.snapshot.set, 9, 'but of another set it is what its name says');
  await t.rejects(openSnapshot(join(path, '../app.zip')), {
    code: 'not-a-snapshot',
    message: /^not a snapshot filename/,
  });
});

t.test('what zip has made of the same parts is read, and its tricks are not taken', async (t) => {
  const { path } = await saved(t);
  const folder = await temporaryFolder(t);
  await tool('unzip', '-q', path, '-d', folder);
  const zipped = async (what: string, ...args: readonly string[]) => {
    rmSync(path, { force: true });
    await tool('sh', '-c', `cd "$0" && zip -q ${args.join(' ')} "$1" ${what}`, folder, path);
  };
  await zipped('-r .', '-9');
  using open = await openSnapshot(path);
  await t.resolves(checkSnapshot(open), 'compressed once more');
  await zipped('-r .', '-P secret');
  await t.rejects(openSnapshot(path), { code: 'damaged', message: /encrypted/ });
  await zipped('meta.json meta.sha3_384');
  using without = await openSnapshot(path);
  await t.rejects(checkSnapshot(without), { code: 'damaged', message: 'missing archive member "archive.tgz"' });
  await zipped('archive.tgz');
  await t.rejects(openSnapshot(path), { code: 'damaged', message: 'missing archive member "meta.json"' });
  writeFileSync(join(folder, 'meta.json'), ' '.repeat(5 << 20));
  await zipped('meta.json meta.sha3_384');
  t.ok(statSync(path).size < 20_000, 'a small file');
  await t.rejects(openSnapshot(path), { code: 'too-large', message: /meta\.json is larger than 4194304 bytes/ });
  mkdirSync(join(folder, 'many'));
  for (let at = 0; at <= 1000; at++) writeFileSync(join(folder, 'many', String(at)), '');
  await zipped('-r many');
  await t.rejects(openSnapshot(path), { code: 'damaged', message: /more than 1000 entries/ });
});

t.test('a name that stands in a zip file twice is refused', async (t) => {
  const { path } = await saved(t);
  const folder = await temporaryFolder(t);
  await tool('unzip', '-q', path, '-d', folder);
  copyFileSync(join(folder, 'meta.json'), join(folder, 'meta.jsom'));
  rmSync(path);
  await tool('sh', '-c', 'cd "$0" && zip -q "$1" meta.json meta.jsom', folder, path);
  const bytes = readFileSync(path).toString('latin1').replaceAll('meta.jsom', 'meta.json');
  writeFileSync(path, bytes, 'latin1');
  await t.rejects(openSnapshot(path), { code: 'damaged', message: /it has "meta\.json" twice/ });
});

t.test('what saving may take is known before', async (t) => {
  const { device } = await saved(t);
  const config = JSON.stringify({ key: { inner: 1 } }).length;
  t.equal(await snapshotSize(device.world, 'app'), 'data of 7\nshared\nmine\nroot\n'.length + config);
  t.equal(await snapshotSize(device.world, 'nothing'), 0);
});
