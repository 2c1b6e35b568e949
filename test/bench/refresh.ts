/**
 * What one refresh of an app without hooks writes: `node test/bench/refresh.ts`. The daemon runs in this process, beside the
 * recorder of the crash exploration, which sees each call that changes or syncs a file under its root.
 */
import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon } from '../../agent/daemon.ts';
import { holdfast } from '../../agent/fixture-process.ts';
import { REPOSITORY } from '../../agent/system/native/build.ts';
import { loadRecorder, runRecorded } from '../crash/recorder.ts';
import { parseTrace } from '../crash/trace.ts';
import { makeApp } from './apps.ts';
import { row } from './rows.ts';
import { isCommit } from './wal.ts';

const recorder = loadRecorder();
if (recorder === undefined) {
  const { code } = await runRecorded(import.meta.filename, []);
  process.exitCode = code ?? 1;
} else {
  const folder = await mkdtemp(join(await realpath(join(REPOSITORY, 'build')), 'bench-'));
  const root = join(folder, 'root');
  await mkdir(root);
  const { stop } = await startDaemon({ root, env: {} });
  const install = async (version: string): Promise<void> => {
    const file = join(folder, 'app.snap');
    await makeApp(file, { name: 'app', version });
    const { code, err } = await holdfast('--root', root, 'install', '--dangerous', file);
    if (code !== 0) throw new Error(`cannot measure: ${err}`);
  };
  await install('1');
  recorder.start(root);
  await install('2');
  const { trace } = recorder.stop();
  const { ino } = await stat(join(root, 'var/lib/holdfast/state.db-wal'));
  await stop();
  await rm(folder, { recursive: true });
  const steps = parseTrace(trace);
  const writes = steps.filter((step) => step.kind === 'write');
  const written = writes.reduce((sum, { data }) => sum + data.length, 0);
  const commits = writes.filter(({ inode, data }) => inode === ino && isCommit(data));
  const what = 'refresh of an app without hooks and data';
  row({ bench: `${what}: database commits`, ours: commits.length, unit: 'commits' });
  row({ bench: `${what}: fsync calls`, ours: steps.filter(({ kind }) => kind === 'sync').length, unit: 'calls' });
  row({ bench: `${what}: written, the snap of 4 kB included`, ours: written / 1000, unit: 'kB' });
}
