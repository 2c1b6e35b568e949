import t from 'tap';
import { sortServices } from './services.ts';
import { complaintOf, snapOf } from './testing.ts';

const names = (lines: string, ...some: string[]) =>
  sortServices(snapOf(lines), ...(some.length > 0 ? [some] : [])).map(({ name }) => name);

t.test('Services are sorted by what each is to come after and before', async (t) => {
  t.same(names('apps: {c: {daemon: simple}, a: {daemon: simple}, b: }'), ['a', 'c'], 'only services');
  const chain = 'apps: {a: {daemon: simple, after: [b]}, b: {daemon: simple}, c: {daemon: simple, before: [b]}}';
  t.same(names(chain), ['c', 'b', 'a']);
  t.same(names(chain, 'a', 'c'), ['a', 'c'], 'what is not asked for does not count');
  const twice = 'apps: {a: {daemon: simple, after: [b, b]}, b: {daemon: simple, before: [a]}}';
  t.same(names(twice), ['b', 'a'], 'said several times');
  t.equal(
    complaintOf(() =>
      names('apps: {a: {daemon: simple, after: [b]}, b: {daemon: simple, after: [a]}, c: {daemon: simple}}'),
    ),
    'bad-app: applications are part of a before/after cycle: a, b',
  );
});
