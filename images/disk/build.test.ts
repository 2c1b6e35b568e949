import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { bundle, bundleFiles } from './bundle.ts';
import { cached, cacheKey, defaultCacheDir, withScratch } from './cache.ts';
import { DiskImageError, type DiskImageErrorCode } from './error.ts';
import { digestFile, digestSources } from './hash.ts';
import { dependsOf, missingModules } from './modules.ts';
import { checkIntegrity, lockedPackage } from './npm.ts';
import { applyOverlay, type Overlay, overlayKey } from './overlay.ts';
import { step, timedReport } from './progress.ts';
import { run } from './run.ts';
import { packSnap } from './snap.ts';

async function refusal(work: () => unknown): Promise<DiskImageError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof DiskImageError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** `mode owner/group size path` of everything in a squashfs, with the time stamps. */
function listing(snap: string): string[] {
  const text = execFileSync('unsquashfs', ['-lln', snap], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
  return text.split('\n').filter((line) => line.includes('squashfs-root'));
}

t.test('a tool is run in a fixed environment, and says what it lacks', async (t) => {
  process.env['SOURCE_DATE_EPOCH'] = '1';
  t.teardown(() => {
    delete process.env['SOURCE_DATE_EPOCH'];
  });
  const env = await run('sh', ['-c', 'echo "$LC_ALL $TZ [$SOURCE_DATE_EPOCH]"']);
  t.equal(env, 'C UTC []\n');
  t.match(await run('sh', ['-c', 'echo $PATH']), /\/usr\/sbin/, 'an ordinary user finds the system tools');
  t.match(await run('sh', ['-c', 'echo $SOURCE_DATE_EPOCH'], { inheritEnvironment: true }), /^1/);
  t.equal(await run('cat', [], { input: 'in' }), 'in');
  const missing = await refusal(() => run('no-such-tool-here', []));
  t.equal(missing.code, 'tool-missing');
  const failed = await refusal(() => run('sh', ['-c', 'echo why >&2; exit 3']));
  t.equal(failed.code, 'tool-failed');
  t.match(failed.message, /cannot run sh .*status 3: why/s);
  const hung = await refusal(() => run('sleep', ['1000'], { timeoutMs: 50 }));
  t.match(hung.message, /SIGKILL/, 'a tool that hangs is killed');
  const liar = { errorsAllowed: /^banner/ };
  t.equal(await run('sh', ['-c', 'echo banner 1 >&2; echo fine'], liar), 'fine\n');
  const lied = await refusal(() => run('sh', ['-c', 'echo banner >&2; echo cannot >&2'], liar));
  t.equal(lied.code, 'tool-failed', 'an error with status 0 counts where it is asked for');
});

t.test('an overlay changes a tree and never leaves it', async (t) => {
  const tree = t.testdir({ etc: { a: 'old', dir: { deep: 'x' } }, outside: {}, tree: { gone: { b: 'b' } } });
  const root = join(tree, 'tree');
  await symlink(join(tree, 'outside'), join(root, 'link'));
  await symlink('nowhere', join(root, 'dangling'));
  const umask = process.umask(0o077);
  t.teardown(() => process.umask(umask));
  await applyOverlay(root, [
    { path: 'new/deep/file', content: 'text' },
    { path: 'new/tool', content: Buffer.from('#!'), mode: 0o755 },
    { path: 'gone', remove: true },
    { path: 'never-there', remove: true },
    { path: 'dangling', content: 'a file now' },
    { path: 'here', symlink: '/etc/passwd' },
    { path: 'place', directory: true },
  ]);
  t.equal(await readFile(join(root, 'new/deep/file'), 'utf8'), 'text');
  const mode = async (path: string) => ((await stat(join(root, path))).mode & 0o7777).toString(8);
  t.equal(await mode('new/deep/file'), '644', 'modes do not depend on the umask');
  t.equal(await mode('new/deep'), '755');
  t.equal(await mode('new/tool'), '755');
  t.equal(await mode('place'), '755');
  t.equal(existsSync(join(root, 'gone')), false);
  t.equal(await readFile(join(root, 'dangling'), 'utf8'), 'a file now', 'a link is replaced, not followed');
  const table: [title: string, overlay: Overlay][] = [
    ['through a link out of the tree', [{ path: 'link/evil', content: '' }]],
    ['up', [{ path: '../evil', content: '' }]],
    ['up in the middle', [{ path: 'new/../../evil', content: '' }]],
    ['absolute', [{ path: '/evil', content: '' }]],
    ['removal through a link', [{ path: 'link/evil', remove: true }]],
    ['below a file', [{ path: 'new/tool/x', content: '' }]],
    ['nothing', [{ path: '', remove: true }]],
  ];
  for (const [title, overlay] of table) {
    t.equal((await refusal(() => applyOverlay(root, overlay))).code, 'bad-overlay' satisfies DiskImageErrorCode, title);
  }
  t.same(await readdir(join(tree, 'outside')), [], 'nothing was written outside');
  t.same(overlayKey([{ path: 'a', content: 'x' }]), overlayKey([{ path: 'a', content: Buffer.from('x') }]));
  t.not(cacheKey(overlayKey([{ path: 'a', content: 'x' }])), cacheKey(overlayKey([{ path: 'a', content: 'y' }])));
});

t.test('the cache builds once, and keeps nothing of a build that failed', async (t) => {
  const cacheDir = t.testdir();
  let builds = 0;
  const make = (inputs: unknown) =>
    cached(cacheDir, 'thing', inputs, async (directory) => {
      builds += 1;
      await writeFile(join(directory, 'file'), String(builds));
    });
  const first = await make({ a: 1 });
  t.equal(await make({ a: 1 }), first);
  t.equal(builds, 1);
  t.not(await make({ a: 2 }), first, 'other inputs are another thing');
  t.equal(builds, 2);
  const [one, two] = await Promise.all([make({ a: 3 }), make({ a: 3 })]);
  t.equal(one, two, 'two builds at once end with one thing');
  await t.rejects(
    cached(cacheDir, 'thing', 'bad', async (directory) => {
      await writeFile(join(directory, 'half'), '');
      throw new Error('cut');
    }),
    /cut/,
  );
  t.same(await readdir(join(cacheDir, 'tmp')), [], 'no scratch directory is left');
  t.equal((await readdir(join(cacheDir, 'thing'))).length, 3);
  await t.rejects(
    withScratch(cacheDir, 'x', async () => Promise.reject(new Error('no'))),
    /no/,
  );
  t.equal(defaultCacheDir({ HOLDFAST_CACHE: '/a', XDG_CACHE_HOME: '/b' }), '/a');
  t.equal(defaultCacheDir({ XDG_CACHE_HOME: '/b' }), '/b/holdfast');
  t.match(defaultCacheDir({}), /\/\.cache\/holdfast$/);
});

t.test('sources are digested by name and content, tests left out', async (t) => {
  const a = await digestSources(t.testdir({ 'x.ts': '1', d: { y: '2' } }));
  t.equal(await digestSources(t.testdir({ d: { y: '2' }, 'x.ts': '1', 'x.test.ts': '3' })), a);
  t.not(await digestSources(t.testdir({ 'x.ts': '1', d: { y: '3' } })), a);
  t.not(await digestSources(t.testdir({ 'x.ts': '1', y: '2' })), a);
  const file = join(t.testdir({ f: 'abc' }), 'f');
  t.same(await digestFile(file), {
    size: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});

t.test('a locked package is taken only with the digest of the lock file', async (t) => {
  const lock = { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-xyz' }, 'node_modules/b': {} } };
  const file = join(t.testdir({ lock: JSON.stringify(lock), empty: 'null' }), 'lock');
  const locked = await lockedPackage(file, 'a');
  t.same(locked, { name: 'a', version: '1.0.0', integrity: 'sha512-xyz' });
  t.equal((await refusal(() => lockedPackage(file, 'b'))).code, 'bad-input');
  t.equal((await refusal(() => lockedPackage(file, 'c'))).code, 'bad-input');
  t.equal((await refusal(() => checkIntegrity(Buffer.from('bytes'), locked))).code, 'bad-digest');
  const digest = execFileSync('openssl', ['dgst', '-sha512', '-binary'], { input: 'bytes' }).toString('base64');
  checkIntegrity(Buffer.from('bytes'), { ...locked, integrity: `sha512-${digest}` });
});

t.test('modules that others need and nobody lists are found', async (t) => {
  const ko = (depends: string) => `\x7fELF....\0license=GPL\0depends=${depends}\0retpoline=Y\0`;
  const root = t.testdir({ fs: { 'ext4.ko': ko('jbd2,mbcache,crc16'), 'jbd2.ko': ko(''), 'crc-16.ko': ko('') } });
  t.same(dependsOf(Buffer.from(ko('a,b_c'))), ['a', 'b_c']);
  t.same(dependsOf(Buffer.from('nothing')), []);
  t.same(await missingModules(root, ['fs/ext4.ko', 'fs/jbd2.ko']), ['crc16', 'mbcache']);
  t.same(await missingModules(root, ['fs/jbd2.ko', 'fs/crc-16.ko']), []);
});

t.test('a snap depends on what is in it only, not on where, when and by whom it was made', async (t) => {
  const directory = t.testdir({
    a: { bin: { tool: 'x' }, 'z.txt': 'z' },
    'other-name': { 'z.txt': 'z', bin: { tool: 'x' } },
  });
  await chmod(join(directory, 'a/bin/tool'), 0o755);
  await chmod(join(directory, 'other-name/bin/tool'), 0o755);
  const meta = { name: 'thing', type: 'base', summary: 'A thing' } as const;
  const pack = async (tree: string, cache: string, umask: number, overlay: Overlay = []) => {
    const before = process.umask(umask);
    try {
      const outFile = join(directory, cache, 'thing.snap');
      const options = { cacheDir: join(directory, cache), outFile, version: "1'2", overlay };
      const owned = [{ path: 'etc/shadow', mode: '4640', group: 42 }];
      const files = [{ path: 'etc/shadow', content: 'secret' }];
      return { outFile, ...(await packSnap(options, meta, join(directory, tree), tree, files, owned)) };
    } finally {
      process.umask(before);
    }
  };
  const first = await pack('a', 'cache-1', 0o022);
  const second = await pack('other-name', 'elsewhere/cache-2', 0o077);
  t.equal(second.sha256, first.sha256);
  const lines = listing(first.outFile);
  t.ok(lines.length >= 7);
  for (const line of lines) t.match(line, /2026-01-01 00:00/, 'one time for everything');
  t.match(
    lines.find((line) => line.endsWith('/bin/tool')),
    /^-rwxr-xr-x 0\/0\s/,
  );
  t.match(
    lines.find((line) => line.endsWith('/etc/shadow')),
    /^-rwSr----- 0\/42\s/,
  );
  const yaml = execFileSync('unsquashfs', ['-cat', first.outFile, 'meta/snap.yaml'], { encoding: 'utf8' });
  t.match(yaml, /^name: thing\nversion: '1''2'\ntype: base\n/);
  const faulty = await pack('a', 'cache-1', 0o022, [{ path: 'bin/tool', remove: true }]);
  t.not(faulty.sha256, first.sha256);
  const paths = (snap: string) => listing(snap).map((line) => line.slice(line.indexOf('squashfs-root')));
  const good = paths((await pack('a', 'cache-1', 0o022)).outFile);
  const bad = paths((await pack('a', 'cache-1', 0o022, [{ path: 'bin/tool', remove: true }])).outFile);
  t.same(
    good.filter((path) => !bad.includes(path)),
    ['squashfs-root/bin/tool'],
    'it differs by its fault only',
  );
});

t.test('a bundle has what every start needs in one file, and what is imported later in others', async (t) => {
  const directory = t.testdir({
    'main.ts': "import { a } from './a.ts';\nconsole.log(a);\nexport const later = () => import('./late.ts');\n",
    'a.ts': "import { readFileSync } from 'node:fs';\nexport const a: number = readFileSync.length;\n",
    'late.ts': "export const secret = 'only later';\n",
    out: {},
    again: {},
  });
  await bundle(directory, 'main.ts', join(directory, 'out'));
  await mkdir(join(directory, 'again/deeper'));
  await bundle(directory, 'main.ts', join(directory, 'again/deeper'));
  const files = await bundleFiles(join(directory, 'out'), 'lib');
  t.same(await bundleFiles(join(directory, 'again/deeper'), 'lib'), files, 'wherever it is written');
  const texts = files.map((file) => ('content' in file ? Buffer.from(file.content).toString() : ''));
  t.equal(files.length, 2);
  const main = texts[files.findIndex(({ path }) => path === 'lib/main.js')] ?? '';
  t.notMatch(main, /only later/);
  t.match(
    texts.find((text) => text !== main),
    /only later/,
  );
  t.notMatch(texts.join(), directory, 'no path of this machine is in it');
});

t.test('progress lines carry the seconds since the start', async (t) => {
  const lines: string[] = [];
  let now = 1000;
  const report = timedReport(
    (line) => lines.push(line),
    () => now,
  );
  report('begin');
  now += 12_340;
  report('end');
  t.same(lines, ['[   0.0 s] begin', '[  12.3 s] end']);
  t.equal(
    await step(
      (line) => lines.push(line),
      'work',
      async () => 7,
    ),
    7,
  );
  t.equal(lines[2], 'work ...');
  t.match(lines[3], /^work: \d+\.\d s$/);
});
