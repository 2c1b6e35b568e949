import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type End, rehearse } from '../../engine/fixture-rehearsal.ts';
import type { NewTask } from '../../engine/plan.ts';
import type { SnapRecord } from '../record/model.ts';
import { clearTask, type DataRehearsal, dataRehearsal, put, recordWith } from './fixture-data.ts';
import type { DataWorld } from './world.ts';

const failure: NewTask = { kind: 'fail', summary: 'fail' };

const full = {
  'var/snap/app/5/file': '5',
  'var/snap/app/3/file': '3',
  'var/snap/app/3.old/file': 'trash of another time',
  'var/snap/app/7/file': '7',
  'var/snap/app/common/file': 'common',
  'home/alice/snap/app/3/file': 'alice 3',
  'home/alice/snap/app/7/file': 'alice 7',
  'home/alice/snap/app/common/file': 'alice',
  'root/snap/app/7/file': 'root 7',
  'home/alice/snap/other/1/file': 'of another snap',
  'var/lib/snapd/save/snap/app/key': 'key',
  'var/lib/snapd/save/snap/other/key': 'key',
};

function fill(root: string): void {
  put(root, full);
  symlinkSync('7', join(root, 'home/alice/snap/app/current'));
}

interface Scene {
  readonly world?: Partial<DataWorld>;
  readonly records?: readonly SnapRecord[];
  readonly tasks: readonly NewTask[];
  readonly fill?: (root: string) => void;
}

/** Runs the tasks; one of kind `forget` removes the record, as discard-snap does in the end. */
async function run(t: Test, scene: Scene): Promise<{ rehearsal: DataRehearsal; end: End; before: unknown }> {
  const rehearsal = await dataRehearsal(t, { fill, ...scene });
  await rehearsal.fresh();
  const before = await rehearsal.look();
  const forget = {
    do: async () => ({
      kind: 'done' as const,
      commit: (sql: { run(text: string, ...values: string[]): unknown }) =>
        void sql.run('DELETE FROM snap_records WHERE instance = ?', 'app'),
    }),
  };
  const end = await rehearse(rehearsal, { wrap: () => ({ forget }) });
  return { rehearsal, end, before };
}

const forget: NewTask = { kind: 'forget', summary: 'discard' };

t.test('of a revision that the device may boot all data stays', async (t) => {
  const asked: unknown[] = [];
  const mayBoot = async (place: unknown) => asked.push(place) > 0;
  const scene = { records: [recordWith('app', '5', '3', '7')], tasks: [clearTask('3')], world: { mayBoot } };
  const { rehearsal, end, before } = await run(t, scene);
  t.equal(end.status, 'Done');
  t.strictSame(await rehearsal.look(), before);
  t.strictSame(asked, [{ instance: 'app', revision: '3' }]);
});

t.test('E2: only the data of that revision goes, with its old trash', async (t) => {
  const { rehearsal, end } = await run(t, { records: [recordWith('app', '5', '3', '7')], tasks: [clearTask('3')] });
  t.equal(end.status, 'Done');
  const names = (path: string) => readdirSync(join(rehearsal.root, path));
  t.strictSame(names('var/snap/app'), ['5', '7', 'common']);
  t.strictSame(names('home/alice/snap/app'), ['7', 'common', 'current']);
  t.strictSame(names('root/snap/app'), ['7']);
  t.strictSame(names('var/lib/snapd/save/snap'), ['app', 'other']);
});

t.test('E1: with the last revision goes all that the snap has, and nothing of others', async (t) => {
  const one = (root: string) => {
    fill(root);
    for (const name of ['var/snap/app/5', 'var/snap/app/3', 'var/snap/app/3.old', 'home/alice/snap/app/3'])
      rmSync(join(root, name), { recursive: true });
  };
  const tasks = [clearTask('7'), forget];
  const { rehearsal, end } = await run(t, { records: [recordWith('app', '7')], tasks, fill: one });
  t.equal(end.status, 'Done');
  const names = (path: string) => readdirSync(join(rehearsal.root, path));
  t.strictSame(names('var/snap'), []);
  t.strictSame(names('home/alice/snap'), ['other']);
  t.strictSame(names('root/snap'), []);
  t.strictSame(names('var/lib/snapd/save/snap'), ['other']);
});

t.test('directories that are not empty stay', async (t) => {
  const tasks = [clearTask('7'), forget];
  const { rehearsal } = await run(t, { records: [recordWith('app', '7')], tasks });
  t.strictSame(readdirSync(join(rehearsal.root, 'var/snap/app')), ['3', '3.old', '5']);
});

t.test('undone, all is where it was, whoever came in between', async (t) => {
  const records = [recordWith('app', '7')];
  const { end, before } = await run(t, { records, tasks: [clearTask('7'), failure] });
  t.equal(end.status, 'Error');
  t.strictSame(end.look, before);
  const rehearsal = await dataRehearsal(t, {
    fill,
    records,
    tasks: [clearTask('7'), { kind: 'use', summary: 'a program that still runs' }, failure],
  });
  const use = async () => {
    put(rehearsal.root, { 'var/snap/app/7/file': 'new', 'var/snap/app/common/more': 'new' });
    return { kind: 'done' as const };
  };
  const again = await rehearse(rehearsal, { wrap: () => ({ use: { do: use } }) });
  t.equal(again.status, 'Error');
  t.strictSame(again.look, before);
});

t.test('while the change is not over, what is to go can come back', async (t) => {
  const rehearsal = await dataRehearsal(t, {
    fill,
    records: [recordWith('app', '5', '3', '7')],
    tasks: [clearTask('3'), { kind: 'peek', summary: 'look' }],
  });
  let during: readonly string[] = [];
  const peek = async () => {
    during = readdirSync(join(rehearsal.root, 'var/snap/app'));
    return { kind: 'done' as const };
  };
  await rehearse(rehearsal, { wrap: () => ({ peek: { do: peek } }) });
  t.strictSame(during, ['.3.old.trash-1', '.3.trash-1', '5', '7', 'common']);
});

t.test('E19: what instances of one snap share stays as long as one of them needs it', async (t) => {
  const instances = (root: string) => {
    for (const name of ['app', 'app_one', 'app_two']) {
      mkdirSync(join(root, 'var/snap', name), { recursive: true });
      mkdirSync(join(root, 'home/alice/snap', name), { recursive: true });
    }
    put(root, { 'var/snap/app_one/1/file': '1', 'var/snap/app_one/common/file': 'c' });
  };
  const removed = async (...others: readonly string[]) => {
    const records = others.map((name) => recordWith(name, '1'));
    const { rehearsal, end } = await run(t, { records, tasks: [clearTask('1', 'app_one')], fill: instances });
    t.equal(end.status, 'Done');
    return readdirSync(join(rehearsal.root, 'var/snap'));
  };
  t.strictSame(await removed('app_two'), ['app', 'app_two']);
  t.strictSame(await removed('app'), ['app', 'app_two']);
  t.strictSame(await removed(), ['app_two']);
});

t.test('a user who leads elsewhere by a symlink is left alone', async (t) => {
  const linked = (root: string) => {
    put(root, { 'var/snap/app/7/file': '7', 'elsewhere/7/file': 'precious', 'elsewhere/common/file': 'precious' });
    symlinkSync('../../../elsewhere', join(root, 'home/alice/snap/app'));
    put(root, { 'root/snap/app/current': 'no link, but a file of mine' });
  };
  const { rehearsal, end } = await run(t, {
    records: [recordWith('app', '7')],
    tasks: [clearTask('7'), forget],
    fill: linked,
  });
  t.equal(end.status, 'Done');
  t.strictSame(readdirSync(join(rehearsal.root, 'elsewhere')), ['7', 'common']);
  t.strictSame(readdirSync(join(rehearsal.root, 'root/snap/app')), ['current']);
});

t.test('nothing of the snap is there', async (t) => {
  const tasks = [clearTask('7'), forget];
  const { end, before } = await run(t, { records: [recordWith('app', '7')], tasks, fill: () => {} });
  t.equal(end.status, 'Done');
  t.strictSame(end.look, before);
});
