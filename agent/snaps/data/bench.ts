/**
 * How long data of a snap takes to copy and to remove, beside `cp -a` with `sync` and `rm -rf`: `node bench.ts [--rounds N]
 * [--folder DIRECTORY]`. Both run in turn, on the file system of the directory, so that a busy machine slows both. Prints a line of
 * JSON for each figure; milliseconds are medians, and contain the start of our thread and of their process.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { workerTrees } from '../../system/tree/trees.ts';
import { unfinishedName } from '../../system/tree/work.ts';

const run = promisify(execFile);
const trees = workerTrees();

const mebibyte = 1 << 20;
const largeFiles = 4;
const largeBytes = 64 * mebibyte;
const smallFiles = 5000;
const filesInDirectory = 200;
const smallBytes = 2000;
const sparseBytes = 4096 * mebibyte;

async function large(folder: string): Promise<void> {
  for (let n = 0; n < largeFiles; n++) {
    await using file = await open(join(folder, `${n}`), 'w');
    for (let at = 0; at < largeBytes; at += mebibyte) await file.write(randomBytes(mebibyte));
  }
}

async function small(folder: string): Promise<void> {
  for (let n = 0; n < smallFiles; n++) {
    const directory = join(folder, `${Math.floor(n / filesInDirectory)}`);
    if (n % filesInDirectory === 0) await mkdir(directory);
    const path = join(directory, `${n}`);
    // Each tenth is a second name.
    if (n % 10 === 9) await link(join(directory, `${n - 1}`), path);
    else await writeFile(path, Buffer.alloc(smallBytes, n));
  }
}

async function sparse(folder: string): Promise<void> {
  const path = join(folder, 'database');
  await using file = await open(path, 'w');
  for (let at = 0; at < sparseBytes; at += 64 * mebibyte) await file.write(randomBytes(4096), 0, 4096, at);
  await truncate(path, sparseBytes);
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

function print(bench: string, ours: readonly number[], peer: string, theirs: readonly number[]): void {
  const value = (all: readonly number[]) => Number(median(all).toPrecision(4));
  console.log(JSON.stringify({ bench, ours: value(ours), unit: 'ms', peer, theirs: value(theirs) }));
}

/** One round before, for nothing: both find the tree in memory. */
async function measure(what: string, folder: string, rounds: number): Promise<void> {
  const copies: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  const removals: typeof copies = { ours: [], theirs: [] };
  const spot = { base: folder, way: [] };
  const theirs = join(folder, 'theirs');
  for (let round = 0; round <= rounds; round++) {
    const times = {
      oursCopy: await milliseconds(() => trees.copy(spot, 'data', 'ours')),
      theirsCopy: await milliseconds(async () => {
        await run('cp', ['-a', join(folder, 'data'), theirs]);
        await run('sync', ['-f', theirs]);
      }),
      oursRemoval: await milliseconds(() => trees.remove(spot, unfinishedName('ours'))),
      theirsRemoval: await milliseconds(() => run('rm', ['-rf', theirs])),
    };
    if (round === 0) continue;
    copies.ours.push(times.oursCopy);
    copies.theirs.push(times.theirsCopy);
    removals.ours.push(times.oursRemoval);
    removals.theirs.push(times.theirsRemoval);
  }
  print(`copy ${what}`, copies.ours, 'cp -a; sync -f', copies.theirs);
  print(`remove ${what}`, removals.ours, 'rm -rf', removals.theirs);
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, folder: { type: 'string', default: tmpdir() } },
});
const trials: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  [`${(largeFiles * largeBytes) / mebibyte} MiB in ${largeFiles} files`]: large,
  [`${smallFiles} files of ${smallBytes} bytes`]: small,
  [`a file of ${sparseBytes / mebibyte} MiB that is nearly all hole`]: sparse,
};
const top = await mkdtemp(join(values.folder, 'holdfast-bench-'));
try {
  for (const [what, fill] of Object.entries(trials)) {
    const folder = join(top, String(Object.keys(trials).indexOf(what)));
    await mkdir(join(folder, 'data'), { recursive: true });
    await fill(join(folder, 'data'));
    await measure(what, folder, Number(values.rounds));
    await rm(folder, { recursive: true });
  }
} finally {
  await rm(top, { recursive: true });
}
