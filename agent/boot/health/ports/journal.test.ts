import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../../../fixture.ts';
import { logOf } from './journal.ts';

async function script(t: Parameters<typeof temporaryDirectory>[0], text: string): Promise<string> {
  const path = join(await temporaryDirectory(t), 'journalctl');
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

t.test('the last words of a unit are asked for by name and boot', async (t) => {
  const command = await script(t, 'echo "$@"; for i in 1 2 3 4 5 6 7 8 9; do echo "line $i"; done');
  t.strictSame(
    await logOf('a.service', command),
    [2, 3, 4, 5, 6, 7, 8, 9].map((n) => `line ${n}`),
  );
  const asked = await script(t, 'echo "$@"');
  t.strictSame(await logOf('-x.service', asked), [
    '--unit=-x.service --lines 8 --output cat --boot --no-pager --quiet',
  ]);
});

t.test('no journal, no words', async (t) => {
  t.strictSame(await logOf('a.service', '/nowhere/journalctl'), []);
  t.strictSame(await logOf('a.service', await script(t, 'echo half; exit 1')), []);
  t.strictSame(await logOf('a.service', await script(t, 'while :; do echo more and more; done')), []);
});
