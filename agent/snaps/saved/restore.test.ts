/** What was saved comes back, into whatever is there now, and what was there goes back. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openSnapshot } from './read.ts';
import { dropOld, lookBefore, placesOf, type RestoreRequest, restoreData, revertData } from './restore.ts';
import { alice, gathered, never, quietly, type SavedDevice, savedDevice, tool } from './testing.ts';
import { snapshotFolder } from './world.ts';
import { writeSnapshot } from './write.ts';

const files = {
  'var/snap/app/7/data': 'old data\n',
  'var/snap/app/common/shared': 'old shared\n',
  'home/alice/snap/app/7/mine': 'old mine\n',
};

async function withSnapshot(t: Test): Promise<SavedDevice & { readonly file: string }> {
  const device = await savedDevice(t, files);
  await writeSnapshot(device.world, { set: 1, snap: 'app', users: [] }, quietly);
  return { ...device, file: join(snapshotFolder(device.world), '1_app_1.2_7.zip') };
}

type Device = Awaited<ReturnType<typeof withSnapshot>>;

const request: RestoreRequest = { revision: '7', users: [], id: '5', signal: never, note: () => {} };

async function restore(device: Device, more: Partial<RestoreRequest> = {}) {
  using open = await openSnapshot(device.file);
  const places = await placesOf(device.world, open, { ...request, ...more });
  const before = await lookBefore(places, more.revision ?? request.revision);
  await restoreData(device.world, open, places, { ...request, ...more });
  return before;
}

/** All files of the device's data and homes: their modes, owners and content. */
async function picture(device: SavedDevice): Promise<string> {
  const listed = await tool(
    'sh',
    '-c',
    'cd "$0" && find var/snap home -printf "%p %y %m %U %G\\n" | sort',
    device.root,
  );
  const texts = listed.split('\n').flatMap((line) => {
    const [path = '', kind] = line.split(' ');
    return kind === 'f' ? [`${path}: ${readFileSync(device.path(path), 'utf8')}`] : [];
  });
  return `${listed}${texts.join('')}`;
}

t.test('data is as it was, for the system and for users; what was there waits to go back', async (t) => {
  const device = await withSnapshot(t);
  const saved = await picture(device);
  await device.put({
    'var/snap/app/7/data': 'new data\n',
    'var/snap/app/7/more': 'more\n',
    'var/snap/app/common/shared': 'new shared\n',
    'home/alice/snap/app/7/mine': 'new mine\n',
    'home/alice/snap/app/common/new': 'new\n',
  });
  const changed = await picture(device);
  const before = await restore(device);
  t.equal(readFileSync(device.path('var/snap/app/7/data'), 'utf8'), 'old data\n');
  t.equal(statSync(device.path('home/alice/snap/app/7/mine')).uid, alice.uid);
  t.strictSame(readdirSync(device.path('var/snap/app')).sort(), ['.snapshot-5', '7', 'common']);
  t.equal(statSync(device.path('home/alice/snap/app/.snapshot-5')).mode & 0o777, 0o700);
  await revertData(device.world, 'app', before, request);
  t.equal(await picture(device), changed, 'taken back');
  await revertData(device.world, 'app', before, request);
  t.equal(await picture(device), changed, 'and again');
  await restore(device);
  await dropOld(device.world, 'app', before, request);
  rmSync(device.path('home/alice/snap/app/common'), { recursive: true });
  t.equal(await picture(device), saved, 'after all, the saved data alone');
});

t.test('it is restored after the snap is gone, and undone to nothing', async (t) => {
  const device = await withSnapshot(t);
  const saved = await picture(device);
  for (const path of ['var/snap/app', 'home/alice/snap']) rmSync(device.path(path), { recursive: true });
  const empty = await picture(device);
  const before = await restore(device);
  await revertData(device.world, 'app', before, request);
  t.equal(await picture(device), empty);
  await restore(device);
  await dropOld(device.world, 'app', before, request);
  t.equal(await picture(device), saved);
});

t.test('data of another revision becomes that of the current one', async (t) => {
  const device = await withSnapshot(t);
  await device.put({ 'var/snap/app/9/data': 'of 9\n' });
  const changed = await picture(device);
  const before = await restore(device, { revision: '9' });
  t.equal(readFileSync(device.path('var/snap/app/9/data'), 'utf8'), 'old data\n');
  t.equal(readFileSync(device.path('home/alice/snap/app/9/mine'), 'utf8'), 'old mine\n');
  t.ok(existsSync(device.path('var/snap/app/7/data')), 'the other revision’s stays');
  await revertData(device.world, 'app', before, { ...request, revision: '9' });
  t.equal(await picture(device), changed);
});

t.test('only of the users that were named; those who are not here are told', async (t) => {
  const device = await withSnapshot(t);
  await device.put({ 'var/snap/app/7/data': 'new\n', 'home/alice/snap/app/7/mine': 'new\n' });
  await restore(device, { users: ['root'] });
  t.equal(readFileSync(device.path('var/snap/app/7/data'), 'utf8'), 'old data\n');
  t.equal(readFileSync(device.path('home/alice/snap/app/7/mine'), 'utf8'), 'new\n');
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  renameSync(device.path('home/alice'), device.path('home/bob'));
  await restore(device, { note });
  await device.put({ 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n' });
  await restore(device, { note });
  t.strictSame(notes, [
    'Skipping restore of user "alice": "/home/alice" doesn\'t exist.',
    'Skipping restore of user "alice": user: unknown user alice.',
  ]);
});

t.test('what an attempt that was cut short has left does not matter', async (t) => {
  const device = await withSnapshot(t);
  const saved = await picture(device);
  await device.put({ 'var/snap/app/.snapshot-5/new/7/half': 'half', 'var/snap/app/.snapshot-5/rest': 'rest' });
  chmodSync(device.path('var/snap/app/.snapshot-5/new/7'), 0);
  const before = await restore(device);
  t.notOk(existsSync(device.path('var/snap/app/7/half')));
  await dropOld(device.world, 'app', before, request);
  t.equal(await picture(device), saved);
});

t.test('where one archive is damaged, nothing has been touched', async (t) => {
  const device = await withSnapshot(t);
  await device.put({ 'var/snap/app/7/data': 'new\n', 'home/alice/snap/app/7/mine': 'new\n' });
  const changed = await picture(device);
  const bytes = readFileSync(device.file);
  const at = bytes.indexOf('user/alice.tgz') + 14 + 30;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(device.file, bytes);
  using open = await openSnapshot(device.file);
  const places = await placesOf(device.world, open, request);
  const before = await lookBefore(places, '7');
  await t.rejects(restoreData(device.world, open, places, request), { code: 'damaged' });
  t.equal(readFileSync(device.path('var/snap/app/7/data'), 'utf8'), 'new\n');
  await revertData(device.world, 'app', before, request);
  t.equal(await picture(device), changed);
});

for (const [what, more] of [
  // The unpacker takes these for its end, whatever follows.
  ['zeros', Buffer.alloc(7)],
  ['text', Buffer.from('no gzip')],
] as const) {
  t.test(`an archive with something behind it is damaged, whatever it begins with: ${what}`, async (t) => {
    const device = await withSnapshot(t);
    using open = await openSnapshot(device.file);
    const places = await placesOf(device.world, open, request);
    const zip = {
      ...open.zip,
      async *stream(name: string) {
        yield Buffer.concat([await gathered(open.zip.stream(name)), more]);
        for (let count = 0; count < 100; count++) {
          await turn();
          yield more;
        }
      },
    };
    await t.rejects(restoreData(device.world, { ...open, zip }, places, request), { code: 'damaged' });
  });
}

t.test('a stop ends it', async (t) => {
  const device = await withSnapshot(t);
  const signal = AbortSignal.abort(new Error('stop'));
  await t.rejects(restore(device, { signal }), { message: 'stop' });
});

t.test('a person who has laid links in the way of the restorer', async (t) => {
  const device = await withSnapshot(t);
  await device.put({ 'etc/app/7/secret': 'secret' });
  const victim = await tool('find', device.path('etc'), '-printf', '%p %U %m %l\\n');
  const home = device.path('home/alice');
  const isVictimSafe = async (what: string) => {
    t.equal(await tool('find', device.path('etc'), '-printf', '%p %U %m %l\\n'), victim, what);
  };
  // The folder of all snaps.
  renameSync(join(home, 'snap'), join(home, 'kept'));
  symlinkSync(device.path('etc'), join(home, 'snap'));
  await t.rejects(restore(device, { users: ['alice'] }), {
    code: 'not-permitted',
    message: /cannot restore into "snap" below/,
  });
  await isVictimSafe('the folder of snaps');
  // The snap's folder.
  rmSync(join(home, 'snap'));
  mkdirSync(join(home, 'snap'));
  symlinkSync(device.path('etc/app'), join(home, 'snap/app'));
  await t.rejects(restore(device, { users: ['alice'] }), {
    code: 'not-permitted',
    message: /cannot restore into "app" below/,
  });
  await isVictimSafe('the snap’s folder');
  // The data, and the folder that is used meanwhile.
  rmSync(join(home, 'snap/app'));
  mkdirSync(join(home, 'snap/app'));
  symlinkSync(device.path('etc/app/7'), join(home, 'snap/app/7'));
  symlinkSync(device.path('etc/app'), join(home, 'snap/app/.snapshot-5'));
  const before = await restore(device, { users: ['alice'] });
  t.equal(readFileSync(join(home, 'snap/app/7/mine'), 'utf8'), 'old mine\n');
  await isVictimSafe('the data');
  await revertData(device.world, 'app', before, request);
  t.ok(lstatSync(join(home, 'snap/app/7')).isSymbolicLink(), 'which go back as they were');
  await restore(device, { users: ['alice'] });
  await dropOld(device.world, 'app', before, request);
  await isVictimSafe('and what was there before');
});

t.test('what belongs to several users comes back to them', async (t) => {
  const device = await savedDevice(t, files);
  const path = device.path('var/snap/app/7/data');
  // Whoever is not root can give files to nobody else.
  const [uid, gid] = process.getuid?.() === 0 ? [1111, 2222] : [statSync(path).uid, statSync(path).gid];
  chownSync(path, uid, gid);
  chmodSync(path, 0o4640);
  await writeSnapshot(device.world, { set: 1, snap: 'app', users: [] }, quietly);
  rmSync(path);
  await restore({ ...device, file: join(snapshotFolder(device.world), '1_app_1.2_7.zip') });
  const { uid: owner, gid: group, mode } = statSync(path);
  t.strictSame([owner, group, mode & 0o7777], [uid, gid, 0o4640]);
});
