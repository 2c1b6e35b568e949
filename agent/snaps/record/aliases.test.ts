import t from 'tap';
import { parseSnapInfo } from '../../../images/snap/index.ts';
import { installed } from '../plan/testing.ts';
import {
  aliasesDisabled,
  aliasesEnabled,
  aliasesGivenUp,
  aliasSet,
  aliasUnset,
  effectiveAliases,
  hasManualAlias,
  withAutoAliases,
} from './aliases.ts';
import { reversed } from './step.ts';

const aliases = {
  a: { manual: 'tool', auto: 'demo' },
  b: { auto: 'demo' },
  c: { manual: 'gone' },
  d: { manual: 'serve' },
};
const record = installed('demo', [1], { aliases });
const { apps } = parseSnapInfo(
  "name: demo\nversion: '1'\nsummary: s\ndescription: d\napps: {demo: {command: x}, tool: {command: x}, serve: {command: x, daemon: simple}}\n",
);

t.test('what a person set wins; automatic ones can be switched off', async (t) => {
  t.strictSame(Object.fromEntries(effectiveAliases(record)), { a: 'tool', b: 'demo', c: 'gone', d: 'serve' });
  t.strictSame([...effectiveAliases({ ...record, autoAliasesDisabled: true }).keys()], ['a', 'c', 'd']);
});

t.test('automatic ones are what is declared now, and none leads to what is no command', async (t) => {
  const declared = { a: 'demo', e: 'tool', f: 'serve', g: 'gone', c: 'demo' };
  t.strictSame(withAutoAliases(record, declared, { apps }), {
    a: { manual: 'tool', auto: 'demo' },
    c: { auto: 'demo' },
    e: { auto: 'tool' },
  });
  t.strictSame(withAutoAliases(record, {}, { apps }), { a: { manual: 'tool' } });
});

t.test('M12: setting one over an automatic one and removing it again gives that back', async (t) => {
  const over = aliasSet(record, 'b', 'tool');
  t.strictSame(over.record.aliases['b'], { manual: 'tool', auto: 'demo' });
  t.equal(effectiveAliases(over.record).get('b'), 'tool');
  const back = aliasUnset(over.record, 'b');
  t.strictSame(back.record.aliases, aliases);
  t.strictSame(reversed(back.record, back.inverse), over.record);
  t.strictSame(reversed(over.record, over.inverse), record);
  const only = aliasUnset(record, 'c').record;
  t.notOk(Object.hasOwn(only.aliases, 'c'), 'and one without goes');
  const strange = aliasSet(record, 'constructor', 'tool').record;
  t.strictSame(strange.aliases['constructor'], { manual: 'tool' }, 'a name is only a name');
  t.strictSame(Object.keys(strange.aliases), ['a', 'b', 'c', 'constructor', 'd'], 'in order');
  t.strictSame(aliasUnset(strange, 'constructor').record.aliases, aliases);
});

t.test('M13: disabling all keeps the automatic ones, switched off', async (t) => {
  const { record: off, inverse } = aliasesDisabled(record);
  t.match(off, { autoAliasesDisabled: true });
  t.strictSame(off.aliases, { a: { auto: 'demo' }, b: { auto: 'demo' } });
  t.equal(effectiveAliases(off).size, 0);
  t.strictSame(reversed(off, inverse), record);
  t.strictSame(Object.fromEntries(effectiveAliases(aliasesEnabled(off).record)), { a: 'demo', b: 'demo' }, 'M14');
});

t.test('a snap that gives way has only switched off what it has', async (t) => {
  t.equal(aliasesGivenUp(record).record.autoAliasesDisabled, true);
  const manual = { ...record, aliases: { c: { manual: 'tool' } } };
  t.match(aliasesGivenUp(manual).record, { aliases: {}, autoAliasesDisabled: false });
  t.match(aliasesGivenUp({ ...manual, autoAliasesDisabled: true }).record, { autoAliasesDisabled: true });
});

t.test('whose alias it is', async (t) => {
  t.strictSame(
    ['a', 'b', 'c', 'z', 'constructor'].map((name) => hasManualAlias(record, name)),
    [true, false, true, false, false],
  );
});
