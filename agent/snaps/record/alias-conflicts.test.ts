import t from 'tap';
import { installed } from '../plan/testing.ts';
import { aliasesInWay, checkAliases, checkNamespace } from './alias-conflicts.ts';

const record = installed('demo', [1], { aliases: { a: { auto: 'x' }, b: { manual: 'x' }, c: { manual: 'x' } } });
const having = (instance: string, names: readonly string[], more: object = {}) =>
  installed(instance, [1], { aliases: Object.fromEntries(names.map((name) => [name, { auto: 'y' }])), ...more });

t.test('M11: an alias that is taken is an error', async (t) => {
  const cases: readonly (readonly [others: readonly ReturnType<typeof installed>[], message: string])[] = [
    [[having('other', ['b'])], 'alias "b" for "demo", already enabled for "other"'],
    [[having('other', ['a', 'c', 'z'])], 'aliases "a", "c" for "demo", already enabled for "other"'],
    [
      [having('one', ['c']), having('two', ['a', 'b'])],
      'alias "c" for "demo", already enabled for "one" nor aliases "a", "b" already enabled for "two"',
    ],
    [
      [having('off', ['b'], { active: false, aliasesPending: true })],
      'alias "b" for "demo", already enabled for "off"',
    ],
  ];
  for (const [others, text] of cases) {
    const error = { code: 'bad-request', message: `cannot enable ${text}` };
    t.throws(() => checkAliases(record, [record, ...others]), error);
  }
  t.doesNotThrow(() =>
    checkAliases(record, [record, having('other', ['z']), having('no', ['b'], { autoAliasesDisabled: true })]),
  );
  t.doesNotThrow(() => checkAliases({ ...record, autoAliasesDisabled: true }, [record, having('other', ['a'])]));
});

t.test('an alias must not read as a command of a snap, be it its own', async (t) => {
  for (const [name, snap] of [
    ['other', 'other'],
    ['other.x', 'other'],
    ['demo', 'demo'],
    ['demo.y', 'demo'],
  ] as const) {
    const taken = { ...record, aliases: { [name]: { manual: 'x' } } };
    t.throws(() => aliasesInWay(taken, [taken, installed('other', [1])]), {
      message: `cannot enable alias "${name}" for "demo", it conflicts with the command namespace of installed snap "${snap}"`,
    });
  }
  const near = { ...record, aliases: { 'other-x': { manual: 'x' }, otherx: { manual: 'x' } } };
  t.equal(aliasesInWay(near, [near, installed('other', [1])]).size, 0);
});

t.test('nor may the commands of a new snap read as an alias', async (t) => {
  const all = [having('one', ['x']), having('two', ['shop.till', 'till-x'])];
  t.throws(() => checkNamespace('shop', all), {
    message: 'snap "shop" command namespace conflicts with alias "shop.till" for "two" snap',
  });
  t.throws(() => checkNamespace('x', all), {
    message: 'snap "x" command namespace conflicts with alias "x" for "one" snap',
  });
  t.doesNotThrow(() => checkNamespace('till', all));
});
