import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type TreeCalls, treeCalls } from './calls.ts';
import { hookedCalls } from './fixture-trees.ts';
import { Pace, WorkStopped } from './pace.ts';
import { removeTree } from './remove.ts';

async function remove(folder: string, name: string, calls: TreeCalls = treeCalls(), pace = new Pace()): Promise<void> {
  const dir = calls.base(folder);
  try {
    await removeTree(calls, dir, Buffer.from(name), pace);
  } finally {
    calls.close(dir);
  }
}

t.test('a tree goes, and nothing beside it; what is not there is gone already', async (t) => {
  const folder = t.testdir({ tree: { a: { b: { c: 'x' }, d: 'y' }, e: {} }, other: { x: 'x' }, file: 'f' });
  symlinkSync('../other', join(folder, 'tree/link'));
  writeFileSync(Buffer.concat([Buffer.from(join(folder, 'tree/bad ')), Buffer.from([0xff])]), '');
  chmodSync(join(folder, 'tree/a'), 0o000);
  for (const name of ['tree', 'file', 'nothing']) await remove(folder, name);
  t.strictSame(readdirSync(folder), ['other']);
  t.strictSame(readdirSync(join(folder, 'other')), ['x']);
  symlinkSync('other', join(folder, 'link'));
  await remove(folder, 'link');
  t.strictSame(readdirSync(join(folder, 'other')), ['x'], 'a symlink is not followed');
});

t.test('a directory with many names, and a tree deeper than paths and descriptors allow', async (t) => {
  const folder = t.testdir({ tree: {} });
  for (let n = 0; n < 3000; n++) writeFileSync(join(folder, `tree/a rather long name of a file ${n}`), '');
  const calls = treeCalls();
  const name = Buffer.from('d');
  let dir = calls.base(join(folder, 'tree'));
  for (let n = 0; n < 5000; n++) {
    calls.mkdir(dir, name);
    const next = calls.directory(dir, name);
    calls.close(dir);
    dir = next;
  }
  calls.close(dir);
  let most = 0;
  const watching = hookedCalls((call) => {
    if (call === 'directory') most = Math.max(most, readdirSync('/proc/self/fd').length);
    return undefined;
  });
  await remove(folder, 'tree', watching);
  t.strictSame(readdirSync(folder), []);
  t.ok(most < 300, `${most} descriptors`);
});

t.test('a directory that becomes a symlink meanwhile leads nobody out of the tree', async (t) => {
  const folder = t.testdir({ tree: { a: { x: '1', y: '2' }, b: { z: '3' } }, outside: { x: 'x', y: 'y', z: 'z' } });
  let isMoved = false;
  const calls = hookedCalls((call, _dir, name) => {
    if (call !== 'unlink' || isMoved || !(name instanceof Uint8Array) || !'xy'.includes(Buffer.from(name).toString()))
      return;
    isMoved = true;
    renameSync(join(folder, 'tree/a'), join(folder, 'tree/moved'));
    symlinkSync('../outside', join(folder, 'tree/a'));
    return undefined;
  });
  await remove(folder, 'tree', calls).catch(() => {});
  t.ok(isMoved);
  t.strictSame(readdirSync(join(folder, 'outside')).sort(), ['x', 'y', 'z']);
  await remove(folder, 'tree');
  t.notOk(existsSync(join(folder, 'tree')));

  const racing = t.testdir({ tree: { a: { x: '1' } }, outside: { x: 'x' } });
  const swapping = hookedCalls((call, _dir, name) => {
    if (call !== 'directory' || !(name instanceof Uint8Array) || Buffer.from(name).toString() !== 'a') return undefined;
    renameSync(join(racing, 'tree/a'), join(racing, 'tree/was'));
    symlinkSync('../outside', join(racing, 'tree/a'));
    return undefined;
  });
  await t.rejects(remove(racing, 'tree', swapping), { code: 'wrong-kind' }, 'between two calls too');
  t.strictSame(readdirSync(join(racing, 'outside')), ['x']);
});

t.test('what is mounted in the tree stays whole', async (t) => {
  const folder = t.testdir({ tree: { mounted: {}, x: 'x' }, other: { precious: 'p' } });
  execFileSync('mount', ['--bind', join(folder, 'other'), join(folder, 'tree/mounted')]);
  try {
    await t.rejects(remove(folder, 'tree'), { code: 'busy', message: /"tree\/mounted": something is mounted there/ });
    t.strictSame(readdirSync(join(folder, 'other')), ['precious']);
  } finally {
    execFileSync('umount', [join(folder, 'tree/mounted')]);
  }
  await remove(folder, 'tree');
  t.strictSame(readdirSync(folder), ['other']);
});

t.test('names that come while it is removed go too, but not for ever', async (t) => {
  const folder = t.testdir({ tree: { x: 'x' } });
  let adds = 3;
  const adding = hookedCalls((call) => {
    if (call === 'rmdir' && adds-- > 0) mkdirSync(join(folder, `tree/new ${adds}`));
    return undefined;
  });
  await remove(folder, 'tree', adding);
  t.strictSame(readdirSync(folder), []);
  mkdirSync(join(folder, 'tree'));
  const stuck = hookedCalls((call) => (call === 'rmdir' ? 'ENOTEMPTY' : undefined));
  await t.rejects(remove(folder, 'tree', stuck), { code: 'exists' });
});

t.test('an error ends it, with what is left still there; again it goes on', async (t) => {
  const before = readdirSync('/proc/self/fd').length;
  for (const errno of ['EIO', 'EROFS', 'EPERM']) {
    for (let at = 1; at < 12; at++) {
      const folder = t.testdir({ tree: { a: { b: 'x' }, c: 'y' } });
      let n = 0;
      const failing = hookedCalls((call) => (!['base', 'close'].includes(call) && ++n === at ? errno : undefined));
      await remove(folder, 'tree', failing).catch((error: unknown) => t.match(error, { name: 'DiskError' }));
      await remove(folder, 'tree');
      t.strictSame(readdirSync(folder), [], `${errno} at ${at}`);
    }
  }
  t.equal(readdirSync('/proc/self/fd').length, before, 'no descriptor is left open');
});

t.test('it can be told to stop', async (t) => {
  const folder = t.testdir({ tree: { a: 'x', b: 'y' } });
  const pace = new Pace();
  pace.stop();
  await t.rejects(remove(folder, 'tree', treeCalls(), pace), WorkStopped);
  t.ok(existsSync(join(folder, 'tree')));
});
