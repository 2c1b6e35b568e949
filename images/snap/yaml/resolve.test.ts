import t from 'tap';
import type { ScalarNode } from './node.ts';
import { resolveScalar } from './resolve.ts';
import type { GoKey } from './value.ts';

function scalar(value: string, more: Partial<ScalarNode> = {}): ScalarNode {
  return { kind: 'scalar', line: 0, value, tag: '', implicit: true, ...more };
}

const PREFIX = 'tag:yaml.org,2002:';

const rows: readonly [text: string, tag: string, value: GoKey][] = [
  ['', '!!null', null],
  ['~', '!!null', null],
  ['Null', '!!null', null],
  ['nULL', '!!str', 'nULL'],
  ['y', '!!bool', true],
  ['Yes', '!!bool', true],
  ['on', '!!bool', true],
  ['OFF', '!!bool', false],
  ['n', '!!bool', false],
  ['yEs', '!!str', 'yEs'],
  ['0', '!!int', 0n],
  ['42', '!!int', 42n],
  ['-42', '!!int', -42n],
  ['+42', '!!int', 42n],
  ['0640', '!!int', 0o640n],
  ['0o640', '!!int', 0o640n],
  ['0x1F', '!!int', 31n],
  ['0b101', '!!int', 5n],
  ['-0b101', '!!int', -5n],
  ['1_000', '!!int', 1000n],
  ['9223372036854775808', '!!int', 9223372036854775808n],
  ['18446744073709551616', '!!float', 18446744073709552000],
  ['-9223372036854775808', '!!int', -9223372036854775808n],
  ['089', '!!float', 89],
  ['1.5', '!!float', 1.5],
  ['1.', '!!float', 1],
  ['.5', '!!float', 0.5],
  ['1e3', '!!float', 1000],
  ['-1.5e-3', '!!float', -0.0015],
  ['.inf', '!!float', Number.POSITIVE_INFINITY],
  ['-.Inf', '!!float', Number.NEGATIVE_INFINITY],
  ['.nan', '!!float', Number.NaN],
  ['1e999', '!!str', '1e999'],
  ['1:30', '!!str', '1:30'],
  ['1.2.3', '!!str', '1.2.3'],
  ['0x', '!!str', '0x'],
  ['.', '!!str', '.'],
  ['-', '!!str', '-'],
  ['2020-01-02', '!!timestamp', '2020-01-02'],
  ['2020-1-2T3:4:5Z', '!!timestamp', '2020-1-2T3:4:5Z'],
  ['2020-13-02', '!!str', '2020-13-02'],
  ['2021-02-29', '!!str', '2021-02-29'],
  ['text', '!!str', 'text'],
];
for (const [text, tag, value] of rows) {
  t.test(`${JSON.stringify(text)} without quotes is ${tag}`, async (t) => {
    t.same(resolveScalar(scalar(text)), { tag, value });
    t.same(resolveScalar(scalar(text, { implicit: false })), { tag: '!!str', value: text }, 'in quotes it is text');
    t.same(resolveScalar(scalar(text, { tag: `${PREFIX}str` })), { tag: '!!str', value: text }, 'as !!str too');
  });
}

t.test('A tag decides, or is refused', async (t) => {
  t.same(resolveScalar(scalar('2', { tag: `${PREFIX}float` })), { tag: '!!float', value: 2 });
  t.same(resolveScalar(scalar('2', { tag: `${PREFIX}int`, implicit: false })), { tag: '!!int', value: 2n });
  t.same(resolveScalar(scalar('aGk=', { tag: `${PREFIX}binary` })), { tag: '!!binary', value: 'hi' });
  t.same(resolveScalar(scalar('12', { tag: '!mine' })), { tag: '!mine', value: '12' });
  t.throws(() => resolveScalar(scalar('x', { tag: `${PREFIX}int` })), /^yaml: cannot decode !!str `x` as a !!int$/);
  t.throws(() => resolveScalar(scalar('1.5', { tag: `${PREFIX}int` })), /cannot decode !!float `1.5` as a !!int/);
  t.throws(() => resolveScalar(scalar('?', { tag: `${PREFIX}binary` })), /invalid base64 data/);
});
