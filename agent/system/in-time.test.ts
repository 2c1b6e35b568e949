import t from 'tap';
import { inTime } from './in-time.ts';

t.test('what comes in time is passed on', async (t) => {
  t.equal(await inTime(60_000, Promise.resolve(7)), 7);
  await t.rejects(inTime(60_000, Promise.reject(new Error('no'))), { message: 'no' });
});

t.test("what does not come in time is nothing, and its late error is nobody's", async (t) => {
  const { promise, reject } = Promise.withResolvers<number>();
  t.equal(await inTime(1, promise), undefined);
  reject(new Error('late'));
  await t.rejects(promise, { message: 'late' });
});
