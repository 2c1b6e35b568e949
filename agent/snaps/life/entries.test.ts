import t from 'tap';
import type { TaskContext } from '../../engine/handler.ts';
import { DiskError } from '../../system/disk-error.ts';
import { SimDisk } from '../../system/disk-sim.ts';
import { changedEntries, type Entries, exchange, putBack, readEntries, removeEmpty, writeEntries } from './entries.ts';

const root = '/dev';

function stage() {
  const disk = new SimDisk();
  disk.seed('/dev/a', 'old');
  disk.seed('/dev/b', 'same');
  let data: TaskContext['task']['data'] = {};
  const announced: unknown[] = [];
  // What the functions under test look at.
  const context: Pick<TaskContext, 'announce' | 'task'> = {
    get task() {
      return { data } as TaskContext['task'];
    },
    async announce(more) {
      announced.push(more);
      data = { ...data, ...more };
    },
  };
  const files = { disk, layout: { root } };
  return { disk, files, announced, context: context as TaskContext };
}

const wanted: Entries = { '/a': { text: 'new' }, '/b': { text: 'same' }, '/c': { link: 'a' }, '/d': null };

t.test('what is exchanged is announced before, and put back exactly', async (t) => {
  const { disk, files, announced, context } = stage();
  const before = disk.picture();
  await exchange(files, context, wanted);
  t.strictSame(announced, [{ before: { '/a': { text: 'old' }, '/c': null } }]);
  t.match(disk.picture(), { '/dev/a': 'new', '/dev/b': 'same', '/dev/c': '-> a' });
  await exchange(files, context, wanted);
  t.equal(announced.length, 1, 'what was there before is not what this task has put there');
  t.ok(await putBack(files, context));
  t.strictSame(disk.picture(), before);
});

t.test('where nothing changes nothing is announced, and nothing is there to put back', async (t) => {
  const { files, announced, context } = stage();
  await exchange(files, context, { '/b': { text: 'same' }, '/d': null });
  t.strictSame(announced, []);
  t.notOk(await putBack(files, context));
});

t.test('on a full medium what is so already may stay', async (t) => {
  const { disk, files } = stage();
  disk.faults.fail = ({ op }) => (op === 'remove' ? undefined : 'no-space');
  await writeEntries(files, { '/a': { text: 'old' }, '/d': null });
  await t.rejects(writeEntries(files, { '/a': { text: 'new' } }), DiskError);
  disk.faults.fail = () => 'io';
  await t.rejects(writeEntries(files, { '/a': { text: 'old' } }), { code: 'io' });
});

t.test('modes are kept, where they are not the usual ones', async (t) => {
  const { disk, files } = stage();
  await writeEntries(files, { '/e': { text: 'x', mode: 0o600 } });
  t.strictSame(await readEntries(files, ['/e', '/b']), { '/e': { text: 'x', mode: 0o600 }, '/b': { text: 'same' } });
  t.strictSame(changedEntries({ '/e': { text: 'x', mode: 0o600 } }, { '/e': { text: 'x' } }), { '/e': { text: 'x' } });
  t.ok(disk);
});

t.test('only an empty directory is removed', async (t) => {
  const { disk, files } = stage();
  await disk.mkdir('/dev/full/inner');
  for (const path of ['/full', '/a', '/none']) await removeEmpty(files, path);
  t.match(disk.picture(), { '/dev/full/inner': '/', '/dev/a': 'old' });
  await removeEmpty(files, '/full/inner');
  await removeEmpty(files, '/full');
  t.notOk('/dev/full' in disk.picture());
});
