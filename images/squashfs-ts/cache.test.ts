import t from 'tap';
import { Cache } from './cache.ts';

t.test('A cache shares one load, keeps what was used last and forgets failures', async (t) => {
  const cache = new Cache<number, string>(2);
  const loaded: number[] = [];
  const get = (key: number) => cache.get(key, async () => `${loaded.push(key) && key}`);
  t.same(await Promise.all([get(1), get(1), get(2)]), ['1', '1', '2']);
  await get(1);
  await get(3);
  await get(1);
  t.same(loaded, [1, 2, 3], '1 stayed because it was used after 2');
  await get(2);
  t.same(loaded, [1, 2, 3, 2]);
  await t.rejects(
    cache.get(9, async () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  t.equal(await cache.get(9, async () => 'yes'), 'yes');
  t.equal(cache.size, 2);
});
