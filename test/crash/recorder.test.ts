import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runRecorded } from './recorder.ts';

t.test('the recorder', async (t) => {
  const root = realpathSync(t.testdir({ start: 'already there' }));
  const script = join(import.meta.dirname, 'fixture-calls.ts');
  const { code, out } = await runRecorded(script, [root], { quiet: true });
  t.equal(code, 0);
  const { missing, kinds, unseen, faults } = JSON.parse(out);
  t.strictSame(missing, [], 'following the trace leads to the tree that is there, byte for byte');
  const all = 'create link mkdir mode rename rmdir symlink sync sync-all truncate unlink write'.split(' ');
  t.strictSame(kinds, all, 'every kind of step was met');
  t.match(unseen, [/^\/unseen: nothing, not/], 'what it did not see is missing');
  t.strictSame(faults.io, ['EIO', 'done', 'ENOENT', 'done', '1 failed'], 'one call fails, with nothing done');
  t.strictSame(
    faults.ioFrom,
    ['done', 'EIO', 'EIO', 'done', '2 failed'],
    'all changes fail from one on; reading goes on',
  );
  t.strictSame(faults.space, ['done', 'ENOSPC', 'done', '1 failed'], 'what needs no new blocks is not counted');
  const full = faults.full.slice(0, 4);
  t.strictSame(
    full,
    ['done', 'ENOSPC', 'done', 'done'],
    'a full disk refuses what needs room; removing and reading go on',
  );
  t.strictSame(faults.read, ['EIO', 'done', '1 failed']);
});
