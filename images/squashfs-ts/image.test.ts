import { lstat, mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { SquashfsImage } from './index.ts';
import { bufferSource, fileSource } from './source.ts';
import { mksquashfs, PSEUDO_ENTRIES } from './testing/mksquashfs.ts';
import { writeTree } from './testing/tree.ts';
import { lineOf, unsquashfsLines } from './testing/unsquashfs.ts';

const tree = join(t.testdir(), 'tree');
await mkdir(tree);
await writeTree(tree);
const imagePath = (name: string) => join(tree, '..', name);

/** Every compression, block sizes at both ends, and every way to store a part. */
const VARIANTS: readonly [name: string, options: string][] = [
  ['gzip', '-comp gzip'],
  ['xz', '-comp xz'],
  ['zstd', '-comp zstd -Xcompression-level 3'],
  ['gzip in 4 KiB blocks', '-comp gzip -b 4K'],
  ['xz in 4 KiB blocks', '-comp xz -b 4K'],
  ['xz in 1 MiB blocks, no fragments, as snaps are packed', '-comp xz -b 1M -no-fragments'],
  ['xz with branch filters', '-comp xz -Xbcj x86,arm,armthumb'],
  ['zstd in 4 KiB blocks', '-comp zstd -b 4K -Xcompression-level 22'],
  ['zstd in 1 MiB blocks', '-comp zstd -b 1M -Xcompression-level 19'],
  ['gzip, tails always in fragments', '-comp gzip -tailends -no-sparse'],
  ['gzip, nothing compressed', '-comp gzip -noI -noD -noF -noId'],
  [
    'zstd, no fragments, no duplicates found, not exportable',
    '-comp zstd -b 64K -no-fragments -no-duplicates -no-exports',
  ],
];

for (const [name, options] of VARIANTS) {
  t.test(`An image made with ${name} reads as unsquashfs and the tree say`, async (t) => {
    const path = await mksquashfs(tree, imagePath('variant'), { options: options.split(' '), pseudo: PSEUDO_ENTRIES });
    await using image = await SquashfsImage.open(await fileSource(path));
    const lines: string[] = [];
    const wrong: string[] = [];
    for await (const { path, stat } of image.walk()) {
      // unsquashfs shows device numbers above 255 undecoded.
      if (path !== 'dev/big') lines.push(lineOf(path, stat));
      if (stat.type !== 'file') continue;
      const content = await readFile(join(tree, path));
      if (Buffer.compare(await image.readFile(path), content) !== 0) wrong.push(path);
    }
    // One string: comparing a thousand of them one by one takes seconds.
    t.equal(lines.sort().join('\n'), (await unsquashfsLines(path)).sort().join('\n'));
    t.ok(lines.length > 960, 'the whole tree was compared');
    t.same(wrong, [], 'every file has its content');
  });
}

t.test('An image in memory', async (t) => {
  const path = await mksquashfs(tree, imagePath('memory'), { options: ['-comp', 'zstd'], pseudo: PSEUDO_ENTRIES });
  const bytes = new Uint8Array(await readFile(path));
  const image = await SquashfsImage.open(bufferSource(bytes));

  t.test('lists directories in byte order, with types', async (t) => {
    const names = (await readdir(join(tree, 'many'))).sort();
    t.same(
      await image.list('many'),
      names.map((name) => ({ name, type: 'file' })),
    );
    t.same(await image.list('hollow'), []);
    t.same(await image.list('/dev/'), [
      { name: 'big', type: 'char-device' },
      { name: 'console', type: 'char-device' },
      { name: 'pipe', type: 'fifo' },
      { name: 'socket', type: 'socket' },
      { name: 'vda', type: 'block-device' },
    ]);
    t.equal((await image.list('long')).length, 320);
    t.ok(
      (await image.list('')).some(({ name }) => name === 'meta'),
      'the root has an empty name',
    );
  });

  t.test('stats as the source tree does', async (t) => {
    for (const path of ['script', 'owned', 'random', 'deep/a', 'to-file', 'names/日本', 'text-1048577']) {
      const real = await lstat(join(tree, path));
      const stat = await image.lstat(path);
      t.equal(stat.mtimeSeconds, Math.floor(real.mtimeMs / 1000), `${path}: time`);
      if (path !== 'owned') t.equal(stat.mode, real.mode & 0o7777, `${path}: mode`);
      if (!real.isDirectory()) t.equal(stat.size, real.size, `${path}: size`);
      if (!real.isDirectory()) t.equal(stat.links, real.nlink, `${path}: links`);
    }
    t.match(await image.lstat('owned'), { mode: 0o4750, uid: 1000, gid: 33 });
    t.match(await image.lstat('dev/big'), { type: 'char-device', device: { major: 300, minor: 70000 } });
    t.equal(
      (await image.lstat('random')).inode,
      (await image.lstat('random-again')).inode,
      'hard links share an inode',
    );
    t.match(await image.lstat('to-file'), { type: 'symlink', target: await readlink(join(tree, 'to-file')) });
    t.match(await image.stat('/'), { type: 'directory', inode: image.superblock.inodeCount });
  });

  const paths: readonly [path: string, leadsTo: string][] = [
    ['meta/snap.yaml', 'meta/snap.yaml'],
    ['/meta//./snap.yaml', 'meta/snap.yaml'],
    ['many/../meta/snap.yaml', 'meta/snap.yaml'],
    ['to-file', 'meta/snap.yaml'],
    ['to-directory/snap.yaml', 'meta/snap.yaml'],
    ['to-link/snap.yaml', 'meta/snap.yaml'],
    ['meta/up-and-down', 'meta/snap.yaml'],
    ['names/ünï', 'names/ünï'],
  ];
  for (const [path, leadsTo] of paths) {
    t.test(`finds ${path}`, async (t) => t.same(await image.readFile(path), await image.readFile(leadsTo)));
  }

  const failures: readonly [path: string, code: string][] = [
    ['nowhere', 'not-found'],
    ['meta/nowhere/deeper', 'not-found'],
    ['meta/snap.yam', 'not-found'],
    ['meta/snap.yaml\0', 'not-found'],
    ['../etc/passwd', 'not-found'],
    ['dangling', 'not-found'],
    ['absolute', 'not-found'],
    ['outside', 'not-found'],
    ['self-loop', 'loop'],
    ['ping', 'loop'],
    ['meta/snap.yaml/', 'not-a-directory'],
    ['meta/snap.yaml/x', 'not-a-directory'],
    ['dev/pipe/x', 'not-a-directory'],
    ['meta', 'not-a-file'],
    ['dev/pipe', 'not-a-file'],
    ['dev/vda', 'not-a-file'],
    ['', 'not-a-file'],
  ];
  for (const [path, code] of failures) {
    t.test(`answers ${code} for ${JSON.stringify(path)}`, async (t) => {
      await t.rejects(image.readFile(path), { name: 'SquashfsError', code });
      await t.rejects(image.stream(path).next(), { code });
    });
  }

  t.test('refuses to list what is no directory, and follows a symlink to one', async (t) => {
    await t.rejects(image.list('script'), { code: 'not-a-directory' });
    await t.rejects(image.walk('script').next(), { code: 'not-a-directory' });
    t.same(await image.list('to-directory'), await image.list('meta'));
  });

  t.test('streams block by block, holes as zeros', async (t) => {
    const sizes: number[] = [];
    const parts: Uint8Array[] = [];
    for await (const part of image.stream('sparse')) {
      sizes.push(part.byteLength);
      parts.push(part);
    }
    t.same(sizes, [...Array(38).fill(131072), 5_000_000 - 38 * 131072]);
    t.equal(Buffer.compare(Buffer.concat(parts), await readFile(join(tree, 'sparse'))), 0);
  });

  t.test('keeps to the limits that the caller sets', async (t) => {
    t.equal((await image.readFile('text-4097', { maxBytes: 4097 })).byteLength, 4097);
    await t.rejects(image.readFile('text-4097', { maxBytes: 4096 }), { code: 'too-large' });
    await t.rejects(image.stream('text-4097', { maxBytes: 4096 }).next(), { code: 'too-large' });
    const walked = async () => {
      for await (const _ of image.walk('many', { maxEntries: 599 }));
    };
    await t.rejects(walked(), { code: 'too-large' });
  });

  t.test('gives away copies: writing into them changes nothing', async (t) => {
    for (const path of ['meta/snap.yaml', 'random', 'text-131072']) {
      const before = await image.readFile(path);
      for await (const part of image.stream(path)) part.fill(0x55);
      t.same(await image.readFile(path), before, path);
    }
  });

  t.test('answers many questions at once', async (t) => {
    const names = Array.from({ length: 200 }, (_, i) => `${i}`);
    const contents = await Promise.all(names.map((i) => image.readFile(`many/entry-${i}`)));
    t.same(
      contents.map((bytes) => Buffer.from(bytes).toString()),
      names,
    );
  });

  t.test('reads no further ahead than it was asked', async (t) => {
    let bytesRead = 0;
    const inner = bufferSource(bytes);
    const read = (at: number, length: number) => {
      bytesRead += length;
      return inner.read(at, length);
    };
    const image = await SquashfsImage.open({ size: inner.size, read });
    await image.stat('random');
    bytesRead = 0;
    const blocks = image.stream('random');
    await blocks.next();
    t.ok(bytesRead > 0 && bytesRead <= 131072, `${bytesRead} bytes for the first block`);
    await blocks.return(undefined);
    t.ok(bytesRead <= 131072, 'and none after the reader has left');
  });

  t.test('reads nothing for a warm path', async (t) => {
    let reads = 0;
    const inner = bufferSource(bytes);
    const read = (at: number, length: number) => {
      reads += 1;
      return inner.read(at, length);
    };
    const image = await SquashfsImage.open({ size: inner.size, read });
    await image.readFile('meta/snap.yaml');
    const cold = reads;
    await image.readFile('meta/snap.yaml');
    t.ok(cold <= 12, `${cold} reads from opening to content`);
    t.equal(reads, cold, 'the second time none');
  });
});

t.test('A file source', async (t) => {
  const path = await mksquashfs(tree, imagePath('closed'), { options: ['-comp', 'gzip'] });
  t.test('is closed with the image', async (t) => {
    const image = await SquashfsImage.open(await fileSource(path));
    await image.close();
    await t.rejects(image.readFile('random'), { code: 'EBADF' });
    await image.close();
  });
  t.test('is closed when the image cannot be opened', async (t) => {
    let closed = 0;
    const source = { size: 200, read: () => new Uint8Array(96), close: () => void closed++ };
    await t.rejects(SquashfsImage.open(source), { code: 'not-squashfs' });
    t.equal(closed, 1);
  });
  t.test('passes errors of the system through, and refuses what is no regular file', async (t) => {
    await t.rejects(fileSource(imagePath('nowhere')), { code: 'ENOENT' });
    await t.rejects(fileSource(tree), { code: 'not-squashfs' });
    await t.rejects(fileSource('/dev/null'), { code: 'not-squashfs' });
  });
});
