import t from 'tap';
import { type ConfigDocument, keyParts, leafKeys, lookUp, patched } from './config-document.ts';

t.test('keys have the form of snapd', (t) => {
  for (const key of ['a', 'health', 'health.checks.durable-write', '1a', 'a1-b2', '0-x']) {
    t.strictSame(keyParts(key), key.split('.'), key);
  }
  const bad = ['', '.', 'a.', '.a', 'A', '1', '1-2', 'a--b', '-a', 'a-', 'a_b', 'a b', '__proto__', 'a..b', 'é'];
  for (const key of [...bad, 'a'.repeat(201), Array(17).fill('a').join('.')]) {
    t.throws(
      () => keyParts(key),
      { name: 'ConfigError', code: 'invalid-key', message: /^invalid option name: "/ },
      key,
    );
  }
  t.throws(() => keyParts(`${'0'.repeat(190)}-`), { code: 'invalid-key' }, 'and without trying all ways to read it');
  t.end();
});

t.test('a key is looked up through maps only, and never in what every object has', (t) => {
  const document = { health: { settle: '10s', checks: { link: 'off' }, list: [1] } };
  t.equal(lookUp(document, 'health.settle'), '10s');
  t.strictSame(lookUp(document, 'health.checks'), { link: 'off' });
  for (const key of [
    'x',
    'health.x',
    'health.settle.x',
    'health.list.length',
    'constructor',
    'health.constructor.name',
  ]) {
    t.equal(lookUp(document, key), undefined, key);
  }
  t.end();
});

t.test('a patch sets, replaces and removes', (t) => {
  const old = { health: { settle: '10s', checks: { link: 'off' } }, other: 1 };
  const cases: readonly (readonly [what: string, patch: ConfigDocument, result: ConfigDocument])[] = [
    ['nothing', {}, old],
    ['a leaf', { 'health.settle': 5 }, { ...old, health: { ...old.health, settle: 5 } }],
    ['a new leaf, with the maps above it', { 'x.y.z': true }, { ...old, x: { y: { z: true } } }],
    ['a map in the place of a map', { health: { settle: 1 } }, { health: { settle: 1 }, other: 1 }],
    ['null removes', { 'health.settle': null }, { health: { checks: { link: 'off' } }, other: 1 }],
    ['a map that becomes empty goes', { 'health.checks.link': null }, { health: { settle: '10s' }, other: 1 }],
    ['null inside a value', { health: { a: null, b: { c: null } }, other: null }, {}],
    ['what is not there can be removed', { 'q.r': null }, old],
    ['the shorter key first', { 'x.b': 2, x: { a: 1 } }, { ...old, x: { a: 1, b: 2 } }],
    ['a list is a value', { other: [null, { a: 1 }] }, { ...old, other: [null, { a: 1 }] }],
    [
      'inner keys may be names of checks',
      { x: { 'command:k/a.sh': 'off' } },
      { ...old, x: { 'command:k/a.sh': 'off' } },
    ],
  ];
  const before = structuredClone(old);
  for (const [what, patch, result] of cases) t.strictSame(patched(old, patch), result, what);
  t.strictSame(old, before, 'the old document is left alone');
  t.throws(() => patched(old, { 'other.x': 1 }), { code: 'not-a-map', message: /below "other"/ });
  t.throws(() => patched(old, { 'health.settle.x.y': 1 }), { code: 'not-a-map', message: /below "health.settle"/ });
  t.throws(() => patched(old, { x: { 'a b': 1 } }), { code: 'invalid-key' });
  t.throws(() => patched(old, { x: { y: { ['k'.repeat(201)]: 1 } } }), { code: 'invalid-key' });
  t.equal(Object.getPrototypeOf(patched({}, JSON.parse('{"x": {"__proto__": {"a": 1}}}'))['x']), Object.prototype);
  t.end();
});

t.test('leaf keys are those with a value', (t) => {
  t.strictSame(leafKeys({ a: 1, b: { c: null, d: { e: [] } }, f: {} }), ['a', 'b.c', 'b.d.e', 'f']);
  t.end();
});
