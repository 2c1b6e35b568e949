/** The tasks of saved snapshots run twice, are killed at every write and fail one after the other. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type End, failEach, killEach, type Rehearsal, rehearse, runTwice } from '../../engine/fixture-rehearsal.ts';
import type { ChangePlan } from '../../engine/plan.ts';
import { installed } from '../plan/testing.ts';
import { savedHandlers } from './handlers.ts';
import { prepareSnapshots } from './import.ts';
import { planCheck, planForget, planRestore, planSave, type SavedView } from './plan.ts';
import { highestSet, savedSets } from './sets.ts';
import { openSaved, quietly, type SavedDevice, savedDevice, tool } from './testing.ts';
import { writeSnapshot } from './write.ts';

const files = {
  'var/snap/app/7/data': 'data\n',
  'var/snap/app/common/shared': 'shared\n',
  'var/snap/two/x1/data': 'data of two\n',
  'home/alice/snap/app/7/mine': 'mine\n',
};
const records = [installed('app', [7], { version: '1.2' }), installed('two', ['x1'], { version: '2' })];

async function viewOf(device: SavedDevice): Promise<SavedView> {
  return {
    records: new Map(device.world.records.all().map((record) => [record.instance, record])),
    conflict: () => undefined,
    ...{ sets: await savedSets(device.world), open: [], exporting: new Set() },
  };
}

/** Everything on the device but the database; of snapshots, what they hold. */
async function lookAt(device: SavedDevice): Promise<unknown> {
  const configs = records.map(({ instance }) => device.world.configs.read(instance));
  const expiries = [...device.world.sets.expiries()];
  return { files: filesIn(device.root), sets: await savedSets(device.world), configs, expiries };
}

function filesIn(root: string): Readonly<Record<string, string>> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names.sort().map((name) => {
      const path = join(root, name);
      const { mode, uid, gid, mtimeMs } = lstatSync(path);
      const owned = `${mode.toString(8)} ${uid} ${gid}`;
      // When a directory was changed last is nobody's data, and when a snapshot was written is not the same each time.
      if (lstatSync(path).isDirectory()) return [name, owned];
      if (name.includes('/snapshots/')) return [name, `${owned} ${readFileSync(path).length}`];
      return [name, `${owned} ${Math.floor(mtimeMs / 1000)} ${readFileSync(path, 'utf8')}`];
    }),
  );
}

/** @param prepare what is there before the plan */
async function rehearsalOf(
  t: Test,
  prepare: (device: SavedDevice) => Promise<void>,
  plan: (device: SavedDevice) => Promise<ChangePlan>,
): Promise<Rehearsal> {
  const made = await savedDevice(t, files, records);
  made.setConfig('app', { key: 'old' });
  await prepare(made);
  await made.database.close();
  const folder = join(made.root, '..');
  const [root, path] = [join(folder, 'stage'), join(folder, 'stage-db')];
  const open = async (onWrite = () => {}) => await openSaved(root, path, onWrite);
  return {
    async fresh() {
      await rm(root, { recursive: true, force: true });
      await tool('cp', '-a', made.root, root);
      await rm(`${path}-shm`, { force: true });
      for (const suffix of ['', '-wal']) await cp(join(folder, `db${suffix}`), `${path}${suffix}`);
    },
    async start(onWrite) {
      const device = await openSaved(root, path, onWrite);
      await prepareSnapshots(device.world);
      const world = { ...device.world, automaticRetention: () => 48 * 3_600_000 };
      return {
        ...{ database: device.database, handlers: savedHandlers(world) },
        plan: () => plan(device),
        stop: () => device.database.close(),
      };
    },
    async look() {
      const device = await open();
      const found = await lookAt(device);
      await device.database.close();
      return found;
    },
  };
}

async function standsEverything(t: Test, rehearsal: Rehearsal): Promise<End> {
  t.strictSame(await runTwice(rehearsal), [], 'every task twice');
  t.strictSame(await killEach(rehearsal, 'forwards'), [], 'killed at every write');
  t.strictSame(await killEach(rehearsal, 'backwards'), [], 'and on its way back');
  t.strictSame(await failEach(rehearsal), [], 'a failure after each task leaves all as it was');
  return await rehearse(rehearsal);
}

async function nextSet({ world }: SavedDevice): Promise<number> {
  return world.sets.next(await highestSet(world));
}

async function saveTwo({ world }: SavedDevice): Promise<void> {
  for (const snap of ['app', 'two']) await writeSnapshot(world, { set: 1, snap, users: [] }, quietly);
}

async function saveAndChange(device: SavedDevice): Promise<void> {
  await saveTwo(device);
  await device.put({
    'var/snap/app/7/data': 'changed\n',
    'var/snap/app/7/more': 'more\n',
    'var/snap/two/x1/data': 'changed\n',
    'home/alice/snap/app/7/mine': 'changed\n',
  });
  await tool('rm', '-r', device.path('var/snap/app/common'));
  device.setConfig('app', { key: 'new' });
}

t.test('save', async (t) => {
  const rehearsal = await rehearsalOf(
    t,
    async () => {},
    async (device) => planSave(await viewOf(device), { names: [], set: await nextSet(device), users: [] }),
  );
  const { status, tasks, look } = await standsEverything(t, rehearsal);
  t.strictSame([status, tasks], ['Done', 'save-snapshot:Done save-snapshot:Done']);
  t.match(look, { sets: [{ id: 1, files: [{ name: { snap: 'app' } }, { name: { snap: 'two' } }] }], expiries: [] });
});

t.test('save by itself, as before a removal', async (t) => {
  const rehearsal = await rehearsalOf(
    t,
    async () => {},
    async () => ({
      ...{ kind: 'remove-snap', summary: 'Remove "app" snap', data: {} },
      tasks: [
        {
          kind: 'save-snapshot',
          summary: 'Save data of snap "app" in automatic snapshot set #4',
          data: { snap: 'app', 'affected-snaps': ['app'], 'snapshot-set': 4, automatic: true },
        },
      ],
    }),
  );
  t.strictSame(await runTwice(rehearsal), []);
  t.strictSame(await failEach(rehearsal), []);
  const { look } = await rehearse(rehearsal);
  t.match(look, { sets: [{ id: 4 }], expiries: [[4, new Date('2026-01-04T03:04:05Z')]] });
});

t.test('restore', async (t) => {
  const rehearsal = await rehearsalOf(t, saveAndChange, async (device) =>
    planRestore(await viewOf(device), { set: 1 }),
  );
  const { status, tasks, look } = await standsEverything(t, rehearsal);
  t.strictSame([status, tasks], ['Done', 'restore-snapshot:Done restore-snapshot:Done cleanup-after-restore:Done']);
  const text = JSON.stringify(look);
  t.notMatch(text, /changed|more|\.snapshot-/, 'nothing else is left');
  t.match(look, { configs: [{ key: 'old' }, {}] }, 'with its configuration');
});

t.test('restore after the snap is gone', async (t) => {
  const rehearsal = await rehearsalOf(
    t,
    async (device) => {
      await saveTwo(device);
      for (const { instance } of records) device.world.records.remove(instance);
      await tool('sh', '-c', 'cd "$0" && rm -r var/snap/app var/snap/two home/alice/snap', device.root);
      device.setConfig('app', {});
    },
    async (device) => planRestore(await viewOf(device), { set: 1, snaps: ['app'] }),
  );
  const { status, look } = await standsEverything(t, rehearsal);
  t.equal(status, 'Done');
  t.match(JSON.stringify(look), /"var\/snap\/app\/7\/data":"[^"]* data\\n"/);
  t.match(look, { configs: [{ key: 'old' }, {}] });
});

t.test('check', async (t) => {
  const rehearsal = await rehearsalOf(t, saveTwo, async (device) => planCheck(await viewOf(device), { set: 1 }));
  t.strictSame(await failEach(rehearsal), []);
  t.equal((await rehearse(rehearsal)).status, 'Done');
});

t.test('forget', async (t) => {
  const prepare = async (device: SavedDevice) => {
    await saveTwo(device);
    device.database.transaction('test: expiry', (sql) => device.world.sets.putExpiry(sql, 1, new Date(5000)));
  };
  const whole = await rehearsalOf(t, prepare, async (device) => planForget(await viewOf(device), { set: 1 }));
  t.match((await standsEverything(t, whole)).look, { sets: [], expiries: [] });
  const one = await rehearsalOf(t, prepare, async (device) => {
    return planForget(await viewOf(device), { set: 1, snaps: ['two'] });
  });
  const { look } = await standsEverything(t, one);
  t.match(
    look,
    { sets: [{ files: [{ name: { snap: 'app' } }] }], expiries: [[1, new Date(5000)]] },
    'the rest still goes',
  );
  t.notMatch(JSON.stringify(look), /~/);
});

t.test('a damaged snapshot is found, and is not restored', async (t) => {
  const damage = async (device: SavedDevice) => {
    await saveAndChange(device);
    const path = device.path('var/lib/snapd/snapshots/1_two_2_x1.zip');
    await tool('sh', '-c', 'printf X | dd of="$0" bs=1 seek=60 conv=notrunc status=none', path);
  };
  const check = await rehearsalOf(t, damage, async (device) => planCheck(await viewOf(device), { set: 1 }));
  t.match(await rehearse(check), {
    status: 'Error',
    tasks: 'check-snapshot:Done check-snapshot:Error',
    error: /hash/,
  });
  const restore = await rehearsalOf(t, damage, async (device) => planRestore(await viewOf(device), { set: 1 }));
  await restore.fresh();
  const before = await restore.look();
  const end = await rehearse(restore);
  t.match(end, { status: 'Error', tasks: 'restore-snapshot:Undone restore-snapshot:Error cleanup-after-restore:Hold' });
  t.strictSame(end.look, before, 'the other snap’s data is as it was, too');
});
