import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { ADDON_SOURCES, compile, hostArch, REPOSITORY, SANITIZER_FLAGS } from './build.ts';

const OUT = join(REPOSITORY, 'build/native/sanitized');
const runtime = (name: string): string =>
  execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

t.test('calls.c holds what calls.h says, with no report from the sanitizers', async (t) => {
  const program = join(OUT, 'calls-test');
  compile(hostArch(), ['calls-test.c', 'calls.c', 'calls-fakes.c'], SANITIZER_FLAGS, program);
  const run = spawnSync(program, [t.testdir()], { encoding: 'utf8', timeout: 60_000 });
  t.match(
    { status: run.status, failures: run.stdout.match(/^not ok.*$/gm) },
    { status: 0, failures: null },
    'all hold',
  );
  t.match(run.stdout, /^1\.\.\d\d$/m, 'having reached its end');
  t.equal(run.stderr, '', 'and says nothing');

  const bad = spawnSync(program, ['overrun'], { encoding: 'utf8', timeout: 60_000 });
  t.not(bad.status, 0, 'a read past the end of a name ends the program');
  t.match(bad.stderr, /AddressSanitizer: heap-buffer-overflow/, 'and is reported, so the sanitizers are on');
});

t.test('tree.c holds what tree.h says, with no report from the sanitizers', async (t) => {
  const program = join(OUT, 'tree-test');
  compile(hostArch(), ['tree-test.c', 'tree.c', 'calls-fakes.c'], SANITIZER_FLAGS, program);
  const run = spawnSync(program, [t.testdir()], { encoding: 'utf8', timeout: 60_000 });
  t.match({ status: run.status, failures: run.stdout.match(/^not ok.*$/gm) }, { status: 0, failures: null });
  t.match(run.stdout, /^1\.\.\d\d$/m, 'having reached its end');
  t.equal(run.stderr, '', 'and says nothing');
});

t.test('native.c answers good and bad arguments, with no report from the sanitizers', async (t) => {
  const addon = join(OUT, 'holdfast.node');
  const sources = [...ADDON_SOURCES, 'calls-fakes.c'];
  compile(hostArch(), sources, ['-shared', '-fPIC', ...SANITIZER_FLAGS], addon);
  const run = spawnSync(process.execPath, [join(import.meta.dirname, 'drive.ts'), addon, t.testdir()], {
    encoding: 'utf8',
    timeout: 60_000,
    // V8 frees nothing at exit, so the leak checker would report Node itself.
    env: { LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libubsan.so')}`, ASAN_OPTIONS: 'detect_leaks=0' },
  });
  t.equal(run.stderr, '', 'no report');
  t.equal(run.status, 0);
  const { pid, uid, peercred, ...results } = JSON.parse(run.stdout);
  t.match(peercred, { pid, uid }, 'peercred names the client, here this process itself');
  t.strictSame(results, {
    exchange: 0,
    'exchange: missing': 'ENOENT',
    'exchange: long': 'ENAMETOOLONG',
    'exchange: too long': 'TypeError',
    'exchange: long in UTF-8': 'TypeError',
    'exchange: NUL': 'TypeError',
    'exchange: one name': 'TypeError',
    lock: 0,
    'lock: held': 'EAGAIN',
    'lock: mode': 'TypeError',
    'lock: no mode': 'TypeError',
    'lock: bad descriptor': 'EBADF',
    fadvise: 0,
    'fadvise: nothing': 'TypeError',
    'fadvise: text': 'TypeError',
    syncfs: 0,
    'syncfs: bad descriptor': 'EBADF',
    'blkflsbuf: file': 'ENOTTY',
    'peercred: file': 'ENOTSOCK',
    'peercred: NaN': 'TypeError',
    'peercred: half': 'TypeError',
    'peercred: past 32 bits': 'TypeError',
    'datagram: nobody': 'ENOENT',
    'datagram: slice': 'ENOENT',
    'datagram: empty': 'ENOENT',
    'datagram: long': 'ENAMETOOLONG',
    'datagram: words': 'TypeError',
    'datagram: text': 'TypeError',
    'datagram: nothing': 'TypeError',
    'datagram: descriptors': 'ENOENT',
    'datagram: bad descriptor': 'EBADF',
    'datagram: no number': 'TypeError',
    'datagram: no array': 'TypeError',
    'datagram: no descriptors': 'TypeError',
    'datagram: most descriptors': 'ENOENT',
    'datagram: too many descriptors': 'TypeError',
    reboot: 'EPERM',
    'tree: base': 'ENOENT',
    'tree: base NUL': 'TypeError',
    'tree: stat': 0,
    'tree: stat itself': 0,
    'tree: stat into less': 'TypeError',
    'tree: stat into bytes': 'TypeError',
    'tree: slash': 'TypeError',
    'tree: NUL': 'TypeError',
    'tree: long': 'ENOENT',
    'tree: too long': 'TypeError',
    'tree: text': 'TypeError',
    'tree: open': 'ENOTDIR',
    'tree: open how': 'TypeError',
    'tree: close': 'EBADF',
    'tree: list': 'ENOTDIR',
    'tree: list into nothing': 'ENOTDIR',
    'tree: mkdir': 'EEXIST',
    'tree: unlink': 'ENOENT',
    'tree: unlink what': 'TypeError',
    'tree: rename': 'ENOENT',
    'tree: rename one': 'TypeError',
    'tree: link': 'ENOENT',
    'tree: clone': 'EBADF',
    'tree: range': 0,
    'tree: range before': 'TypeError',
    'tree: range past': 'TypeError',
    'tree: attributes': 0,
    'tree: attributes of one': 'TypeError',
    'tree: node': 'EAGAIN',
  });
});
