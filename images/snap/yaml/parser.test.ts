import t from 'tap';
import { quoteAscii } from '../quote.ts';
import { YamlError } from './error.ts';
import type { Node } from './node.ts';
import { parseYaml } from './parser.ts';

/** Scalars as texts (in a list of one where not plain), aliases as `*name`. */
function dump(node: Node | undefined): unknown {
  if (node === undefined) return undefined;
  if (node.kind === 'alias') return `*${node.name}`;
  if (node.kind === 'sequence') return node.items.map(dump);
  if (node.kind === 'mapping') return { map: node.entries.map(([key, value]) => [dump(key), dump(value)]) };
  if (node.tag !== '') return { tag: node.tag, value: node.value };
  return node.implicit ? node.value : { quoted: node.value };
}

const map = (...entries: readonly (readonly [unknown, unknown])[]) => ({ map: entries });

const good: readonly [text: string, node: unknown][] = [
  ['', undefined],
  ['# nothing\n', undefined],
  ['---\n', ''],
  ['--- a\n', 'a'],
  ['a\n b\n\n  c\n', 'a b\nc'],
  ['a: b\nc: d', map(['a', 'b'], ['c', 'd'])],
  ['a: b:c', map(['a', 'b:c'])],
  ['a:\n  b: 1\n  c:\n    d: 2\n', map(['a', map(['b', '1'], ['c', map(['d', '2'])])])],
  ['a:\n- b\n- c\nd: e', map(['a', ['b', 'c']], ['d', 'e'])],
  ['a:\n-\n- c\n', map(['a', ['', 'c']])],
  ['- a\n-\n- - b\n  - c\n- d: e\n  f: g\n', ['a', '', ['b', 'c'], map(['d', 'e'], ['f', 'g'])]],
  ['a:\nb:\n', map(['a', ''], ['b', ''])],
  ['? a\n: b\n? c\n', map(['a', 'b'], ['c', ''])],
  ['[a, b, [c], {d: e}]', ['a', 'b', ['c'], map(['d', 'e'])]],
  ['[a, b,]', ['a', 'b']],
  ['[]', []],
  ['{}', map()],
  ['[a: b, c]', [map(['a', 'b']), 'c']],
  ['[? a, ? b : c]', [map(['a', '']), map(['b', 'c'])]],
  ['{a: b, c, d: , ? e, "f": g}', map(['a', 'b'], ['c', ''], ['d', ''], ['e', ''], [{ quoted: 'f' }, 'g'])],
  ['a: &x b\nc: *x', map(['a', 'b'], ['c', '*x'])],
  ['&x a: b', map(['a', 'b'])],
  ['a: !!str 1', map(['a', { tag: 'tag:yaml.org,2002:str', value: '1' }])],
  ['a: !x 1', map(['a', { tag: '!x', value: '1' }])],
  ['a: ! 1', map(['a', { tag: '!', value: '1' }])],
  ['a: !<tag:x> 1', map(['a', { tag: 'tag:x', value: '1' }])],
  ['a: !x%41 1', map(['a', { tag: '!xA', value: '1' }])],
  ['%TAG !e! tag:e,\n---\na: !e!x 1', map(['a', { tag: 'tag:e,x', value: '1' }])],
  ['%YAML 1.1 # yes\n---\na', 'a'],
  ['a: !!str', map(['a', { tag: 'tag:yaml.org,2002:str', value: '' }])],
  ['a: &x', map(['a', ''])],
  ["'it''s'", { quoted: "it's" }],
  ["'a\n  b\n\n  c '", { quoted: 'a b\nc ' }],
  ['"a\\tb\\x41\\u00e9\\U0001F600\\"\\\\"', { quoted: 'a\tbAé😀"\\' }],
  ['"a \\\n   b"', { quoted: 'a b' }],
  ['"a\\N\\_\\L\\P\\0\\e"', { quoted: 'a\u0085\u00a0\u2028\u2029\0\x1b' }],
  ["a: 'x\n\n'\nb: c", map(['a', { quoted: 'x\n' }], ['b', 'c'])],
  ['|\n a\n  b\n\n c\n', { quoted: 'a\n b\n\nc\n' }],
  ['a: |\n  x\n  y\n\n\nb: c', map(['a', { quoted: 'x\ny\n' }], ['b', 'c'])],
  ['|-\n a\n', { quoted: 'a' }],
  ['|+\n a\n\n\n', { quoted: 'a\n\n\n' }],
  ['|2\n   a\n  b\n', { quoted: ' a\nb\n' }],
  ['|1-\n  a\n', { quoted: ' a' }],
  ['|-1\n  a\n', { quoted: ' a' }],
  ['a: | # text\n  x', map(['a', { quoted: 'x' }])],
  ['a: |\nb: c', map(['a', { quoted: '' }], ['b', 'c'])],
  ['>\n a\n b\n\n c\n  d\n e\n', { quoted: 'a b\nc\n d\ne\n' }],
  ['a # b\n', 'a'],
  ['a#b', 'a#b'],
  ['a: http://x:1/y', map(['a', 'http://x:1/y'])],
  ['a: -x', map(['a', '-x'])],
  ['a: ?x', map(['a', '?x'])],
  ['a: :x', map(['a', ':x'])],
  ['a\t: b', map(['a', 'b'])],
  ['a:\tb', map(['a', 'b'])],
  ['a: b\r\nc: d\r', map(['a', 'b'], ['c', 'd'])],
  ['a: b\u2028 c', map(['a', 'b\u2028c'])],
  ['\ufeffa: b', map(['a', 'b'])],
  ['a: 1\n---\nb: 2\n', map(['a', '1'])],
  ['a: 1\n...\n*nothing', map(['a', '1'])],
  ['x:\n- a\n - b\n', map(['x', ['a - b']])],
];

for (const [text, node] of good) {
  t.test(`YAML ${quoteAscii(text)} is read`, async (t) => {
    t.same(dump(parseYaml(text)), node);
  });
}

const bad: readonly [text: string, message: string][] = [
  ['a: b: c', 'mapping values are not allowed in this context'],
  ['x: y\na: b: c', 'line 2: mapping values are not allowed in this context'],
  ['x: y\na: - b', 'line 2: block sequence entries are not allowed in this context'],
  ['x: y\na: ? b', 'line 2: mapping keys are not allowed in this context'],
  ['x: y\nz\n', "line 3: could not find expected ':'"],
  ['x: y\nz\na: b\n', "line 3: could not find expected ':'"],
  ['x:\n  y: 1\n z: 2\n', 'line 2: did not find expected key'],
  ['a: 1\n}', 'line 1: did not find expected key'],
  ['- a\nb: c\n', "line 1: did not find expected '-' indicator"],
  ['x: y\n[a b: c, d\ne', 'line 3'],
  ['x: y\na: @b', 'line 2: found character that cannot start any token'],
  ['x: y\na: `b', 'line 2: found character that cannot start any token'],
  ['x: y\na: %b', 'line 2: found character that cannot start any token'],
  ['x:\n\ta: b', 'line 2: found character that cannot start any token'],
  ["x: y\na: 'b\n", 'line 3: found unexpected end of stream'],
  ["x: y\na: 'b\n---\n", 'line 3: found unexpected document indicator'],
  ['x: y\na: "\\q"', 'line 2: found unknown escape character'],
  ['x: y\na: "\\x4"', 'line 2: did not find expected hexdecimal number'],
  ['x: y\na: "\\ud800"', 'line 2: found invalid Unicode character escape code'],
  ['x: y\na: |0\n', 'line 2: found an indentation indicator equal to 0'],
  ['x: y\na: |x\n', 'line 2: did not find expected comment or line break'],
  ['x: y\na: |\n\tb\n', 'line 3: found a tab character where an indentation space is expected'],
  ['x: y\n\tc: d', 'line 2: found a tab character that violates indentation'],
  ['x: y\na: &\n', 'line 2: did not find expected alphabetic or numeric character'],
  ['x: y\na: *b.c\n', 'line 2: did not find expected alphabetic or numeric character'],
  ['x: y\na: *b\n', "unknown anchor 'b' referenced"],
  ['x: y\na: !e!b c\n', 'line 1: found undefined tag handle'],
  ['x: y\na: !<b c\n', "line 2: did not find the expected '>'"],
  ['x: y\na: !<> c\n', 'line 2: did not find expected tag URI'],
  ['x: y\na: !%4 c\n', 'line 2: did not find URI escaped octet'],
  ['x: y\na: !%ff c\n', 'line 2: found an incorrect leading UTF-8 octet'],
  ['x: y\na: !%c3%41 c\n', 'line 2: found an incorrect trailing UTF-8 octet'],
  ['x: y\na: !b"c\n', 'line 2: did not find expected whitespace or line break'],
  ['%YAML 1.2\n---\n', 'found incompatible YAML document'],
  ['%YAML 1.1\n%YAML 1.1\n---\n', 'line 1: found duplicate %YAML directive'],
  ['%YAML 1.111\n---\n', 'found extremely long version number'],
  ['%YAML x\n', 'did not find expected version number'],
  ['%YAML 1x\n', "did not find expected digit or '.' character"],
  ['%TAG !a! b\n%TAG !a! c\n---\n', 'line 1: found duplicate %TAG directive'],
  ['%TAG !a b\n', "did not find expected '!'"],
  ['%TAG !a!\n', 'did not find expected whitespace'],
  ['%OTHER x\n', 'found unknown directive name'],
  ['% x\n', 'could not find expected directive name'],
  ['%YAML 1.1 x\n', 'did not find expected comment or line break'],
  ['%YAML 1.1\na: b\n', 'line 1: did not find expected <document start>'],
  ['x: y\na: b\u0001', 'control characters are not allowed'],
  ['x: y\na: b\u007f', 'control characters are not allowed'],
  [']', 'did not find expected node content'],
  [': b', 'did not find expected key'],
  ['x: y\n- b', 'line 1: did not find expected key'],
];

for (const [text, message] of bad) {
  t.test(`YAML ${quoteAscii(text.slice(0, 60))} is refused`, async (t) => {
    t.throws(() => parseYaml(text), YamlError);
    try {
      parseYaml(text);
    } catch (error) {
      t.match((error as Error).message, `yaml: ${message}`);
    }
  });
}

t.test('A key without "?" has at most 1024 characters before its colon', async (t) => {
  t.same(dump(parseYaml(`${'k'.repeat(1024)}: v`)), map(['k'.repeat(1024), 'v']));
  t.throws(() => parseYaml(`${'k'.repeat(1025)}: v`), /mapping values are not allowed/);
});

t.test('Nodes know their lines, those with an anchor that of the anchor', async (t) => {
  const root = parseYaml('a:\n  - &x\n    b\n  - [c,\n     d]\n');
  t.match(root, {
    kind: 'mapping',
    line: 0,
    entries: [
      [
        { line: 0 },
        {
          kind: 'sequence',
          line: 1,
          items: [
            { value: 'b', line: 1 },
            { line: 3, items: [{ line: 3 }, { line: 4 }] },
          ],
        },
      ],
    ],
  });
});
