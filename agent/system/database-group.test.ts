import t from 'tap';
import { Group } from './database-group.ts';

/** A group whose syncs end when the test says so. */
function slow(look: (error: unknown) => Promise<number> = () => Promise.reject(new Error('not asked'))) {
  const syncs: PromiseWithResolvers<void>[] = [];
  const began: (() => void)[] = [];
  const group = new Group({
    sync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      began.shift()?.();
      return sync.promise;
    },
    look,
  });
  const next = () => new Promise<void>((resolve) => began.push(resolve));
  return { group, syncs, next };
}

const states = async (list: readonly Promise<unknown>[]) =>
  (await Promise.all(list.map((one) => Promise.race([one.then(() => 'there'), Promise.resolve('waits')])))).join(' ');

t.test('who comes together shares a sync; who comes during one waits for the next', async (t) => {
  const { group, syncs, next } = slow();
  let begun = next();
  const first = [group.add(1), group.add(2)];
  await begun;
  const late = group.add(3);
  t.equal(syncs.length, 1);
  begun = next();
  syncs[0]?.resolve();
  await Promise.all(first);
  await begun;
  t.equal(await states([late]), 'waits', 'a sync that had begun says nothing about what came later');
  syncs[1]?.resolve();
  await late;
  await group.idle();
  t.equal(syncs.length, 2, 'and there are no more');
});

t.test('after a failed sync what the medium has is what happened, for those who came meanwhile, too', async (t) => {
  const { group, syncs, next } = slow(async () => 2);
  const begun = next();
  const first = [group.add(1), group.add(2)];
  await begun;
  const late = group.add(3);
  syncs[0]?.reject(new Error('EIO'));
  await Promise.all(first);
  await t.rejects(late, new Error('EIO'), 'no later sync can bring back what the kernel gave up');
  t.equal(syncs.length, 1);
});

t.test('where nobody can say what the medium has, nobody is told that it is there', async (t) => {
  const { group, syncs, next } = slow(() => Promise.reject(new Error('cannot be read')));
  const begun = next();
  const all = [group.add(1), group.add(2)];
  await begun;
  syncs[0]?.reject(new Error('EIO'));
  for (const one of all) await t.rejects(one, new Error('cannot be read'));
  const again = next();
  const after = group.add(3);
  await again;
  syncs[1]?.resolve();
  await after;
  t.pass('and the next one is tried anew');
});
