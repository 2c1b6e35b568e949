import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { localTrees } from '../../system/tree/fixture-trees.ts';
import { putBack } from './put-back.ts';

t.test('only the original is put back, and whatever has its name then goes', async (t) => {
  const base = t.testdir({ 10: { file: 'new' }, '10.old': { file: 'original' } });
  const spot = { base, way: [] };
  const trees = localTrees();
  const identity = (await trees.look(spot, '10.old'))?.identity ?? '';
  await putBack(trees, spot, { name: '10', trash: '10.old', identity: 'of something else' });
  t.strictSame(readdirSync(base), ['10', '10.old']);
  for (const _turn of [1, 2]) {
    await putBack(trees, spot, { name: '10', trash: '10.old', identity });
    t.strictSame(readdirSync(base), ['10']);
    t.equal(readFileSync(join(base, '10/file'), 'utf8'), 'original');
  }
});
