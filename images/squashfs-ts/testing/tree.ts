import { chmod, link, mkdir, open, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytesOf } from './random.ts';

/** Files whose sizes are awkward for blocks of 4 KiB to 1 MiB: around their borders, compressible and not. */
async function writeContents(root: string): Promise<void> {
  const sizes = [1, 4095, 4096, 4097, 131071, 131072, 131073, 1048576, 1048577];
  for (const size of sizes) await writeFile(join(root, `text-${size}`), Buffer.alloc(size, 'one line of text\n'));
  await writeFile(join(root, 'empty'), '');
  await writeFile(join(root, 'random'), randomBytesOf(1, 300_001));
  const sparse = await open(join(root, 'sparse'), 'w');
  await sparse.write('in the middle', 2_500_000);
  await sparse.truncate(5_000_000);
  await sparse.close();
}

async function writeNames(root: string): Promise<void> {
  await mkdir(join(root, 'many'));
  for (let i = 0; i < 600; i += 1) await writeFile(join(root, 'many', `entry-${i}`), `${i}`);
  // More than 64 KiB of names: an extended directory with an index.
  await mkdir(join(root, 'long'));
  for (let i = 0; i < 320; i += 1) await writeFile(join(root, 'long', `${'n'.repeat(230)}-${i}`), '');
  await mkdir(join(root, 'names'));
  for (const name of ['ünï', 'with space', '日本', '-dash', '.hidden', 'UPPER', "quo'te"]) {
    await writeFile(join(root, 'names', name), name);
  }
}

async function writeLinks(root: string): Promise<void> {
  await link(join(root, 'random'), join(root, 'random-again'));
  const links = {
    'to-file': 'meta/snap.yaml',
    'to-directory': 'meta',
    'to-link': 'to-directory',
    dangling: 'nowhere',
    absolute: '/etc/passwd',
    outside: '../../etc/passwd',
    'self-loop': 'self-loop',
    ping: 'pong',
    pong: 'ping',
    'meta/up-and-down': '../many/../meta/./snap.yaml',
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(root, name));
}

/** Fills a directory with every kind of entry that an ordinary user can make. */
export async function writeTree(root: string): Promise<void> {
  await mkdir(join(root, 'meta'), { recursive: true });
  await writeFile(join(root, 'meta/snap.yaml'), 'name: example\nversion: 1\n');
  await mkdir(join(root, 'deep/a/b/c/d/e'), { recursive: true });
  await writeFile(join(root, 'deep/a/b/c/d/e/leaf'), 'leaf');
  await mkdir(join(root, 'hollow'));
  await chmod(join(root, 'hollow'), 0o1777);
  await writeFile(join(root, 'owned'), 'owned');
  await writeFile(join(root, 'script'), '#!/bin/sh\n');
  await chmod(join(root, 'script'), 0o6755);
  await utimes(join(root, 'script'), 1_000_000_000, 1_000_000_000);
  await writeContents(root);
  await writeNames(root);
  await writeLinks(root);
}

/** A few entries only, for tests that go over an image many times. */
export async function writeSmallTree(root: string): Promise<void> {
  await mkdir(join(root, 'meta/hooks'), { recursive: true });
  await writeFile(join(root, 'meta/snap.yaml'), 'name: example\nversion: 1\n');
  await writeFile(join(root, 'meta/hooks/configure'), '#!/bin/sh\n');
  await writeFile(join(root, 'text'), Buffer.alloc(20_000, 'one line of text\n'));
  await writeFile(join(root, 'random'), randomBytesOf(2, 9_000));
  await symlink('meta/snap.yaml', join(root, 'link'));
  for (let i = 0; i < 40; i += 1) await writeFile(join(root, 'meta', `file-${i}`), `${i}`);
}
