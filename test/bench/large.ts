/**
 * Installs and refreshes large snaps under `--root`, beside a copy of the same file that is synced: `node test/bench/large.ts
 * [MEGABYTES ...]`. Time contains the start of the command, and sending the file.
 */
import { execFile } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeApp } from './apps.ts';
import { type Bench, withDaemon } from './daemon.ts';
import { peakBytes, writtenBytes } from './process.ts';
import { median, row, seconds } from './rows.ts';

const MEGABYTE = 1_000_000;
const MEBIBYTE = 1 << 20;
const peer = 'cp FILE COPY && sync COPY';

const sizes = process.argv.slice(2).map(Number);
for (const megabytes of sizes.length > 0 ? sizes : [100, 1000]) {
  await withDaemon((bench) => measure(bench, megabytes));
}

async function measure({ folder, run, daemon }: Bench, megabytes: number): Promise<void> {
  const copies: number[] = [];
  const take = async (what: string, version: string): Promise<void> => {
    const file = join(folder, `app-${version}.snap`);
    await makeApp(file, { name: 'large', version, bytes: megabytes * MEGABYTE });
    copies.push(await seconds(() => copySynced(file, join(folder, 'copy'))));
    const before = await writtenBytes(daemon.pid);
    const ours = await seconds(() => run('install', '--dangerous', file));
    const written = (await writtenBytes(daemon.pid)) - before;
    copies.push(await seconds(() => copySynced(file, join(folder, 'copy'))));
    const name = `${what} of a snap of ${megabytes} MB`;
    row({ bench: `${name}: time`, ours, unit: 's', peer, theirs: median(copies) });
    row({
      bench: `${name}: written to the medium per byte of the snap`,
      ours: written / (await stat(file)).size,
      unit: 'bytes',
    });
    await rm(file);
  };
  await take('install', '1');
  await take('refresh', '2');
  row({
    bench: `snaps of ${megabytes} MB: peak memory of the daemon (RSS)`,
    ours: (await peakBytes(daemon.pid)) / MEBIBYTE,
    unit: 'MiB',
  });
}

async function copySynced(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['--reflink=never', from, to]);
  await promisify(execFile)('sync', [to]);
  await rm(to);
}
