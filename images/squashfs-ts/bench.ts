/**
 * How long reading takes, beside unsquashfs and, where that is possible, a kernel mount: `node bench.ts [--rounds N]
 * [--compression NAME ...]`. Both run in turn, so that a busy machine slows both. Prints a line of JSON for each figure;
 * milliseconds are medians. The peers' times contain the start of their process.
 */
import { cp, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileSource, SquashfsImage } from './index.ts';
import { mksquashfs, run } from './testing/mksquashfs.ts';

/** What is large and does not pack well: so much of the running Node. */
const LARGE_BYTES = 32 * 1024 * 1024;
/** What is small and many: packages that the development of this one needs, as far as they are there. */
const SMALL = ['@types', '@tapjs', 'yaml'];
const READS = 200;

async function writeTree(tree: string): Promise<void> {
  await mkdir(join(tree, 'meta'), { recursive: true });
  await writeFile(
    join(tree, 'meta/snap.yaml'),
    'name: example\nversion: 1\nsummary: for measuring\n'.padEnd(1000, '# \n'),
  );
  await using node = await open(process.execPath);
  const { buffer, bytesRead } = await node.read(Buffer.alloc(LARGE_BYTES), 0, LARGE_BYTES, 0);
  await writeFile(join(tree, 'node'), buffer.subarray(0, bytesRead));
  const modules = dirname(dirname(dirname(createRequire(import.meta.url).resolve('@napi-rs/lzma'))));
  for (const name of SMALL) await cp(join(modules, name), join(tree, name), { recursive: true }).catch(() => {});
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

const rounded = (value: number) => Number(value.toPrecision(4));

type Works = Readonly<Record<string, () => Promise<unknown>>>;

/** Runs all in turn, as often as told; one round before, for nothing. */
async function medians<W extends Works>(rounds: number, works: W): Promise<Record<keyof W, number>> {
  const times = new Map<string, number[]>(Object.keys(works).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, work] of Object.entries(works)) {
      const time = await milliseconds(work);
      if (round > 0) times.get(name)?.push(time);
    }
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, median(all)])) as Record<keyof W, number>;
}

async function streamAll(image: SquashfsImage): Promise<number> {
  let bytes = 0;
  for await (const { stat, reference } of image.walk()) {
    if (stat.type !== 'file') continue;
    for await (const piece of image.stream(reference)) bytes += piece.byteLength;
  }
  return bytes;
}

function print(name: string, compression: string, figures: Readonly<Record<string, number>>): void {
  const values = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, rounded(value)]));
  console.log(JSON.stringify({ name, compression, ...values }));
}

/** A small file: warm from an open image, from an image that must be opened first, and by the peers. */
async function benchSmallFile(path: string, compression: string, rounds: number, mounted: string): Promise<void> {
  await using image = await SquashfsImage.open(await fileSource(path));
  const works = {
    warm: async () => {
      for (let i = 0; i < READS; i += 1) await image.readFile('meta/snap.yaml');
    },
    opened: async () => {
      await using opened = await SquashfsImage.open(await fileSource(path));
      await opened.readFile('meta/snap.yaml');
    },
    unsquashfs: () => run('unsquashfs', ['-cat', path, 'meta/snap.yaml']),
  };
  const { warm, opened, unsquashfs } = await medians(rounds, works);
  print('meta/snap.yaml', compression, { warmMs: warm / READS, withOpeningMs: opened, unsquashfsCatMs: unsquashfs });
  const mount = {
    mount: () => run('mount', ['-t', 'squashfs', '-o', 'loop,ro', path, mounted]).then(() => run('umount', [mounted])),
  };
  await medians(rounds, mount).then(
    (times) => print('kernel mount and unmount', compression, { ms: times.mount }),
    () => {},
  );
}

async function benchTree(path: string, compression: string, rounds: number, out: string): Promise<void> {
  let bytes = 0;
  const works = {
    own: async () => {
      await using image = await SquashfsImage.open(await fileSource(path));
      bytes = await streamAll(image);
    },
    extracting: () => run('unsquashfs', ['-q', '-n', '-f', '-processors', '1', '-d', out, path]),
    discarding: () => run('unsquashfs', ['-q', '-n', '-processors', '1', '-pf', '/dev/null', path]),
  };
  const { own, extracting, discarding } = await medians(rounds, works);
  print('whole tree', compression, {
    mebibytes: bytes / 2 ** 20,
    ms: own,
    unsquashfsToFilesMs: extracting,
    unsquashfsToNullMs: discarding,
    speedToFiles: extracting / own,
    speedToNull: discarding / own,
  });
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    compression: { type: 'string', multiple: true, default: ['gzip', 'xz', 'zstd', 'lz4', 'lzo', 'lzma'] },
  },
});
const directory = await mkdtemp(join(tmpdir(), 'squashfs-bench-'));
try {
  const tree = join(directory, 'tree');
  const mounted = join(directory, 'mounted');
  await mkdir(mounted);
  await writeTree(tree);
  for (const compression of values.compression) {
    const path = await mksquashfs(tree, join(directory, compression), { options: ['-comp', compression] });
    await benchSmallFile(path, compression, Number(values.rounds), mounted);
    await benchTree(path, compression, Number(values.rounds), join(directory, 'out'));
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
