/** For recorder.test.ts, in a process with the recorder: one call of each kind, and calls that fail. Prints what came of it. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { localTrees } from '../../agent/system/tree/fixture-trees.ts';
import { unfinishedName } from '../../agent/system/tree/work.ts';
import { record, untold } from './record.ts';
import { type FaultKind, loadRecorder } from './recorder.ts';

const root = process.argv[2] ?? '';
const recorder = loadRecorder();
if (recorder === undefined) throw new Error('the recorder is not loaded');
delete process.env['LD_PRELOAD'];
const at = (path: string) => join(root, path);

function playSync(): void {
  fs.mkdirSync(at('a/b'), { recursive: true });
  fs.writeFileSync(at('a/one'), 'hello');
  fs.appendFileSync(at('a/one'), ' world');
  fs.writeFileSync(at('a/one'), 'shorter');
  fs.truncateSync(at('a/one'), 3);
  fs.chmodSync(at('a/one'), 0o640);
  fs.symlinkSync('one', at('a/link'));
  fs.linkSync(at('a/one'), at('a/b/two'));
  fs.renameSync(at('a/b'), at('c'));
  fs.renameSync(at('a/one'), at('c/two'));
  process.chdir(root);
  fs.writeFileSync('relative', 'x');
  process.chdir('/');
  const fd = fs.openSync(at('wide'), 'w+');
  fs.writevSync(fd, [Buffer.from('ab'), Buffer.from('cd')]);
  fs.writevSync(fd, [Buffer.from('ef'), Buffer.from('gh')], 6);
  fs.writeSync(fd, 'ij');
  fs.fdatasyncSync(fd);
  fs.closeSync(fd);
  fs.mkdirSync(at('gone/deep'), { recursive: true });
  fs.writeFileSync(at('gone/deep/file'), '');
  fs.rmSync(at('gone'), { recursive: true });
  fs.symlinkSync(at('c'), at('way'));
  fs.writeFileSync(at('way/through'), 'a link to a folder');
}

async function playAsync(): Promise<void> {
  await promises.writeFile(at('later'), 'x'.repeat(100_000));
  const handle = await promises.open(at('later'), 'r+');
  await handle.write(Buffer.from('yy'), 0, 2, 70_000);
  await handle.chmod(0o600);
  await handle.sync();
  await handle.close();
  await promises.mkdir(at('d/e'), { recursive: true });
  await promises.rename(at('later'), at('d/e/later'));
  await promises.writeFile(at('d/e/f'), '');
  await promises.rm(at('d/e/f'));
}

function playSqlite(): void {
  const sqlite = new Sqlite(at('state.db'));
  sqlite.pragma('journal_mode = WAL');
  sqlite.exec('CREATE TABLE t (a)');
  for (let count = 0; count < 20; count++) sqlite.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(3000));
  sqlite.pragma('wal_checkpoint(TRUNCATE)');
  sqlite.exec(`INSERT INTO t VALUES ('last')`);
  sqlite.close();
}

/** As trees are copied: with calls of the agent's own addon. */
async function playTrees(): Promise<void> {
  fs.mkdirSync(at('tree/from/deep'), { recursive: true });
  fs.writeFileSync(at('tree/from/deep/file'), 'content '.repeat(20_000));
  fs.truncateSync(at('tree/from/deep/file'), 1_000_000);
  fs.linkSync(at('tree/from/deep/file'), at('tree/from/twin'));
  fs.symlinkSync('deep/file', at('tree/from/link'));
  const spot = { base: root, way: ['tree'] };
  const trees = localTrees();
  await trees.copy(spot, 'from', 'to');
  await trees.rename(spot, unfinishedName('to'), 'to');
  await trees.remove(spot, 'from');
}

const recorded = await record(recorder, root, async () => {
  playSync();
  await playAsync();
  playSqlite();
  await playTrees();
});
const missing = untold(recorded, root);
const kinds = [...new Set(recorded.steps.map(({ kind }) => kind))].sort();

// What the recorder cannot see: another process.
const blind = await record(recorder, root, async () => {
  execFileSync('sh', ['-c', 'echo unseen > unseen'], { cwd: root });
});
const unseen = untold(blind, root);

function failing(kind: FaultKind, number: number, forever: boolean, calls: readonly (() => void)[]): string[] {
  recorder?.start(root);
  recorder?.fail(kind, number, forever);
  const ends = calls.map((call) => {
    try {
      call();
      return 'done';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  });
  return [...ends, `${recorder?.stop().failed} failed`];
}

const write = (name: string) => () => fs.writeFileSync(at(name), 'text of some length');
const read = () => void fs.readFileSync(at('relative'));
const calls = [() => fs.mkdirSync(at('x')), write('y'), () => fs.rmdirSync(at('x')), read];
const faults = {
  io: failing('io', 0, false, calls),
  ioFrom: failing('io', 1, true, calls),
  space: failing('space', 2, false, [write('z'), write('z'), () => fs.unlinkSync(at('z'))]),
  full: failing('space', 2, true, [() => fs.mkdirSync(at('u')), write('v'), () => fs.unlinkSync(at('v')), read]),
  read: failing('read', 0, false, [read, read]),
};
console.log(JSON.stringify({ missing, kinds, unseen, faults }));
