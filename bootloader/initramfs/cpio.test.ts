import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { InitramfsError } from './errors.ts';

const ENTRIES: readonly CpioEntry[] = [
  { kind: 'file', path: 'init', data: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
  { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
  { kind: 'file', path: 'bin/busybox', data: Buffer.alloc(100_001, 7), mode: 0o711 },
  { kind: 'file', path: 'etc/empty', data: new Uint8Array() },
  { kind: 'directory', path: 'run', mode: 0o700 },
  { kind: 'file', path: 'etc/ünïcode name', data: Buffer.from('abc') },
  { kind: 'character-device', path: 'dev/console', major: 5, minor: 1 },
];

function cpio(input: Uint8Array, args: readonly string[], cwd = '.'): string {
  return execFileSync('cpio', [...args], { input, cwd, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

t.test('the real cpio lists every entry with its type, mode, owner and size, parents first', async (t) => {
  const list = cpio(writeCpio(ENTRIES), ['-itvn', '--quiet']).trimEnd().split('\n');
  t.same(
    list.map((line) => line.replace(/ +/g, ' ').replace(/ Jan 1 1970 /, ' ')),
    [
      'drwxr-xr-x 2 0 0 0 bin',
      '-rwx--x--x 1 0 0 100001 bin/busybox',
      'lrwxrwxrwx 1 0 0 7 bin/sh -> busybox',
      'drwxr-xr-x 2 0 0 0 dev',
      'crw------- 1 0 0 5, 1 dev/console',
      'drwxr-xr-x 2 0 0 0 etc',
      '-rw-r--r-- 1 0 0 0 etc/empty',
      '-rw-r--r-- 1 0 0 3 etc/ünïcode name',
      '-rwxr-xr-x 1 0 0 10 init',
      'drwx------ 2 0 0 0 run',
    ],
  );
});

t.test('the real cpio unpacks what was put in', async (t) => {
  const directory = join(t.testdir(), 'out');
  mkdirSync(directory);
  const entries = ENTRIES.filter(({ kind }) => kind !== 'character-device');
  cpio(writeCpio(entries), ['-idm', '--quiet'], directory);
  for (const entry of entries) {
    const path = join(directory, entry.path);
    if (entry.kind === 'file') {
      t.ok(readFileSync(path).equals(entry.data), entry.path);
      t.equal(lstatSync(path).mode & 0o777, entry.mode ?? 0o644, entry.path);
      t.equal(lstatSync(path).mtimeMs, 0);
    } else if (entry.kind === 'symlink') t.equal(readlinkSync(path), entry.target);
    else t.ok(lstatSync(path).isDirectory());
  }
});

t.test('the order of the entries does not show in the archive', async (t) => {
  const one = Buffer.from(writeCpio(ENTRIES));
  t.ok(one.equals(writeCpio([...ENTRIES].reverse())));
  t.equal(one.length % 4, 0, 'another archive may follow');
});

t.test('paths that would not mean what they say are refused', async (t) => {
  const file = (path: string): CpioEntry => ({ kind: 'file', path, data: new Uint8Array() });
  const cases: readonly (readonly string[])[] = [
    ...[[''], ['/init'], ['a//b'], ['a/'], ['.'], ['./a'], ['a/../b'], ['a\0b']],
    ...[
      ['twice', 'twice'],
      ['a', 'a/b'],
    ],
  ];
  for (const paths of cases) {
    try {
      writeCpio(paths.map(file));
      t.fail(JSON.stringify(paths));
    } catch (error) {
      t.ok(error instanceof InitramfsError && error.code === 'bad-path', JSON.stringify(paths));
    }
  }
});
