import t from 'tap';
import { SnapsError } from './error.ts';
import { errorAnswer } from './error-kind.ts';

t.test('L41: what a client is told', (t) => {
  const answer = (...all: ConstructorParameters<typeof SnapsError>) => errorAnswer(new SnapsError(...all));
  const conflict = { 'snap-name': 'foo', 'change-kind': 'refresh' };
  t.strictSame(answer('conflict', '', { snap: 'foo', changeKind: 'refresh' }), {
    ...{ status: 409, kind: 'snap-change-conflict', value: conflict },
  });
  t.strictSame(answer('conflict', '').value, {});
  t.strictSame(answer('no-space', '', { snaps: ['a', 'b'], changeKind: 'remove' }), {
    ...{ status: 507, kind: 'insufficient-disk-space', value: { 'snap-names': ['a', 'b'], 'change-kind': 'remove' } },
  });
  t.strictSame(answer('not-installed', '', { snap: 'foo' }), { status: 400, kind: 'snap-not-installed', value: 'foo' });
  t.strictSame(answer('already-installed', '', { snap: 'foo' }).value, { snaps: ['foo'] });
  t.strictSame(answer('bad-request', '', { snap: 'foo' }), { status: 400, kind: undefined, value: undefined });
  t.equal(answer('internal', '').status, 500);
  const kinds = ['already-installed', 'no-update-available', 'local-snap', 'needs-devmode', 'needs-classic'] as const;
  t.strictSame(
    kinds.map((code) => answer(code, '').kind),
    ['snap-already-installed', 'snap-no-update-available', 'snap-local', 'snap-needs-devmode', 'snap-needs-classic'],
  );
  t.end();
});
