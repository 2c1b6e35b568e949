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

/** `peer` is the other's command. */
function print(bench: string, unit: string, ours: number, peer?: string, theirs?: number): void {
  const beside = peer === undefined || theirs === undefined ? {} : { peer, theirs: rounded(theirs) };
  console.log(JSON.stringify({ bench, unit, ours: rounded(ours), ...beside }));
}

interface Bench {
  readonly path: string;
  readonly compression: string;
  readonly rounds: number;
  /** Where the peers may extract to, and mount. */
  readonly out: string;
  readonly mounted: string;
}

/** Mounts, runs a command on what is there, and unmounts. */
async function onMount({ path, mounted }: Bench, command: string, args: readonly string[]): Promise<void> {
  await run('mount', ['-t', 'squashfs', '-o', 'loop,ro', path, mounted]);
  await run(command, args).finally(() => run('umount', [mounted]));
}

/** Medians with a kernel mount among them; where this machine cannot mount, without, and it is said. */
async function withMount<W extends Works>(rounds: number, works: W, mount: () => Promise<unknown>) {
  try {
    await mount();
  } catch (error) {
    console.error(`no kernel mount here: ${error instanceof Error ? error.message : error}`);
    return { ...(await medians(rounds, works)), mount: undefined };
  }
  return medians(rounds, { ...works, mount });
}

/** A small file: warm from an open image, from an image that must be opened first, and by the peers. */
async function benchSmallFile(bench: Bench): Promise<void> {
  const { path, compression, rounds, mounted } = bench;
  const file = 'meta/snap.yaml';
  await using image = await SquashfsImage.open(await fileSource(path));
  const works = {
    warm: async () => {
      for (let i = 0; i < READS; i += 1) await image.readFile(file);
    },
    opened: async () => {
      await using opened = await SquashfsImage.open(await fileSource(path));
      await opened.readFile(file);
    },
    unsquashfs: () => run('unsquashfs', ['-cat', path, file]),
  };
  const times = await withMount(rounds, works, () => onMount(bench, 'cat', [join(mounted, file)]));
  print(`\`${file}\` of an open image, ${compression}`, 'ms', times.warm / READS);
  print(`\`${file}\`, opening included, ${compression}`, 'ms', times.opened, 'unsquashfs -cat', times.unsquashfs);
  print(`the same, ${compression}`, 'ms', times.opened, 'mount; cat; umount', times.mount);
}

/** Every byte of every file. */
async function benchTree(bench: Bench): Promise<void> {
  const { path, compression, rounds, out, mounted } = bench;
  let bytes = 0;
  const works = {
    own: async () => {
      await using image = await SquashfsImage.open(await fileSource(path));
      bytes = await streamAll(image);
    },
    extracting: () => run('unsquashfs', ['-q', '-n', '-f', '-processors', '1', '-d', out, path]),
    discarding: () => run('unsquashfs', ['-q', '-n', '-processors', '1', '-pf', '/dev/null', path]),
  };
  const times = await withMount(rounds, works, () =>
    onMount(bench, 'sh', ['-c', `find ${mounted} -type f -exec cat {} + > /dev/null`]),
  );
  const what = `whole tree of ${Math.round(bytes / 2 ** 20)} MiB streamed, ${compression}`;
  print(what, 'ms', times.own, 'unsquashfs -processors 1', times.extracting);
  print(what, 'ms', times.own, 'unsquashfs -processors 1 -pf /dev/null', times.discarding);
  print(what, 'ms', times.own, 'mount; cat; umount', times.mount);
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
    const bench = { path, compression, rounds: Number(values.rounds), out: join(directory, 'out'), mounted };
    await benchSmallFile(bench);
    await benchTree(bench);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
