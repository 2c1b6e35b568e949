/**
 * What a snap costs among few and among many: `node test/bench/many.ts [SNAPS]`. Times contain the start of the command, save
 * that of the API alone.
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { makeApp } from './apps.ts';
import { type Bench, withDaemon } from './daemon.ts';
import { median, row, seconds } from './rows.ts';

const most = Number(process.argv[2] ?? 500);
const few = 10;
/** Installed with one command, to get there. */
const batch = 35;
const rounds = 5;

await withDaemon(async (bench) => {
  await fill(bench, 0, few);
  const beforehand = await measure(bench, few);
  await fill(bench, few, most);
  const afterwards = await measure(bench, most);
  const times = (a: number, b: number) => ({ ours: a / b, unit: 'times' });
  row({ bench: `refresh among ${most} snaps, against among ${few}`, ...times(afterwards.refresh, beforehand.refresh) });
  row({
    bench: `GET /v2/snaps a snap, ${most} against ${few}`,
    ...times(afterwards.list / most, beforehand.list / few),
  });
});

async function fill({ folder, run }: Bench, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += batch) {
    const files = Array.from({ length: Math.min(batch, to - at) }, (_, n) => join(folder, `app${at + n}.snap`));
    for (const [n, file] of files.entries()) await makeApp(file, { name: `app${at + n}` });
    await run('install', '--dangerous', ...files);
  }
}

async function measure({ folder, root, run }: Bench, count: number): Promise<{ refresh: number; list: number }> {
  const refreshes: number[] = [];
  const command: number[] = [];
  const answers: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const file = join(folder, `refresh-${count}-${round}.snap`);
    await makeApp(file, { name: `app${round}`, version: `${count}.${round}` });
    refreshes.push(await seconds(() => run('install', '--dangerous', file)));
    command.push(await seconds(() => run('list')));
    answers.push(await seconds(() => listed(join(root, 'run/snapd.socket'), count)));
  }
  const [refresh, list] = [median(refreshes), median(answers)];
  row({ bench: `refresh of a small snap among ${count}`, ours: refresh, unit: 's' });
  row({ bench: `holdfast list of ${count} snaps`, ours: median(command) * 1000, unit: 'ms' });
  row({ bench: `GET /v2/snaps of ${count} snaps`, ours: list * 1000, unit: 'ms' });
  return { refresh, list };
}

/** @throws Error when other than `count` snaps are listed */
async function listed(socketPath: string, count: number): Promise<void> {
  const text = await new Promise<string>((resolve, reject) => {
    request({ socketPath, path: '/v2/snaps' }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve(text)).on('error', reject);
    })
      .on('error', reject)
      .end();
  });
  const { result } = JSON.parse(text) as { readonly result: readonly unknown[] };
  if (result.length !== count) throw new Error(`cannot measure: ${result.length} snaps are listed instead of ${count}`);
}
