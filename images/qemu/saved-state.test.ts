import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { memoryUri, readState, type SavedState, statePaths, writeState } from './saved-state.ts';

const STATE: SavedState = {
  directory: '',
  shape: { memoryMiB: 512, cpus: 2, accelerator: 'tcg', clock: 'host', watchdog: true, network: false },
  firmware: '/u-boot.bin',
  hasFlash: true,
  diskFormat: 'qcow2',
};

t.test('readState gives what writeState was given, wherever the folder is now', async (t) => {
  const directory = t.testdir();
  await writeState({ ...STATE, directory });
  t.same(await readState(directory), { ...STATE, directory });
  t.notMatch(execFileSync('cat', [statePaths(directory).manifest], { encoding: 'utf8' }), directory);
});

t.test('readState refuses a folder that holds no saved state of this version', async (t) => {
  for (const [name, text, message] of [
    ['cut off', '{"version"', /JSON/],
    ['no object', 'null', /another version/],
    ['another version', '{"version": 2, "shape": {}, "firmware": "", "hasFlash": false}', /another version/],
    ['no shape', '{"version": 1}', /another version/],
  ] as const) {
    const directory = t.testdir({ 'state.json': text });
    await t.rejects(readState(directory), { code: 'bad-saved-state', message }, name);
  }
  await t.rejects(readState('/nowhere'), { code: 'bad-saved-state', message: /ENOENT.*save it again/ });
});

t.test('memoryUri names any file so that a shell finds it', async (t) => {
  const directory = join(t.testdir({ "it's $HOME": {} }), "it's $HOME");
  const [save, load] = [memoryUri(directory, 'save'), memoryUri(directory, 'load')];
  t.match(save, /^exec:/);
  execFileSync('sh', ['-c', save.slice('exec:'.length)], { input: 'memory' });
  t.equal(execFileSync('sh', ['-c', load.slice('exec:'.length)], { encoding: 'utf8' }), 'memory');
  writeFileSync(statePaths(directory).memory, 'more');
  t.equal(execFileSync('sh', ['-c', load.slice('exec:'.length)], { encoding: 'utf8' }), 'more');
});
