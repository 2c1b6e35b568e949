/** The power goes at any write, any call fails, everything runs twice: no data is lost, and the end is the same. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { failEach, killEach, rehearse, runTwice } from '../../engine/fixture-rehearsal.ts';
import { clearTask, copyTask, type DataScene, dataRehearsal, put, recordWith } from './fixture-data.ts';

const files = {
  'var/snap/app/10/a': '10 a',
  'var/snap/app/10/b': '10 b',
  'var/snap/app/20/c': '20 c',
  'var/snap/app/20/d/e': '20 e',
  'var/snap/app/common/f': 'common',
  'home/alice/snap/app/10/a': 'alice 10',
  'home/alice/snap/app/20/b': 'alice 20',
};

const scenes: Readonly<Record<string, DataScene>> = {
  'a first installation': { fill: () => {}, tasks: [copyTask('10', undefined)], world: { hasSave: async () => true } },
  'a refresh': { fill: (root) => put(root, files), tasks: [copyTask('30', '20')] },
  'a refresh to a revision that has data': {
    fill: (root) => put(root, { ...files, 'var/snap/app/10.old/x': 'of long ago' }),
    tasks: [copyTask('10', '20')],
  },
  'a refresh that discards': {
    fill: (root) => put(root, files),
    records: [recordWith('app', '10', '20', '30')],
    tasks: [copyTask('30', '20'), clearTask('10')],
  },
  'the removal of all revisions': {
    fill: (root) => {
      put(root, files);
      symlinkSync('20', join(root, 'home/alice/snap/app/current'));
    },
    records: [recordWith('app', '20')],
    tasks: [clearTask('20')],
  },
};

for (const [what, scene] of Object.entries(scenes)) {
  t.test(what, async (t) => {
    const rehearsal = await dataRehearsal(t, scene);
    t.equal((await rehearse(rehearsal)).status, 'Done');
    t.strictSame(await runTwice(rehearsal), [], 'twice');
    t.strictSame(await killEach(rehearsal, 'forwards'), [], 'killed at each write');
    t.strictSame(await killEach(rehearsal, 'backwards'), [], 'killed at each write, while it is undone too');
    t.strictSame(await failEach(rehearsal), [], 'undone');
  });
}

t.test('any call that fails fails the change, and leaves all as it was', async (t) => {
  for (const errno of ['ENOSPC', 'EIO']) {
    let at = 0;
    let calls = 0;
    const rehearsal = await dataRehearsal(t, {
      fill: (root) => put(root, files),
      tasks: [copyTask('10', '20')],
      // What fails does so once: the medium lets take back what was done.
      hook: (call) => (call !== 'base' && call !== 'close' && ++calls === at ? errno : undefined),
    });
    await rehearsal.fresh();
    const before = await rehearsal.look();
    const whole = await rehearse(rehearsal);
    const all = calls;
    let failures = 0;
    for (at = 1; at <= all; at++) {
      calls = 0;
      const end = await rehearse(rehearsal);
      if (end.status === 'Error') failures += 1;
      const expected = end.status === 'Error' ? before : whole.look;
      // What fails in the end, when the change is over, leaves its trash to be removed later.
      const trash = ['/var/snap/app/10.old', '/home/alice/snap/app/10.old'];
      const look = Object.fromEntries(
        Object.entries(end.look ?? {}).filter(([name]) => !trash.some((path) => name.startsWith(path))),
      );
      if (!isDeepStrictEqual(look, expected)) t.strictSame(look, expected, `${errno} at call ${at}: ${end.error}`);
    }
    t.ok(failures > 80, `${failures} of ${all} calls fail it with ${errno}`);
  }
});
