import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { buildInitramfs } from './build.ts';
import type { CpioEntry } from './cpio.ts';
import { MODULES } from './modules.ts';
import { CACHE } from './testing/run.ts';

const VERSION = '6.1.0-test';
const names = Object.values(MODULES).flat();
const modulesDir = t.testdir({
  [VERSION]: {
    'modules.dep': `${names.map((name) => `kernel/${name}.ko: kernel/common.ko`).join('\n')}\nkernel/common.ko:\n`,
    'modules.builtin': '',
    kernel: Object.fromEntries([...names, 'common'].map((name) => [`${name}.ko`, `module ${name}`])),
  },
  one: {},
  two: { tmp: {} },
});

async function build(outFile: string, overlay?: readonly CpioEntry[]): Promise<Buffer> {
  const options = {
    kernelModulesDir: modulesDir,
    kernelVersion: VERSION,
    arch: 'arm64',
    cacheDir: CACHE,
    outFile,
  } as const;
  await buildInitramfs(overlay === undefined ? options : { ...options, overlay });
  return readFileSync(outFile);
}

function archived(archive: Uint8Array, path: string): Buffer {
  const args = ['-i', '--quiet', '--to-stdout', '--no-absolute-filenames', path];
  return execFileSync('cpio', args, { input: archive, maxBuffer: 64 * 1024 * 1024 });
}

const first = await build(join(modulesDir, 'one/initrd.img'));
const archive = gunzipSync(first);

t.test('two builds give the same bytes, whatever the umask, the place and the time zone', async (t) => {
  const { TMPDIR, TZ } = process.env;
  const umask = process.umask(0o077);
  process.env['TMPDIR'] = join(modulesDir, 'two/tmp');
  process.env['TZ'] = 'Pacific/Chatham';
  t.teardown(() => {
    process.umask(umask);
    for (const [name, value] of Object.entries({ TMPDIR, TZ })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  mkdirSync(join(modulesDir, 'two/deep'));
  t.ok(first.equals(await build(join(modulesDir, 'two/deep/other.img'))));
});

t.test('the image holds all that init needs, and a console for it', async (t) => {
  const list = execFileSync('cpio', ['-itvn', '--quiet'], { input: archive, encoding: 'utf8' });
  for (const pattern of [
    /^-rwxr-xr-x 1 0 +0 +\d+ Jan 1 1970 init$/m,
    /^-rwxr-xr-x 1 0 +0 +\d+ Jan 1 1970 bin\/@holdfast-deadman$/m,
    /^-rwxr-xr-x 1 0 +0 +\d+ Jan 1 1970 bin\/e2fsck$/m,
    /^lrwxrwxrwx 1 0 +0 +7 Jan 1 1970 bin\/sh -> busybox$/m,
    /^crw------- 1 0 +0 5, 1 Jan 1 1970 dev\/console$/m,
  ]) {
    t.match(list.replace(/ +/g, ' '), pattern);
  }
  for (const program of ['bin/busybox', 'bin/e2fsck', 'bin/@holdfast-deadman']) {
    t.equal(archived(archive, program).readUInt16LE(18), 183, `${program} is of the machine's architecture`);
  }
});

t.test('each list of modules is in order, and each module comes once', async (t) => {
  const lists = Object.keys(MODULES).map((list) =>
    archived(archive, `modules/${list}`).toString().trimEnd().split('\n'),
  );
  t.same(lists, [
    ['common.ko', ...MODULES.pstore.map((name) => `${name}.ko`)],
    MODULES.block.map((name) => `${name}.ko`),
    MODULES.watchdog.map((name) => `${name}.ko`),
    MODULES.filesystems.map((name) => `${name}.ko`),
  ]);
  t.equal(archived(archive, 'modules/ext4.ko').toString(), 'module ext4');
});

t.test('the mark is an environment image that the real tools read', async (t) => {
  const mark = archived(archive, 'marks/good-failed.env');
  const directory = t.testdir({ mark, config: '' });
  const reference = join(directory, 'reference');
  execFileSync('mkenvimage', ['-s', '4096', '-p', '0x00', '-o', reference, '-'], { input: 'snap_mark=good-failed\n' });
  t.ok(mark.equals(readFileSync(reference)), 'the same bytes as mkenvimage makes');
});

t.test('an overlay is a second archive, and the first one keeps its bytes', async (t) => {
  const init = Buffer.from('#!/bin/sh\nexec reboot -f\n');
  const image = await build(join(modulesDir, 'one/overlaid.img'), [
    { kind: 'file', path: 'init', data: init, mode: 0o755 },
  ]);
  const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
  t.equal(hash(image.subarray(0, first.length)), hash(first));
  const second = gunzipSync(image.subarray(first.length));
  t.ok(archived(second, 'init').equals(init));
  t.ok(second.length < 1024, 'and the second holds nothing else');
});

t.test('a kernel that lacks a module is refused, and no image is left', async (t) => {
  const directory = t.testdir({ [VERSION]: { 'modules.dep': '', 'modules.builtin': '' } });
  const outFile = join(directory, 'initrd.img');
  const options = {
    kernelModulesDir: directory,
    kernelVersion: VERSION,
    arch: 'arm64',
    cacheDir: CACHE,
    outFile,
  } as const;
  await t.rejects(buildInitramfs(options), { code: 'unknown-module' });
  t.throws(() => readFileSync(outFile), { code: 'ENOENT' });
});
