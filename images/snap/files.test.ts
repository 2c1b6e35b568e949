import { mkdir, readdir, readFile, readlink, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileSource, SquashfsImage } from 'squashfs-ts';
import t from 'tap';
import { mksquashfs } from '../squashfs-ts/testing/mksquashfs.ts';
import { openSnapFile, readKernelAssets } from './index.ts';

const directory = t.testdir();
let made = 0;

const YAML = 'name: foo\nversion: 1.0\narchitectures: [arm64]\n';
const LINK = 'link to ';

/** Packs files given by path and text (or a symlink, "link to TARGET") into a snap file. */
async function snapOf(files: Readonly<Record<string, string>>, options = '-comp xz -no-fragments'): Promise<string> {
  made += 1;
  const tree = join(directory, `tree-${made}`);
  await mkdir(tree);
  for (const [name, text] of Object.entries(files)) {
    const path = join(tree, name);
    await mkdir(dirname(path), { recursive: true });
    if (text.startsWith(LINK)) await symlink(text.slice(LINK.length), path);
    else await writeFile(path, text);
  }
  return mksquashfs(tree, join(directory, `image-${made}.snap`), { options: options.split(' ') });
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Descriptors of this process that are open on snap files. */
async function openSnaps(): Promise<string[]> {
  const names = await readdir('/proc/self/fd');
  const targets = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return targets.filter((target) => target.endsWith('.snap'));
}

for (const compression of ['gzip', 'xz', 'zstd']) {
  t.test(`A snap file in ${compression} opens with its metadata, whatever its name`, async (t) => {
    const path = await snapOf({ 'meta/snap.yaml': YAML, 'bin/foo': 'foo' }, `-comp ${compression}`);
    await using snap = await openSnapFile(path);
    t.match(snap.info, { name: 'foo', version: '1.0', type: 'app', architectures: ['arm64'] });
    t.equal(snap.path, path);
    t.equal(await textOf(snap.image.stream('bin/foo')), 'foo');
  });
}

t.test('A file that is no usable snap has an error with a code:', async (t) => {
  const good = await snapOf({ 'meta/snap.yaml': YAML, random: 'x'.repeat(10_000) });
  const short = join(directory, 'short.snap');
  await writeFile(short, await readFile(good));
  await truncate(short, 300);
  const damaged = join(directory, 'damaged.snap');
  const bytes = await readFile(good);
  await writeFile(damaged, bytes.fill(0xff, 96, Number(bytes.readBigUInt64LE(48)) - 40));
  const text = join(directory, 'text.snap');
  await writeFile(text, 'not a snap');

  const rows: readonly [what: string, code: string, message: RegExp, path: string][] = [
    ['nothing there', 'unreadable', /^cannot open ".*nowhere": ENOENT/, join(directory, 'nowhere')],
    ['a directory', 'not-a-snap', /is not a snap$/, directory],
    ['a text', 'not-a-snap', /^cannot open: ".*text.snap" is not a snap$/, text],
    ['a cut snap', 'truncated', /bytes expected, 300 bytes there/, short],
    ['a damaged snap', 'corrupt', /^cannot read snap: /, damaged],
    ['lzma', 'unsupported', /lzma/, await snapOf({ 'meta/snap.yaml': YAML }, '-comp lzma')],
    ['no meta', 'no-metadata', /no meta\/snap.yaml/, await snapOf({ other: 'x' })],
    ['no snap.yaml', 'no-metadata', /no meta\/snap.yaml/, await snapOf({ 'meta/other': 'x' })],
    ['a snap.yaml that is a directory', 'no-metadata', /no meta/, await snapOf({ 'meta/snap.yaml/x': 'x' })],
    ['a meta that is a file', 'no-metadata', /meta is a file/, await snapOf({ meta: 'x' })],
    [
      'a meta that is a link',
      'no-metadata',
      /meta is a symlink/,
      await snapOf({ 'm/snap.yaml': YAML, meta: 'link to m' }),
    ],
    ['a link that leads out', 'no-metadata', /no meta/, await snapOf({ 'meta/snap.yaml': 'link to /etc/hostname' })],
    ['a link that climbs out', 'no-metadata', /no meta/, await snapOf({ 'meta/snap.yaml': 'link to ../../x' })],
    ['a link to itself', 'no-metadata', /no meta/, await snapOf({ 'meta/snap.yaml': 'link to snap.yaml' })],
    ['too long a snap.yaml', 'metadata-too-large', /512 KiB/, await snapOf({ 'meta/snap.yaml': '#'.repeat(524_289) })],
    ['a snap.yaml of no use', 'bad-name', /empty/, await snapOf({ 'meta/snap.yaml': `${'#'.repeat(524_287)}\n` })],
  ];
  for (const [what, code, message, path] of rows) {
    await t.rejects(openSnapFile(path), { name: 'SnapError', code, message }, what);
  }
  t.same(await openSnaps(), [], 'and no file stays open');
});

t.test('A snap.yaml that is not UTF-8 is bad metadata', async (t) => {
  const tree = join(directory, 'latin');
  await mkdir(join(tree, 'meta'), { recursive: true });
  await writeFile(join(tree, 'meta/snap.yaml'), Buffer.from('name: foo\nversion: 1\nsummary: \xe9\n', 'latin1'));
  await t.rejects(openSnapFile(await mksquashfs(tree, join(directory, 'latin.snap'))), { code: 'bad-metadata' });
});

t.test('A snap.yaml behind a symlink inside the snap is read', async (t) => {
  const path = await snapOf({ 'snap.yaml': YAML, 'meta/snap.yaml': 'link to ../snap.yaml' });
  await using snap = await openSnapFile(path);
  t.equal(snap.info.name, 'foo');
});

t.test('A kernel snap', async (t) => {
  const kernel = {
    'meta/snap.yaml': 'name: virt-kernel\nversion: 1\ntype: kernel\n',
    'kernel.img': 'link to boot/vmlinuz-6.1',
    'boot/vmlinuz-6.1': 'k'.repeat(300_000),
    'initrd.img': 'initrd',
    'modules/6.1/x.ko': 'module',
  };
  const open = async (files: Readonly<Record<string, string>>) =>
    SquashfsImage.open(await fileSource(await snapOf(files)));

  t.test('gives kernel, initrd and device trees, with sizes and content', async (t) => {
    const trees = { 'dtbs/a.dtb': 'tree a', 'dtbs/broadcom/b.dtb': 'tree b', 'dtbs/c.dtb': 'link to a.dtb' };
    await using image = await open({ ...kernel, ...trees });
    const assets = await readKernelAssets(image);
    t.same(
      assets.map(({ path, size }) => [path, size]),
      [
        ['kernel.img', 300_000],
        ['initrd.img', 6],
        ['dtbs/a.dtb', 6],
        ['dtbs/broadcom/b.dtb', 6],
        ['dtbs/c.dtb', 6],
      ],
    );
    const contents = await Promise.all(assets.map((asset) => textOf(asset.stream())));
    t.same(contents, ['k'.repeat(300_000), 'initrd', 'tree a', 'tree b', 'tree a']);
  });

  t.test('needs no device trees', async (t) => {
    await using image = await open(kernel);
    t.same(
      (await readKernelAssets(image)).map(({ path }) => path),
      ['kernel.img', 'initrd.img'],
    );
  });

  const { 'initrd.img': _, ...noInitrd } = kernel;
  const rows: readonly [what: string, code: string, message: RegExp, files: Readonly<Record<string, string>>][] = [
    ['no kernel', 'missing-asset', /no kernel.img/, { 'initrd.img': 'initrd' }],
    ['no initrd', 'missing-asset', /no initrd.img/, noInitrd],
    ['a kernel that leads out', 'missing-asset', /no kernel.img/, { ...kernel, 'kernel.img': 'link to /boot/vmlinuz' }],
    ['an initrd that is a directory', 'bad-asset', /initrd.img is a directory/, { ...noInitrd, 'initrd.img/x': 'x' }],
    ['a tree that leads nowhere', 'missing-asset', /dtbs/, { ...kernel, 'dtbs/a.dtb': 'link to nowhere' }],
    ['trees that are a file', 'bad-asset', /dtbs is a file/, { ...kernel, dtbs: 'x' }],
  ];
  for (const [what, code, message, files] of rows) {
    t.test(`with ${what} is ${code}`, async (t) => {
      await using image = await open(files);
      await t.rejects(readKernelAssets(image), { name: 'SnapError', code, message });
    });
  }

  t.test('with an initrd of half a gigabyte of nothing is refused before it is read', async (t) => {
    const tree = join(directory, 'huge');
    await mkdir(tree);
    await writeFile(join(tree, 'kernel.img'), 'kernel');
    await writeFile(join(tree, 'initrd.img'), '');
    await truncate(join(tree, 'initrd.img'), 512 * 1024 * 1024 + 1);
    const path = await mksquashfs(tree, join(directory, 'huge.snap'), { options: ['-b', '1M'] });
    await rm(tree, { recursive: true });
    await using image = await SquashfsImage.open(await fileSource(path));
    await t.rejects(readKernelAssets(image), { code: 'bad-asset', message: /536870913 bytes/ });
  });
});
