import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type End, rehearse } from '../../engine/fixture-rehearsal.ts';
import type { NewTask } from '../../engine/plan.ts';
import { pictureOf } from '../../system/tree/fixture-trees.ts';
import { copyTask, type DataRehearsal, type DataScene, dataRehearsal, put, recordWith } from './fixture-data.ts';

/** A failure of the change behind all others. */
const failure: NewTask = { kind: 'fail', summary: 'fail' };

async function run(t: Test, scene: DataScene): Promise<{ rehearsal: DataRehearsal; end: End; before: unknown }> {
  const rehearsal = await dataRehearsal(t, scene);
  await rehearsal.fresh();
  const before = await rehearsal.look();
  return { rehearsal, end: await rehearse(rehearsal), before };
}

const ten = {
  'var/snap/app/10/file': '10',
  'var/snap/app/common/file': 'common',
  'home/alice/snap/app/10/file': 'alice 10',
  'home/alice/snap/app/common/file': 'alice',
  'root/snap/app/10/file': 'root 10',
};
const both = {
  ...ten,
  'var/snap/app/20/file': '20',
  'home/alice/snap/app/20/file': 'alice 20',
};

t.test('F1: the new revision begins with a copy, for the system and each user; common is not copied', async (t) => {
  const { rehearsal, end } = await run(t, { fill: (root) => put(root, ten), tasks: [copyTask('20', '10')] });
  t.equal(end.status, 'Done');
  const at = (path: string) => join(rehearsal.root, path);
  for (const place of ['var/snap/app', 'home/alice/snap/app', 'root/snap/app']) {
    t.strictSame(pictureOf(at(`${place}/20`)), pictureOf(at(`${place}/10`)), place);
  }
  t.strictSame(readdirSync(at('var/snap/app')), ['10', '20', 'common'], 'and nothing is beside it');
  t.strictSame(readdirSync(at('home/alice/snap/app')), ['10', '20', 'common']);
  t.notOk(existsSync(at('home/bob/snap')), 'who has nothing of the snap gets nothing');
});

t.test('F1: also where nobody has a home', async (t) => {
  const fill = (root: string) => {
    put(root, { 'var/snap/app/10/file': '10' });
    rmSync(join(root, 'home'), { recursive: true });
    rmSync(join(root, 'root'), { recursive: true });
  };
  const { rehearsal, end } = await run(t, { fill, tasks: [copyTask('20', '10')] });
  t.equal(end.status, 'Done');
  t.equal(readFileSync(join(rehearsal.root, 'var/snap/app/20/file'), 'utf8'), '10');
});

t.test('F2: a first installation makes the directories, and undone takes them away', async (t) => {
  const { rehearsal, end } = await run(t, { fill: () => {}, tasks: [copyTask('10', undefined)] });
  t.equal(end.status, 'Done');
  const picture = pictureOf(join(rehearsal.root, 'var/snap/app'), { times: false });
  t.strictSame(picture, { '': '040755 0 0', '/10': '040755 0 0', '/common': '040755 0 0' });
  t.strictSame(readdirSync(join(rehearsal.root, 'home/alice/snap')), [], 'those of users are made when it runs');
  const undone = await run(t, { fill: () => {}, tasks: [copyTask('10', undefined), failure] });
  t.match(undone.end, { status: 'Error', tasks: 'copy-snap-data:Undone fail:Error' });
  t.strictSame(undone.end.look, undone.before);
});

t.test('F2: what a first installation has brought goes with it, and what was there before stays', async (t) => {
  const used: NewTask = { kind: 'use', summary: 'a hook runs' };
  const scene: DataScene = {
    fill: (root) => put(root, { 'home/alice/snap/app/common/file': 'alice', 'var/snap/app/9/file': 'left over' }),
    tasks: [copyTask('10', undefined), used, failure],
  };
  const rehearsal = await dataRehearsal(t, scene);
  await rehearsal.fresh();
  const before = await rehearsal.look();
  const wrap = () => ({
    use: {
      do: async () => {
        put(rehearsal.root, {
          'var/snap/app/10/file': '10',
          'var/snap/app/common/file': 'c',
          'home/alice/snap/app/10/file': 'a',
          'root/snap/app/10/file': 'r',
          'root/snap/app/common/file': 'r',
        });
        symlinkSync('10', join(rehearsal.root, 'root/snap/app/current'));
        return { kind: 'done' as const };
      },
    },
  });
  const end = await rehearse(rehearsal, { wrap });
  t.equal(end.status, 'Error');
  t.strictSame(end.look, before);
});

t.test('F3: undone, the new revision is gone everywhere and the old one is as it was', async (t) => {
  const { end, before } = await run(t, { fill: (root) => put(root, ten), tasks: [copyTask('20', '10'), failure] });
  t.equal(end.status, 'Error');
  t.strictSame(end.look, before);
});

t.test('F3: also for a user who began to use it meanwhile', async (t) => {
  const rehearsal = await dataRehearsal(t, {
    fill: (root) => put(root, ten),
    tasks: [copyTask('20', '10'), { kind: 'use', summary: 'bob runs it' }, failure],
  });
  const use = async () => {
    put(rehearsal.root, { 'home/bob/snap/app/20/file': 'bob', 'home/carol/snap/app/20/file': 'carol' });
    return { kind: 'done' as const };
  };
  const end = await rehearse(rehearsal, { wrap: () => ({ use: { do: use } }) });
  t.equal(end.status, 'Error');
  t.strictSame(readdirSync(join(rehearsal.root, 'home/bob/snap/app')), []);
  t.strictSame(readdirSync(join(rehearsal.root, 'home/carol/snap/app')), []);
});

t.test('F6, C14: data that has the name already makes way, and goes when the change is over', async (t) => {
  const rehearsal = await dataRehearsal(t, {
    fill: (root) => put(root, both),
    tasks: [copyTask('10', '20'), { kind: 'peek', summary: 'look' }],
  });
  const during: string[] = [];
  const peek = async () => {
    for (const place of [
      'var/snap/app/10',
      'var/snap/app/10.old',
      'home/alice/snap/app/10',
      'home/alice/snap/app/10.old',
    ])
      during.push(readFileSync(join(rehearsal.root, place, 'file'), 'utf8'));
    return { kind: 'done' as const };
  };
  const end = await rehearse(rehearsal, { wrap: () => ({ peek: { do: peek } }) });
  t.equal(end.status, 'Done');
  t.strictSame(during, ['20', '10', 'alice 20', 'alice 10']);
  t.strictSame(readdirSync(join(rehearsal.root, 'var/snap/app')), ['10', '20', 'common'], 'the trash is gone');
  t.strictSame(readdirSync(join(rehearsal.root, 'home/alice/snap/app')), ['10', '20', 'common']);
  // Root had nothing of 20: what there is of 10 stays.
  t.equal(readFileSync(join(rehearsal.root, 'root/snap/app/10/file'), 'utf8'), 'root 10');
});

t.test('F7, C15, C16: undone, everybody has his own data again, however late that is', async (t) => {
  // The task that in snapd has deleted the trash by then.
  const late: NewTask = { kind: 'cleanup', summary: 'Clean up' };
  for (const tasks of [
    [copyTask('10', '20'), failure],
    [copyTask('10', '20'), late, failure],
  ]) {
    const rehearsal = await dataRehearsal(t, { fill: (root) => put(root, both), tasks });
    await rehearsal.fresh();
    const before = await rehearsal.look();
    const end = await rehearse(rehearsal, { wrap: () => ({ cleanup: { do: async () => ({ kind: 'done' }) } }) });
    t.equal(end.status, 'Error');
    t.strictSame(end.look, before);
  }
});

t.test('F8: to the same revision there is nothing to copy, and nothing to take back', async (t) => {
  for (const tasks of [[copyTask('10', '10')], [copyTask('10', '10'), failure]]) {
    const { end, before } = await run(t, { fill: (root) => put(root, both), tasks });
    t.strictSame(end.look, before);
  }
});

t.test('F9: one user whose data cannot be read, and nobody has the new revision', async (t) => {
  const { end, before } = await run(t, {
    fill: (root) => put(root, { ...both, 'home/alice/snap/app/20/secret': 'x' }),
    tasks: [copyTask('10', '20')],
    hook: (call, _dir, name) =>
      call === 'file' && name instanceof Uint8Array && Buffer.from(name).toString() === 'secret' ? 'EACCES' : undefined,
  });
  t.match(end, { status: 'Error', tasks: 'copy-snap-data:Error' });
  t.strictSame(end.look, before);
});

t.test('F10: the error names both directories, as snapd does', async (t) => {
  const { rehearsal, end } = await run(t, {
    fill: (root) => put(root, ten),
    tasks: [copyTask('20', '10')],
    hook: (call) => (call === 'copyRange' ? 'ENOSPC' : undefined),
  });
  const at = (name: string) => JSON.stringify(join(rehearsal.root, 'var/snap/app', name));
  const expected = `cannot copy ${at('10')} to ${at('20')}: cannot copy "10/file": no space is left`;
  t.ok(end.error?.includes(expected), `${end.error}`);
});

t.test('F11: where the save partition is mounted, a first installation has a directory there', async (t) => {
  const world = { hasSave: async () => true };
  const { rehearsal, end } = await run(t, { fill: () => {}, tasks: [copyTask('10', undefined)], world });
  t.equal(end.status, 'Done');
  t.strictSame(readdirSync(join(rehearsal.root, 'var/lib/snapd/save/snap')), ['app']);
  const undoing = await dataRehearsal(t, {
    fill: (root) => mkdirSync(join(root, 'var/lib/snapd/save/snap')),
    tasks: [copyTask('10', undefined), { kind: 'use', summary: 'a hook saves' }, failure],
    world,
  });
  const use = async () => {
    put(undoing.root, { 'var/lib/snapd/save/snap/app/key': 'key' });
    return { kind: 'done' as const };
  };
  const undone = await rehearse(undoing, { wrap: () => ({ use: { do: use } }) });
  t.equal(undone.status, 'Error');
  t.strictSame(readdirSync(join(undoing.root, 'var/lib/snapd/save/snap')), [], 'undone it goes, the one above stays');
});

t.test('F12: without it, none', async (t) => {
  const { rehearsal } = await run(t, { fill: () => {}, tasks: [copyTask('10', undefined)] });
  t.strictSame(readdirSync(join(rehearsal.root, 'var/lib/snapd/save')), []);
});

t.test('F13: the undoing of a refresh keeps it', async (t) => {
  const { end, before } = await run(t, {
    fill: (root) => put(root, { ...ten, 'var/lib/snapd/save/snap/app/key': 'key' }),
    tasks: [copyTask('20', '10'), failure],
    world: { hasSave: async () => true },
  });
  t.equal(end.status, 'Error');
  t.strictSame(end.look, before);
});

t.test('an instance has the directories of its snap too', async (t) => {
  const { rehearsal } = await run(t, { fill: () => {}, tasks: [copyTask('10', undefined, 'app_one')] });
  t.strictSame(readdirSync(join(rehearsal.root, 'var/snap')), ['app', 'app_one']);
  t.strictSame(readdirSync(join(rehearsal.root, 'var/snap/app')), []);
  const undone = await run(t, { fill: () => {}, tasks: [copyTask('10', undefined, 'app_one'), failure] });
  t.strictSame(undone.end.look, undone.before);
});

t.test('a user who leads elsewhere by a symlink is left alone', async (t) => {
  const fill = (root: string) => {
    put(root, { ...ten, 'elsewhere/app/10/file': 'precious' });
    rmSync(join(root, 'home/alice/snap'), { recursive: true });
    symlinkSync('../../elsewhere', join(root, 'home/alice/snap'));
  };
  for (const tasks of [[copyTask('20', '10')], [copyTask('20', '10'), failure]]) {
    const { rehearsal } = await run(t, { fill, tasks, records: [recordWith('app', '10')] });
    t.strictSame(readdirSync(join(rehearsal.root, 'elsewhere/app')), ['10']);
  }
});

t.test('trash of an older change is in the way of none, and never taken for this one', async (t) => {
  const fill = (root: string) => put(root, { ...both, 'var/snap/app/10.old/file': 'long ago' });
  const { rehearsal } = await run(t, { fill, tasks: [copyTask('10', '20')] });
  t.strictSame(readdirSync(join(rehearsal.root, 'var/snap/app')), ['10', '20', 'common']);
  const fresh = (root: string) => put(root, { ...ten, 'var/snap/app/20.old/file': 'who knows' });
  const undone = await run(t, { fill: fresh, tasks: [copyTask('20', '10'), failure] });
  t.strictSame(undone.end.look, undone.before, 'what this one did not put there it does not touch');
});

t.test('the previous revision has no data: the new one begins empty', async (t) => {
  const fill = (root: string) => put(root, { 'var/snap/app/common/file': 'c' });
  const { rehearsal, end } = await run(t, { fill, tasks: [copyTask('20', '10')] });
  t.equal(end.status, 'Done');
  t.strictSame(readdirSync(join(rehearsal.root, 'var/snap/app/20')), []);
});
