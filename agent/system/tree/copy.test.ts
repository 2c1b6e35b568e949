import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type TreeCalls, treeCalls } from './calls.ts';
import { copyTree } from './copy.ts';
import { hookedCalls, pictureOf } from './fixture-trees.ts';
import { Pace, WorkStopped } from './pace.ts';

const names = { from: Buffer.from('from'), to: Buffer.from('to'), links: Buffer.from('links') };

async function copy(folder: string, calls: TreeCalls = treeCalls(), pace = new Pace()): Promise<void> {
  const dir = calls.base(folder);
  try {
    await copyTree(calls, { dir, ...names }, pace);
  } finally {
    calls.close(dir);
  }
}

/** A directory with one named `from`. */
function folderOf(t: Test): string {
  return t.testdir({ from: {} });
}

/** What is copied is the same, by its picture; and so is what `cp -a` makes of it. */
function compare(t: Test, folder: string): void {
  const from = pictureOf(join(folder, 'from'));
  t.strictSame(pictureOf(join(folder, 'to')), from, 'the copy is the same');
  execFileSync('cp', ['-a', join(folder, 'from'), join(folder, 'peer')]);
  t.strictSame(pictureOf(join(folder, 'peer')), from, 'as cp -a makes it');
  t.notOk(existsSync(join(folder, 'links')), 'and nothing is beside it');
}

/** Kinds, owners, modes, times, names of all sorts. */
function fill(folder: string): void {
  const at = (name: string) => join(folder, 'from', name);
  mkdirSync(at('closed/deeper'), { recursive: true });
  mkdirSync(at('empty'));
  writeFileSync(at('file'), 'content');
  writeFileSync(at('nothing'), '');
  writeFileSync(at('closed/deeper/x'), 'x');
  writeFileSync(at('root'), '#!');
  chownSync(at('root'), 1234, 4321);
  chmodSync(at('root'), 0o6751);
  chownSync(at('closed'), 1234, 1);
  writeFileSync(at('a\nnew line'), '1');
  writeFileSync(Buffer.concat([Buffer.from(at('bad ')), Buffer.from([0xff, 0xc3, 0x28])]), '2');
  writeFileSync(at('n'.repeat(255)), '3');
  linkSync(at('file'), at('closed/second name'));
  linkSync(at('file'), at('third name'));
  symlinkSync('file', at('link'));
  symlinkSync('/nowhere/at all', at('dangling'));
  linkSync(at('dangling'), at('dangling too'));
  execFileSync('mkfifo', ['-m', '640', at('pipe')]);
  execFileSync('mknod', ['-m', '620', at('null'), 'c', '1', '3']);
  execFileSync('mknod', ['-m', '600', at('block'), 'b', '7', '200']);
  linkSync(at('pipe'), at('pipe too'));
  for (const name of ['file', 'pipe', 'null', 'closed/deeper', 'empty']) utimesSync(at(name), 1.5, 1_234_567_890.123);
  lutimesSync(at('link'), 1, 1_111_111_111.25);
  chownSync(at('pipe'), 99, 98);
  chmodSync(at('closed/deeper'), 0o3500);
  chmodSync(at('closed'), 0o000);
  utimesSync(at('closed'), 5, 5);
  utimesSync(join(folder, 'from'), 7, 7);
  chmodSync(join(folder, 'from'), 0o2750);
}

t.test('a copy has all that the tree has', async (t) => {
  const folder = folderOf(t);
  fill(folder);
  await copy(folder);
  compare(t, folder);
});

t.test('a socket is one in the copy too', async (t) => {
  const folder = folderOf(t);
  execFileSync('python3', ['-c', 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])', 's'], {
    cwd: join(folder, 'from'),
  });
  await copy(folder);
  t.ok(statSync(join(folder, 'to/s')).isSocket());
  compare(t, folder);
});

const setting = `
import json, os, sys
for name, attribute, value in json.loads(sys.argv[1]):
  os.setxattr(os.path.join('from', name), attribute, bytes.fromhex(value), follow_symlinks=False)
`;
const listing = `
import json, os
def names(top):
  yield top
  for folder, folders, files in os.walk(top):
    for name in folders + files: yield os.path.join(folder, name)
def all(top):
  for path in sorted(names(top)):
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
      yield [path[len(top):], name, os.getxattr(path, name, follow_symlinks=False).hex()]
print(json.dumps([list(all('from')), list(all('to'))]))
`;

t.test('extended attributes come too, of all that can have them', async (t) => {
  const folder = folderOf(t);
  const at = (name: string) => join(folder, 'from', name);
  const python = (...args: readonly string[]) =>
    execFileSync('python3', ['-c', ...args], { cwd: folder, encoding: 'utf8' });
  mkdirSync(at('sub'));
  writeFileSync(at('sub/file'), 'x');
  symlinkSync('sub', at('link'));
  execFileSync('mkfifo', [at('pipe')]);
  const given = [
    ['', 'user.tree', '01'],
    ['sub', 'user.empty', ''],
    // All bytes, and more than fits into an inode.
    ['sub/file', 'user.long', Buffer.from(Uint8Array.from({ length: 2000 }, (_, n) => n)).toString('hex')],
    ['sub/file', 'security.capability', '0100000200040000000000000000000000000000'],
    ['link', 'trusted.of-link', '6c'],
    ['pipe', 'trusted.of-pipe', '70'],
  ];
  python(setting, JSON.stringify(given));
  await copy(folder);
  const [from, to] = JSON.parse(python(listing));
  t.strictSame(to, from);
  t.equal(to.length, given.length);
});

t.test('holes stay holes', async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'from/sparse');
  const fd = openSync(path, 'w');
  writeSync(fd, 'begin', 0);
  writeSync(fd, 'middle', 10 << 20);
  truncateSync(path, 20 << 20);
  writeFileSync(join(folder, 'from/all hole'), '');
  truncateSync(join(folder, 'from/all hole'), 5 << 20);
  await copy(folder);
  compare(t, folder);
  t.ok(statSync(join(folder, 'to/sparse')).blocks <= statSync(path).blocks, 'no more is on the medium');
  t.equal(statSync(join(folder, 'to/all hole')).blocks, 0);
  t.equal(readFileSync(join(folder, 'to/sparse')).toString('latin1', 10 << 20, (10 << 20) + 6), 'middle');
});

t.test('a file in several slices comes over whole', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'from/large'), Buffer.alloc((17 << 20) + 3, 'abcdefg'));
  await copy(folder);
  t.ok(readFileSync(join(folder, 'to/large')).equals(readFileSync(join(folder, 'from/large'))));
});

t.test('shared content is asked for, and where the file system has none, bytes are copied', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'from/x'), Buffer.alloc(300_000, 'y'));
  writeFileSync(join(folder, 'from/z'), 'z');
  const shared: string[] = [];
  await copy(
    folder,
    hookedCalls((call) => {
      if (call === 'clone' || call === 'copyRange') shared.push(call);
      return call === 'clone' ? 'ENOTSUP' : undefined;
    }),
  );
  t.strictSame(shared, ['clone', 'copyRange', 'copyRange'], 'and not asked for again');
  compare(t, folder);
});

t.test('content is shared where the file system says that it is', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'from/x'), 'y');
  const calls: string[] = [];
  const real = treeCalls();
  const sharing: TreeCalls = {
    ...real,
    clone: (from, to) => {
      calls.push('clone');
      real.copyRange(from, to, 0, 1);
    },
    copyRange: () => calls.push('copyRange'),
  };
  await copy(folder, sharing);
  t.strictSame(calls, ['clone'], 'and then not copied');
  compare(t, folder);
});

t.test('a deep tree is copied, up to what a path can name', async (t) => {
  const folder = folderOf(t);
  const calls = treeCalls();
  const deepen = (levels: number) => {
    let dir = calls.base(join(folder, 'from'));
    for (let n = 0; n < levels; n++) {
      const name = Buffer.from('d');
      calls.mkdir(dir, name);
      const next = calls.directory(dir, name);
      calls.close(dir);
      dir = next;
    }
    calls.close(dir);
  };
  deepen(300);
  await copy(folder);
  const found = execFileSync('find', ['to'], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 24 });
  t.equal(found.split('\n').length, 302);
  execFileSync('rm', ['-rf', join(folder, 'from'), join(folder, 'to')]);
  mkdirSync(join(folder, 'from'));
  deepen(2100);
  await t.rejects(copy(folder), { name: 'DiskError', code: 'bad-path', message: /deeper than 2048/ });
  execFileSync('rm', ['-rf', join(folder, 'from'), join(folder, 'to')]);
});

t.test('no descriptor is left open, whatever fails', async (t) => {
  const folder = t.testdir({ from: { a: { x: 'x' }, b: 'b' } });
  linkSync(join(folder, 'from/b'), join(folder, 'from/c'));
  symlinkSync('b', join(folder, 'from/l'));
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  let calls = 0;
  const counting = hookedCalls(() => {
    calls += 1;
    return undefined;
  });
  await copy(folder, counting);
  rmSync(join(folder, 'to'), { recursive: true });
  const expected = pictureOf(join(folder, 'from'));
  for (const errno of ['ENOSPC', 'EIO']) {
    let failures = 0;
    for (let at = 1; at <= calls; at++) {
      let n = 0;
      // What opens the directory for the test, and what closes, is not the copy's to fail.
      const failing = hookedCalls((call) => (++n === at && call !== 'base' && call !== 'close' ? errno : undefined));
      const error: unknown = await copy(folder, failing).catch((error) => error);
      if (error !== undefined) failures += 1;
      if (error !== undefined && !(error instanceof Error && error.name === 'DiskError')) t.fail(`${at}: ${error}`);
      for (const name of ['to', 'links']) rmSync(join(folder, name), { recursive: true, force: true });
    }
    t.ok(failures > 40, `${failures} failures with ${errno}, each a DiskError`);
  }
  t.equal(open(), before);
  t.strictSame(pictureOf(join(folder, 'from')), expected, 'and the tree itself is as it was');
});

t.test('an error says where', async (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'from/a'));
  writeFileSync(join(folder, 'from/a/b'), 'x');
  const calls = hookedCalls((call) => (call === 'copyRange' || call === 'clone' ? 'ENOSPC' : undefined));
  await t.rejects(copy(folder, calls), {
    code: 'no-space',
    message: 'cannot copy "from/a/b": no space is left; remove something first',
  });
});

/** Runs `meddle` once, right before a call on what has this name. */
function meddling(name: string, on: keyof TreeCalls, meddle: () => void): TreeCalls {
  let isDone = false;
  return hookedCalls((call, _dir, what) => {
    if (isDone || call !== on || !(what instanceof Uint8Array) || Buffer.from(what).toString() !== name)
      return undefined;
    isDone = true;
    meddle();
    return undefined;
  });
}

t.test('what changes meanwhile leads nobody out of the tree, and is no error', async (t) => {
  const outside = (folder: string) => join(folder, 'outside');
  const nothing = () => {};
  const file = (at: string) => writeFileSync(at, 'f');
  type Case = readonly [what: string, on: keyof TreeCalls, instead: (at: string, folder: string) => void];
  const cases: readonly Case[] = [
    ['a file becomes a symlink', 'file', (at, folder) => symlinkSync(join(outside(folder), 'secret'), at)],
    ['a file becomes a directory', 'file', (at) => mkdirSync(at)],
    ['a file becomes a pipe', 'file', (at) => execFileSync('mkfifo', [at])],
    ['a file goes', 'file', nothing],
    ['a file goes before it is seen', 'stat', nothing],
    ['a directory becomes a symlink', 'directory', (at, folder) => symlinkSync(outside(folder), at)],
    ['a directory goes', 'directory', nothing],
    ['a directory becomes a file', 'directory', file],
    ['a symlink becomes a file', 'copyNode', file],
    ['a symlink goes', 'copyNode', nothing],
  ];
  for (const [what, on, instead] of cases) {
    await t.test(what, async (t) => {
      const folder = t.testdir({ from: { other: 'o' }, outside: { secret: 'secret' } });
      const at = join(folder, 'from/thing');
      if (on === 'directory') {
        mkdirSync(at);
        writeFileSync(join(at, 'inner'), 'i');
      } else if (on === 'copyNode') symlinkSync('other', at);
      else writeFileSync(at, 'thing');
      let isDone = false;
      await copy(
        folder,
        meddling('thing', on, () => {
          rmSync(at, { recursive: true });
          instead(at, folder);
          isDone = true;
        }),
      );
      t.ok(isDone);
      const copied = pictureOf(join(folder, 'to'));
      t.notMatch(JSON.stringify(copied), /bytes secret/);
      const now = pictureOf(join(folder, 'from'));
      delete now[''];
      delete copied[''];
      t.strictSame(copied, now, 'the copy is what it has become');
    });
  }
});

t.test('a tree whose directory is moved away meanwhile is copied from where it is', async (t) => {
  const folder = t.testdir({ from: { a: { x: '1', y: '2' } }, outside: { x: 'secret', y: 'secret' } });
  const calls = meddling('y', 'stat', () => {
    renameSync(join(folder, 'from/a'), join(folder, 'from/b'));
    symlinkSync(join(folder, 'outside'), join(folder, 'from/a'));
  });
  await copy(folder, calls);
  t.equal(readFileSync(join(folder, 'to/a/x'), 'utf8'), '1');
  t.equal(readFileSync(join(folder, 'to/a/y'), 'utf8'), '2');
  t.notMatch(JSON.stringify(pictureOf(join(folder, 'to'))), /bytes secret/);
});

t.test('a file that is written to while it is copied is copied again, and in the end taken as it is', async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'from/log');
  writeFileSync(path, 'one ');
  let writes = 0;
  const busy = (times: number) =>
    hookedCalls((call) => {
      if (call === 'copyRange' && writes++ < times) appendFileSync(path, 'more ');
      return undefined;
    });
  await copy(folder, busy(1));
  t.equal(writes, 2);
  t.equal(readFileSync(join(folder, 'to/log'), 'utf8'), 'one more ');
  rmSync(join(folder, 'to'), { recursive: true });
  await copy(folder, busy(Number.POSITIVE_INFINITY));
  t.equal(writes, 5, 'three times, not for ever');
  t.match(readFileSync(join(folder, 'to/log'), 'utf8'), /^one more (more )+$/);
  rmSync(join(folder, 'to'), { recursive: true });
  const shrinking = meddlingRange(() => truncateSync(path, 2));
  await copy(folder, shrinking);
  t.equal(readFileSync(join(folder, 'to/log'), 'utf8'), 'on', 'also where it became shorter');
});

function meddlingRange(meddle: () => void): TreeCalls {
  let isDone = false;
  return hookedCalls((call) => {
    if (call === 'copyRange' && !isDone) {
      isDone = true;
      meddle();
    }
    return undefined;
  });
}

t.test('what is mounted in the tree is not copied', async (t) => {
  const folder = t.testdir({ from: { mounted: {}, file: 'under', kept: 'k' }, other: { x: 'other' } });
  const at = (name: string) => join(folder, name);
  execFileSync('mount', ['--bind', at('other'), at('from/mounted')]);
  execFileSync('mount', ['--bind', at('other/x'), at('from/file')]);
  try {
    await copy(folder);
  } finally {
    execFileSync('umount', [at('from/mounted'), at('from/file')]);
  }
  t.strictSame(readdirSync(join(folder, 'to')).sort(), ['kept', 'mounted']);
  t.strictSame(readdirSync(join(folder, 'to/mounted')), []);
});

t.test('it can be told to stop, and tells how far it is', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'from/a'), Buffer.alloc(20 << 20));
  const pace = new Pace();
  const stopping = hookedCalls((call) => {
    if (call === 'copyRange' && pace.bytes > 0) pace.stop();
    return undefined;
  });
  await t.rejects(copy(folder, stopping, pace), WorkStopped);
  t.ok(pace.bytes < 20 << 20);
  rmSync(join(folder, 'to'), { recursive: true });
  const whole = new Pace();
  await copy(folder, treeCalls(), whole);
  t.equal(whole.bytes, 20 << 20);
});

t.test('names inside of the tree are no way out', async (t) => {
  const folder = folderOf(t);
  symlinkSync('../outside', join(folder, 'from/up'));
  await copy(folder);
  t.equal(readlinkSync(join(folder, 'to/up')), '../outside');
  for (const name of ['../x', 'a/b', 'x'.repeat(256), 'nul\0']) {
    t.throws(() => treeCalls().stat(0, Buffer.from(name)), TypeError, JSON.stringify(name.slice(0, 8)));
  }
});
