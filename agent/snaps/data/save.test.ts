import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { hasMountedSave } from './save.ts';

t.test('F11, F12: the save partition is there where something is mounted', async (t) => {
  const root = t.testdir({ var: { lib: { snapd: {} } } });
  const save = join(root, 'var/lib/snapd/save');
  t.equal(await hasMountedSave(root), false, 'nothing');
  mkdirSync(save);
  t.equal(await hasMountedSave(root), false, 'a directory');
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', save]);
  try {
    t.equal(await hasMountedSave(root), true);
  } finally {
    execFileSync('umount', [save]);
  }
});
