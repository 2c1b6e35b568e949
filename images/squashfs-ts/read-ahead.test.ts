import t from 'tap';
import { readAhead } from './read-ahead.ts';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i += 1) yield i;
}

t.test('Reading ahead keeps the order, and begins with the second item', async (t) => {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const load = (item: number) => {
    started.push(item);
    return new Promise<string>((resolve) => ends.push(() => resolve(`${item}`)));
  };
  const loaded = readAhead(numbers(5), load);
  const end = (item: number) => ends[item]?.();
  const next = async () => (await loaded.next()).value;
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  const first = next();
  await turn();
  t.same(started, [0]);
  end(0);
  t.equal(await first, '0');
  await turn();
  t.same(started, [0], 'nothing that nobody asked for');

  const second = next();
  await turn();
  t.same(started, [0, 1, 2]);
  end(2);
  end(1);
  t.equal(await second, '1');
  t.equal(await next(), '2');
  const fourth = next();
  await turn();
  end(3);
  end(4);
  t.equal(await fourth, '3');
  t.equal(await next(), '4');
  t.equal(await next(), undefined);
  t.same(started, [0, 1, 2, 3, 4]);
});

t.test('An error comes in its turn, and never where nobody waits for it', async (t) => {
  const load = async (item: number) => {
    if (item === 2) throw new Error('two');
    return item;
  };
  const loaded = readAhead(numbers(5), load);
  t.equal((await loaded.next()).value, 0);
  t.equal((await loaded.next()).value, 1);
  await t.rejects(loaded.next(), { message: 'two' });
  const left = readAhead(numbers(5), load);
  await left.next();
  await left.next();
  // Node ends the process at a rejection that nobody handles.
  t.same(await left.return(undefined), { value: undefined, done: true });
});
