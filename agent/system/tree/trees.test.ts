import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { WriteWitness } from '../durable.ts';
import { hookedCalls, localTrees, pictureOf } from './fixture-trees.ts';
import { pathAt, type Spot } from './spot.ts';
import { type Trees, workerTrees } from './trees.ts';
import { linksName, unfinishedName } from './work.ts';

type Make = (witness?: WriteWitness) => Trees;
const makers: readonly (readonly [string, Make])[] = [
  ['in a worker', (witness) => workerTrees(witness)],
  ['here', (witness) => localTrees(undefined, witness)],
];

function spotOf(t: Test, content: NonNullable<Parameters<Test['testdir']>[0]>): Spot {
  return { base: t.testdir({ home: { snap: { x: content } } }), way: ['home', 'snap', 'x'] };
}

for (const [where, make] of makers) {
  t.test(`work on trees ${where}`, async (t) => {
    await t.test('a copy is complete under its unfinished name, and then renamed', async (t) => {
      const spot = spotOf(t, { 1: { a: { b: 'c' } } });
      const at = (name: string) => pathAt(spot, name);
      mkdirSync(at(unfinishedName('2')));
      writeFileSync(join(at(unfinishedName('2')), 'old'), 'of a copy that was cut short');
      mkdirSync(at(linksName('2')));
      const said: string[] = [];
      const trees = make(({ op, path }, moment) => said.push(`${moment} ${op} ${path}`));
      await trees.copy(spot, '1', '2');
      t.strictSame(pictureOf(at(unfinishedName('2'))), pictureOf(at('1')));
      await trees.rename(spot, unfinishedName('2'), '2');
      t.strictSame(readdirSync(pathAt(spot)), ['1', '2']);
      t.strictSame(said, [
        ...['before', 'inside', 'after'].map((moment) => `${moment} copy ${at('2')}`),
        ...['before', 'after'].map((moment) => `${moment} rename ${at('2')}`),
      ]);
      await t.rejects(trees.copy(spot, '3', '4'), {
        ...{ name: 'DiskError', code: 'not-found' },
        message: 'cannot copy "3": it, or a directory on the way, does not exist',
      });
    });

    await t.test('what is there is told, and stays the same under another name', async (t) => {
      const spot = spotOf(t, { d: {}, f: 'f' });
      symlinkSync('d', pathAt(spot, 'l'));
      const trees = make();
      const found = await trees.look(spot, 'd');
      t.match(found, { kind: 'directory', isSymlink: false });
      t.match(await trees.look(spot, 'l'), { kind: 'node', isSymlink: true });
      t.match(await trees.look(spot, 'f'), { kind: 'file' });
      t.equal(await trees.look(spot, 'nothing'), undefined);
      t.equal(await trees.look({ ...spot, way: ['home', 'nobody'] }, 'x'), undefined);
      await trees.rename(spot, 'd', 'e');
      t.strictSame(await trees.look(spot, 'e'), found);
      await trees.remove(spot, 'e');
      await trees.mkdir(spot, 'd', 0o755);
      t.not((await trees.look(spot, 'd'))?.identity, found?.identity);
    });

    await t.test('directories', async (t) => {
      const spot = spotOf(t, { full: { x: 'x' } });
      const trees = make();
      await trees.mkdir(spot, 'd', 0o2757);
      t.equal(statSync(pathAt(spot, 'd')).mode & 0o7777, 0o2757, 'whatever the umask');
      await trees.mkdir(spot, 'd', 0o700);
      t.equal(statSync(pathAt(spot, 'd')).mode & 0o7777, 0o2757, 'one that is there is left as it is');
      await trees.rmdir(spot, 'full');
      await trees.rmdir(spot, 'd');
      await trees.rmdir(spot, 'd');
      t.strictSame(readdirSync(pathAt(spot)), ['full']);
      await trees.remove(spot, 'full');
      await trees.remove(spot, 'full');
      t.strictSame(readdirSync(pathAt(spot)), []);
    });

    await t.test('renaming replaces nothing, and nothing is renamed to nothing', async (t) => {
      const spot = spotOf(t, { a: {}, b: {} });
      const trees = make();
      await t.rejects(trees.rename(spot, 'a', 'b'), { code: 'exists', message: /^cannot rename .*\/a: / });
      await trees.rename(spot, 'c', 'd');
      t.strictSame(readdirSync(pathAt(spot)), ['a', 'b']);
    });

    await t.test('a symlink on the way is not followed', async (t) => {
      const spot = spotOf(t, {});
      mkdirSync(join(spot.base, 'elsewhere/x/1'), { recursive: true });
      symlinkSync('../elsewhere', join(spot.base, 'home/link'));
      const trees = make();
      const linked = { base: spot.base, way: ['home', 'link', 'x'] };
      const refused = { code: 'wrong-kind', message: /home\/link\/x: something on the way is no directory$/ };
      await t.rejects(trees.look(linked, '1'), refused);
      await t.rejects(trees.remove(linked, '1'), refused);
      await t.rejects(trees.mkdir(linked, '2', 0o755), refused);
      t.strictSame(readdirSync(join(spot.base, 'elsewhere/x')), ['1']);
    });

    await t.test('a witness that throws ends it there', async (t) => {
      const spot = spotOf(t, { 1: { x: 'x' } });
      const trees = make((_write, moment) => {
        if (moment === 'before') throw new Error('off');
      });
      await t.rejects(trees.copy(spot, '1', '2'), /off/);
      await t.rejects(trees.remove(spot, '1'), /off/);
      t.strictSame(readdirSync(pathAt(spot)), ['1']);
    });

    await t.test('it stops when it is told to, and only then the promise is rejected', async (t) => {
      const spot = spotOf(t, { 1: {} });
      for (let n = 0; n < 30; n++) writeFileSync(join(pathAt(spot, '1'), `${n}`), Buffer.alloc(4 << 20));
      const trees = make();
      const stop = new AbortController();
      const bytes: number[] = [];
      const progress = (so: number) => {
        bytes.push(so);
        stop.abort(new Error('enough'));
      };
      await t.rejects(trees.copy(spot, '1', '2', { signal: stop.signal, progress }), /enough/);
      t.ok((bytes[0] ?? 0) > 0);
      const copied = readdirSync(pathAt(spot, unfinishedName('2')));
      t.ok(copied.length < 30);
      // Nobody works on it any more: it can go, and stays away.
      await trees.remove(spot, unfinishedName('2'));
      t.notOk(existsSync(pathAt(spot, unfinishedName('2'))));
      await t.rejects(trees.copy(spot, '1', '2', { signal: stop.signal }), /enough/, 'nor does it begin');
      t.notOk(existsSync(pathAt(spot, unfinishedName('2'))));
    });

    await t.test('several at once', async (t) => {
      const spot = spotOf(t, { 1: { a: { b: 'c' } } });
      const trees = make();
      const names = Array.from({ length: 8 }, (_, n) => `${n + 2}`);
      await Promise.all(names.map((name) => trees.copy(spot, '1', name)));
      for (const name of names) t.equal(readFileSync(join(pathAt(spot, unfinishedName(name)), 'a/b'), 'utf8'), 'c');
    });
  });
}

t.test('what is made is written out before it has its name', async (t) => {
  const spot = spotOf(t, { 1: { a: 'a' } });
  const calls: string[] = [];
  const trees = localTrees(
    hookedCalls((call) => {
      calls.push(call);
      return undefined;
    }),
  );
  await trees.copy(spot, '1', '2');
  t.strictSame(calls.slice(-2), ['syncfs', 'close']);
  const failing = localTrees(hookedCalls((call) => (call === 'syncfs' ? 'EIO' : undefined)));
  await t.rejects(failing.copy(spot, '1', '3'), { code: 'io', message: /^cannot copy .*\/1: the medium/ });
});
