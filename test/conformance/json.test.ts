/** What does not fit is an error that says where, never a guess. */
import { mkdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { answerIn, flag, jsonIn, list, namesIn, onlyKnown, record, text, texts } from './json.ts';

t.test('values that fit', async (t) => {
  t.same(record({ a: 1 }, 'x'), { a: 1 });
  t.same(list([1], 'x'), [1]);
  t.equal(text('a', 'x'), 'a');
  t.equal(flag(false, 'x'), false);
  t.same(texts({ a: 'b' }, 'x'), { a: 'b' });
  t.doesNotThrow(() => onlyKnown({ a: 1 }, ['a', 'b'], 'x'));
});

t.test('values that do not', async (t) => {
  for (const value of [[], null, 'a', 1, undefined]) t.throws(() => record(value, 'x.y'), /cannot read x\.y/);
  t.throws(() => list({}, 'x'), /cannot read x: a list/);
  t.throws(() => text(1, 'x'), /cannot read x: a text/);
  t.throws(() => flag('true', 'x'), /cannot read x: true or false/);
  t.throws(() => texts({ a: 1 }, 'x'), /cannot read x\.a/);
  t.throws(() => onlyKnown({ a: 1, strange: 2 }, ['a'], 'x'), /the field strange is not known/);
});

t.test('files', async (t) => {
  const corpus = t.testdir({ k: { 'b.json': '{"b":1}', 'a.json': '[]' } });
  t.same(namesIn(corpus, 'k'), ['a.json', 'b.json']);
  t.same(jsonIn(corpus, 'k/b.json'), { b: 1 });
  t.throws(() => jsonIn(corpus, 'k/a.json'), /cannot read k\/a\.json: an object/);
  writeFileSync(`${corpus}/k/big.json`, Buffer.alloc(4 * 1024 * 1024 + 1, ' '));
  t.throws(() => jsonIn(corpus, 'k/big.json'), /it has 4194305 bytes/);
});

t.test('the newer answer decides, the older one stands where it is alone', async (t) => {
  const corpus = t.testdir({ 'answers-2.57.6': { k: { 'a.json': '{"v":1}', 'b.json': '{"v":1}' } } });
  mkdirSync(`${corpus}/answers-2.68.3/k`, { recursive: true });
  writeFileSync(`${corpus}/answers-2.68.3/k/a.json`, '{"v":2}');
  t.same(answerIn(corpus, 'k', 'a.json'), { v: 2 });
  t.same(answerIn(corpus, 'k', 'b.json'), { v: 1 });
  t.throws(() => answerIn(corpus, 'k', 'c.json'), /cannot find snapd's answer to k\/c\.json/);
});
