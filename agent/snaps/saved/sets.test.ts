import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Change } from '../../engine/model.ts';
import { installed } from '../plan/testing.ts';
import { checkRetention, forgetExpired, retentionOf, retentionText, usualRetention } from './expiry.ts';
import { highestSet, savedNames, savedSets, setJson } from './sets.ts';
import { quietly, savedDevice, wallMs } from './testing.ts';
import { allUsers, chosenUsers, parsePasswd, withData } from './users.ts';
import { snapshotFolder } from './world.ts';
import { writeSnapshot } from './write.ts';

const hour = 3_600_000;

t.test('sets are listed by number and snap, broken files too, and nothing else in the folder', async (t) => {
  const device = await savedDevice(t, {}, [installed('app', [7]), installed('bee', [1])]);
  const { world } = device;
  for (const set of [10, 2]) {
    for (const snap of ['bee', 'app']) await writeSnapshot(world, { set, snap, users: [] }, quietly);
  }
  const folder = snapshotFolder(world);
  writeFileSync(join(folder, '2_cut_1_1.zip'), 'cut');
  for (const name of ['readme', '2_app_1.0_7.zip.~3~', '5.zip', '.2_x_1_1.zip.holdfast~'])
    writeFileSync(join(folder, name), '');
  const sets = await savedSets(world);
  t.strictSame(
    sets.map(({ id, files }) => [id, ...files.map(({ name }) => name.snap)]),
    [
      [2, 'app', 'bee', 'cut'],
      [10, 'app', 'bee'],
    ],
  );
  t.match(sets[0]?.files[2], { snapshot: undefined, broken: /^cannot read .*2_cut_1_1\.zip: / });
  t.strictSame(
    (await savedSets(world, { set: 10, snaps: ['bee'] })).map(({ files }) => files.length),
    [1],
  );
  t.strictSame(await savedSets(world, { set: 3 }), []);
  t.equal(await highestSet(world), 10);
  const [first] = sets;
  if (first === undefined) throw new Error('no sets');
  const json = setJson(first, new Map([[2, new Date()]]));
  t.match(json, {
    id: 2,
    snapshots: [
      { set: 2, snap: 'app', 'snap-id': 'app-id', auto: true },
      {},
      { snap: 'cut', version: '1', revision: '1', broken: /cannot read/ },
    ],
  });
  t.notOk('auto' in (setJson(first, new Map()).snapshots[0] ?? {}));
});

t.test('a set that is being imported does not count, and its number is in use', async (t) => {
  const { world } = await savedDevice(t);
  await writeSnapshot(world, { set: 3, snap: 'app', users: [] }, quietly);
  copyFileSync(join(snapshotFolder(world), '3_app_1.2_7.zip'), join(snapshotFolder(world), '8_app_1.2_7.zip'));
  writeFileSync(join(snapshotFolder(world), '8_importing'), '');
  t.strictSame(
    (await savedNames(world)).map(({ set }) => set),
    [3],
  );
  t.equal(await highestSet(world), 8);
});

t.test('without a folder there are no sets', async (t) => {
  const { world } = await savedDevice(t);
  rmSync(snapshotFolder(world), { recursive: true });
  t.strictSame([await savedSets(world), await highestSet(world)], [[], 0]);
});

t.test('a number is given once, also after its set is gone, and above all that files have', async (t) => {
  const { world } = await savedDevice(t);
  const { sets } = world;
  t.equal(sets.next(0), 1);
  t.equal(sets.next(0), 1, 'asking gives none');
  t.strictSame([await sets.give(0), await sets.give(0), await sets.give(7), await sets.give(0)], [1, 2, 8, 9]);
});

t.test('how long what is saved by itself is kept', async (t) => {
  const complaints: string[] = [];
  const complain = (text: string) => complaints.push(text);
  t.equal(retentionOf(undefined, false), undefined, 'nothing is saved by itself on core');
  t.equal(retentionOf(undefined, true), 31 * 24 * hour);
  t.equal(usualRetention, 31 * 24 * hour);
  t.equal(retentionOf('40h30m', false), 40.5 * hour);
  for (const value of ['no', '0s']) t.equal(retentionOf(value, true), undefined);
  t.equal(retentionOf('invalid', true, complain), usualRetention);
  t.equal(retentionOf('invalid', false, complain), undefined);
  t.strictSame(
    complaints,
    Array(2).fill('snapshots.automatic.retention cannot be parsed: time: invalid duration "invalid"'),
  );
  t.equal(retentionText(40.5 * hour), '40h30m0s');
});

t.test('what retention may be set to', async (t) => {
  for (const value of ['no', '24h', '40h', '', undefined, null]) t.doesNotThrow(() => checkRetention(value));
  const low = 'snapshots.automatic.retention must be a value greater than 24 hours, or "no" to disable';
  for (const value of ['10m', '23h59m', '-48h'])
    t.throws(() => checkRetention(value), { code: 'bad-request', message: low });
  for (const value of ['invalid', 'yes', 5, true, {}]) {
    t.throws(() => checkRetention(value), {
      code: 'bad-request',
      message: /^snapshots\.automatic\.retention cannot be parsed: /,
    });
  }
});

t.test('sets whose time is over go, but not while something works on them', async (t) => {
  const device = await savedDevice(t);
  const { world } = device;
  for (const set of [1, 2, 3, 4]) await writeSnapshot(world, { set, snap: 'app', users: [] }, quietly);
  device.database.transaction('test: expiries', (sql) => {
    for (const [set, ms] of [
      [1, -1],
      [2, 1],
      [3, 0],
      [9, -5],
    ] as const)
      world.sets.putExpiry(sql, set, new Date(wallMs + ms));
  });
  const checking = { tasks: [{ kind: 'check-snapshot', data: { 'snapshot-set': 3 } }] } as unknown as Change;
  t.strictSame(await forgetExpired(world, [checking]), [1, 9]);
  t.strictSame(
    (await savedNames(world)).map(({ set }) => set),
    [2, 3, 4],
  );
  t.strictSame([...world.sets.expiries().keys()], [2, 3]);
  t.strictSame(await forgetExpired(world, []), [3], 'the next time');
  mkdirSync(join(snapshotFolder(world), '2_app_1.2_8.zip'));
  t.strictSame(await forgetExpired(world, []), [], 'and what has no time yet, or none at all, stays');
});

t.test('accounts are read from the files that have them', async (t) => {
  const text =
    'root:x:0:0:root:/root:/bin/sh\nbad\n# no\nbob:x:1000:1001:,,,:/home/bob:\nx/y:x:1:1::/home/x:\n..:x:2:2::/home/z:\nn:x:-1:1::/home/n:\n';
  t.strictSame(parsePasswd(text), [
    { name: 'root', uid: 0, gid: 0, home: '/root' },
    { name: 'bob', uid: 1000, gid: 1001, home: '/home/bob' },
  ]);
  const { world, put } = await savedDevice(t);
  await put({ 'etc/passwd': 'root:x:0:0::/root:\n', 'var/lib/extrausers/passwd': 'eve:x:1002:1002::/home/eve:\n' });
  t.strictSame(
    (await allUsers(world)).map(({ name }) => name),
    ['root', 'eve'],
  );
});

t.test('whose data is saved', async (t) => {
  const user = (name: string, uid: number, home: string) => ({ name, uid, gid: uid, home });
  const users = [
    ...[
      user('root', 0, '/root'),
      user('toor', 0, '/home/toor'),
      user('daemon', 1, '/usr/sbin'),
      user('bob', 1000, '/home/bob'),
    ],
    ...[
      user('twin', 1000, '/home/twin'),
      user('deep', 1001, '/home/a/b'),
      user('up', 1002, '/home/..'),
      user('1003', 1004, '/home/n'),
    ],
  ];
  t.strictSame(
    withData(users).map(({ name }) => name),
    ['root', 'bob', '1003'],
  );
  t.strictSame(
    chosenUsers(users, []).map(({ name }) => name),
    ['root', 'bob', '1003'],
  );
  t.strictSame(
    chosenUsers(users, ['daemon', '1000', 'daemon', '1003']).map(({ uid }) => uid),
    [1, 1000, 1004],
  );
  t.throws(() => chosenUsers(users, ['bob', 'eve']), { code: 'bad-request', message: 'user: unknown user eve' });
});
