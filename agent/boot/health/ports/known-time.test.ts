import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../../../fixture.ts';
import { layoutUnder } from '../../layout.ts';
import { knownTime } from './known-time.ts';

t.test('files tell what time it has been, and whether the network has set the clock', async (t) => {
  const layout = layoutUnder(await temporaryDirectory(t));
  t.strictSame(await knownTime(layout), { synchronized: false, knownMs: 0 });
  for (const [index, path] of layout.knownTimes.entries()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
    await utimes(path, 1000 + index, 1000 + index);
    t.strictSame(await knownTime(layout), { synchronized: false, knownMs: (1000 + index) * 1000 });
  }
  await mkdir(dirname(layout.timeSynchronized), { recursive: true });
  await writeFile(layout.timeSynchronized, '');
  t.match(await knownTime(layout), { synchronized: true, knownMs: 1_001_000 });
});
