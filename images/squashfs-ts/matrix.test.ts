import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type Compression, fileSource, SquashfsImage, type WalkEntry } from './index.ts';
import { everyKind } from './testing/kinds.ts';
import { appendPseudo, squashTar } from './testing/mksquashfs.ts';
import { randomOf } from './testing/random.ts';
import { type TarEntry, tarOf } from './testing/tar.ts';
import { lineOf, unsquashfsLines } from './testing/unsquashfs.ts';

const directory = t.testdir({ nothing: {} });
await mkdir(join(directory, 'nothing'), { recursive: true });

/** For lzo and zstd the levels by default take long. */
const COMPRESSIONS: readonly [compression: Compression, options: readonly string[]][] = [
  ['gzip', []],
  ['xz', []],
  ['zstd', ['-Xcompression-level', '5']],
  ['lz4', []],
  ['lzo', ['-Xalgorithm', 'lzo1x_1']],
  ['lzma', []],
];
const BLOCK_SIZES = Array.from({ length: 9 }, (_, i) => 4096 << i);

/** What is wrong with an entry of an image; the source says how it should be. */
async function* complaints(
  image: SquashfsImage,
  { path, stat, reference }: WalkEntry,
  source: TarEntry,
  file: TarEntry,
) {
  const { type, mode, uid = 0, gid = 0, mtimeSeconds, device, target, content } = file;
  const expected = {
    type,
    mode: mode ?? 0o644,
    uid,
    gid,
    mtimeSeconds,
    device,
    target: type === 'symlink' ? target : undefined,
  };
  if (type === 'symlink') expected.mode = stat.mode;
  for (const [key, value] of Object.entries(expected)) {
    const found = stat[key as keyof typeof stat];
    if (JSON.stringify(found) !== JSON.stringify(value)) yield `${path}: ${key} is ${JSON.stringify(found)}`;
  }
  const linked = file.path.startsWith('contents/random') && file.path !== 'contents/random-again';
  if (type !== 'directory' && stat.links !== (linked ? 2 : 1)) yield `${path}: ${stat.links} links`;
  if (content !== undefined && Buffer.compare(await image.readFile(path), content) !== 0) yield `${path}: content`;
  if (content !== undefined) yield* await wrongRanges(image, path, content);
  const xattrs = await image.lxattrs(path);
  const wanted = Object.entries(file.xattrs ?? {});
  if (xattrs.size !== wanted.length) yield `${path}: ${xattrs.size} extended attributes`;
  for (const [name, value] of wanted) {
    if (Buffer.compare(xattrs.get(name) ?? Buffer.from('?'), value) !== 0) yield `${path}: ${name}`;
  }
  const exported = await image.reference(stat.inode);
  if (JSON.stringify(exported) !== JSON.stringify(reference)) yield `${path}: exported elsewhere`;
  if (source.type === 'hard-link' && JSON.stringify(await image.lstat(file.path)) !== JSON.stringify(stat))
    yield `${path}: another inode`;
}

async function wrongRanges(image: SquashfsImage, path: string, content: Uint8Array): Promise<string[]> {
  const random = randomOf(content.byteLength);
  const wrong: string[] = [];
  for (let i = 0; i < 6; i += 1) {
    const offset = random(content.byteLength + 10);
    const length = random(random(2) === 0 ? 100 : content.byteLength + 10);
    const expected = content.subarray(offset, offset + length);
    const found = await image.read(path, { offset, length });
    const pieces: Uint8Array[] = [];
    for await (const piece of image.stream(path, { offset, length })) pieces.push(piece);
    if (Buffer.compare(found, expected) !== 0) wrong.push(`${path}: ${length} bytes at ${offset}`);
    if (Buffer.compare(Buffer.concat(pieces), expected) !== 0)
      wrong.push(`${path}: stream of ${length} bytes at ${offset}`);
  }
  return wrong;
}

for (const [compression, options] of COMPRESSIONS) {
  t.test(`Images in ${compression} hold every kind of entry in every block size`, async (t) => {
    for (const blockSize of BLOCK_SIZES) {
      const sources = new Map(everyKind(blockSize).map((entry) => [entry.path, entry]));
      const path = join(directory, `${compression}-${blockSize}`);
      await squashTar(tarOf([...sources.values()]), path, ['-comp', compression, '-b', `${blockSize}`, ...options]);
      await appendPseudo(path, join(directory, 'nothing'), ['socket i 777 0 0 s']);
      await using image = await SquashfsImage.open(await fileSource(path));
      t.match(image.superblock, { compression, blockSize });
      const missing = new Set(sources.keys());
      const lines: string[] = [];
      const wrong: string[] = [];
      for await (const entry of image.walk()) {
        lines.push(lineOf(entry.path, entry.stat));
        const source = sources.get(entry.path);
        if (source === undefined) continue;
        const file = source.type === 'hard-link' ? sources.get(source.target ?? '') : source;
        for await (const complaint of complaints(image, entry, source, file ?? source)) wrong.push(complaint);
        missing.delete(entry.path);
      }
      t.same([...missing], [], 'every entry was met');
      t.same(wrong, [], `blocks of ${blockSize} bytes`);
      t.equal(lines.sort().join('\n'), (await unsquashfsLines(path)).sort().join('\n'));
      t.match(await image.stat('socket'), { type: 'socket', mode: 0o777 });
    }
  });
}
