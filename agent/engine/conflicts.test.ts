import t from 'tap';
import { conflictOf, conflictText } from './conflicts.ts';
import type { Change } from './model.ts';
import { changeOf } from './plan.ts';

let lastId = 0;
const open = (kind: string, snaps: readonly string[], names: readonly string[] = snaps): Change => {
  const tasks = snaps.map((snap) => ({ kind: 'mount-snap', summary: '', data: { snap } }));
  const plan = { kind, summary: '', data: { 'snap-names': names }, tasks: [...tasks, { kind: 'x', summary: '' }] };
  return changeOf(plan, ++lastId, 1, '');
};

t.test('a snap has one change at a time', (t) => {
  const refresh = open('refresh-snap', ['a', 'b']);
  const both = [open('install-snap', ['c']), refresh];
  t.strictSame(conflictOf(both, { snaps: ['z', 'b'] }), {
    snap: 'b',
    kind: 'refresh-snap',
    change: refresh.id,
    message: 'snap "b" has "refresh-snap" change in progress',
  });
  t.equal(conflictOf(both, { snaps: ['d'] }), undefined);
  t.equal(conflictOf(both, { snaps: [] }), undefined);
  t.equal(conflictOf(both, { snaps: ['b'], from: refresh.id }), undefined, 'not with itself');
  t.equal(conflictText('b'), 'snap "b" has changes in progress');
  t.end();
});

t.test('what a change is about is in its tasks, or in the change where they do not say', (t) => {
  t.match(conflictOf([open('install-snap', [], ['a'])], { snaps: ['a'] }), { snap: 'a' });
  t.equal(conflictOf([open('install-snap', ['b'], ['a', 'b'])], { snaps: ['a'] }), undefined);
  t.equal(conflictOf([open('x', [], [])], { snaps: ['a'] }), undefined);
  const prefer = { kind: 'prefer-aliases', summary: '', data: { snap: 'a', 'affected-snaps': ['b', 'c'] } };
  const change = changeOf({ kind: 'prefer', summary: '', data: {}, tasks: [prefer] }, ++lastId, 1, '');
  for (const snap of ['a', 'c']) t.match(conflictOf([change], { snaps: [snap] }), { snap, kind: 'prefer' });
  const rules = { snapsOf: () => ['a'] };
  t.match(conflictOf([open('connect', ['b'])], { snaps: ['a'] }, rules), { snap: 'a', kind: 'connect' });
  t.end();
});

t.test('some changes are in the way of nothing', (t) => {
  for (const kind of [
    'pre-download',
    'become-operational',
    'get-confdb',
    'set-confdb',
    'check-snapshot',
    'forget-snapshot',
  ]) {
    t.equal(conflictOf([open(kind, ['a'])], { snaps: ['a'] }), undefined, kind);
    t.match(
      conflictOf([open(kind, ['a'])], { snaps: [], exclusive: 'remodel' }),
      { kind },
      `${kind}, beside a remodel`,
    );
  }
  t.end();
});

t.test('some changes are in the way of all others', (t) => {
  const texts: Readonly<Record<string, string>> = {
    'transition-ubuntu-core': 'ubuntu-core to core transition in progress, no other changes allowed until this is done',
    'transition-to-snapd-snap': 'transition to snapd snap in progress, no other changes allowed until this is done',
    remodel: 'remodeling in progress, no other changes allowed until this is done',
    'create-recovery-system': 'creating recovery system in progress, no other changes allowed until this is done',
    'remove-recovery-system': 'removing recovery system in progress, no other changes allowed until this is done',
  };
  for (const [kind, message] of Object.entries(texts)) {
    const change = open(kind, []);
    t.strictSame(conflictOf([change], { snaps: ['a'] }), { snap: undefined, kind, change: change.id, message });
    t.equal(conflictOf([change], { snaps: ['a'], from: change.id }), undefined);
  }
  const exclusiveWork = ({ kind }: Change) => (kind === 'install-snap' ? 'snapd downgrade' : undefined);
  t.match(conflictOf([open('install-snap', ['snapd'])], { snaps: ['a'] }, { exclusiveWork }), {
    kind: 'install-snap',
    message: 'snapd downgrade in progress, no other changes allowed until this is done',
  });
  t.end();
});

t.test('some changes have to be alone', (t) => {
  t.match(conflictOf([open('install-snap', ['b'])], { snaps: ['a'], exclusive: 'remodel' }), {
    snap: undefined,
    kind: 'install-snap',
    message:
      'other changes in progress (conflicting change "install-snap"), change "remodel" not allowed until they are done',
  });
  t.equal(conflictOf([], { snaps: ['a'], exclusive: 'remodel' }), undefined);
  t.end();
});
