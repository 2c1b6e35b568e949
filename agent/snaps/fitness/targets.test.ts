import t from 'tap';
import { targetsOf } from './targets.ts';

t.test('each file once, with all the sets that name it', (t) => {
  const good = { kernel: 'k_x2.snap', base: 'b_x1.snap', gadget: 'g_x1.snap' };
  const previous = { kernel: 'k_x1.snap', base: 'b_x1.snap' };
  t.strictSame(targetsOf({ good, previous }), [
    { file: 'k_x2.snap', slot: 'kernel', roles: ['good'] },
    { file: 'b_x1.snap', slot: 'base', roles: ['good', 'previous'] },
    { file: 'g_x1.snap', slot: 'gadget', roles: ['good'] },
    { file: 'k_x1.snap', slot: 'kernel', roles: ['previous'] },
  ]);
  t.strictSame(targetsOf({ good: {}, previous: {} }), []);
  t.end();
});
