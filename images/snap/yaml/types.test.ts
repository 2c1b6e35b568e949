import t from 'tap';
import { decodeYaml, type Type } from './decode.ts';
import { any, checked, list, map, struct, text, uint32 } from './types.ts';

const point = struct('pkg.point', { x: uint32('uint32'), names: list(text), more: map(text) });

function read<T>(yaml: string, type: Type<T>): unknown {
  try {
    return decodeYaml(yaml, type);
  } catch (error) {
    return (error as Error).message.replace('yaml: unmarshal errors:\n  ', '');
  }
}

t.test('Texts are as they were written', async (t) => {
  for (const [yaml, value] of [
    ['1.10', '1.10'],
    ['yes', 'yes'],
    ['0640', '0640'],
    ['2020-01-01', '2020-01-01'],
    ['~', ''],
    ['"null"', 'null'],
    ['!!binary aGk=', 'hi'],
    ['!x 5', '5'],
    ['[a]', 'line 1: cannot unmarshal !!seq into string'],
    ['{a: b}', 'line 1: cannot unmarshal !!map into string'],
  ] as const)
    t.equal(read(yaml, text), value, yaml);
});

t.test('Numbers are those of 32 bits', async (t) => {
  for (const [yaml, value] of [
    ['0640', 0o640],
    ['640', 640],
    ['4294967295', 4294967295],
    ['2.9', 2],
    ['~', 0],
    ['42949672960', 'line 1: cannot unmarshal !!int `4294967...` into uint32'],
    ['-1', 'line 1: cannot unmarshal !!int `-1` into uint32'],
    ['"5"', 'line 1: cannot unmarshal !!str `5` into uint32'],
    ['yes', 'line 1: cannot unmarshal !!bool `yes` into uint32'],
  ] as const)
    t.equal(read(yaml, uint32('uint32')), value, yaml);
});

t.test('A map with known keys', async (t) => {
  t.same(read('', point), { x: 0, names: [], more: new Map() }, 'has zeros');
  t.same(read('{x: 1, names: [a, ~], more: {k: v}, other: [1]}', point), {
    x: 1,
    names: ['a', ''],
    more: new Map([['k', 'v']]),
  });
  t.same(read('x: 1\nx: 2\nmore: {a: 1}\nmore: {b: 2}', point), {
    x: 2,
    names: [],
    more: new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
  });
  t.same(read('x: 1\nmore: {a: 1}\nmore: ~', point), { x: 1, names: [], more: new Map() }, 'nothing takes back');
  t.equal(
    read('x: a\nnames: b\nmore: [c]', point),
    [
      'line 1: cannot unmarshal !!str `a` into uint32',
      'line 2: cannot unmarshal !!str `b` into []string',
      'line 3: cannot unmarshal !!seq into map[string]string',
    ].join('\n  '),
  );
  t.equal(read('- a', point), 'line 1: cannot unmarshal !!seq into pkg.point');
});

t.test('Merge keys take the place where they stand', async (t) => {
  const base = 'base: &base {x: 1, names: [a]}\n';
  const nested = struct('pkg.nested', { value: point, all: map(text), list: any });
  const xOf = (yaml: string) => (read(base + yaml, nested) as { value: { x: number } }).value.x;
  t.equal(xOf('value: {<<: *base}'), 1);
  t.equal(xOf('value: {<<: *base, x: 2}'), 2);
  t.equal(xOf('value: {x: 2, <<: *base}'), 1);
  t.equal(xOf('value: {<<: [{x: 5}, *base]}'), 5, 'of several the first wins');
  t.equal(xOf('value: {"<<": {x: 7}}'), 0, 'in quotes it is a key like others');
  t.same(
    (read('all: {<<: {a: b}, c: d}', nested) as { all: unknown }).all,
    new Map(Object.entries({ a: 'b', c: 'd' })),
  );
  t.same(
    (read('list: {<<: {a: b}, c: d}', nested) as { list: unknown }).list,
    new Map(Object.entries({ a: 'b', c: 'd' })),
  );
  for (const bad of ['value: {<<: x}', 'value: {<<: [x]}', 'all: {<<: }', 'l: &l [1]\nlist: {<<: *l}']) {
    t.equal(read(bad, nested), 'yaml: map merge requires map or sequence of maps as the value', bad);
  }
});

t.test('Whatever is there keeps its kind', async (t) => {
  t.same(
    read('{a: 1, 2: yes, ~: [1.5, x, ~], y: {z: "1"}, d: 2020-01-01}', any),
    new Map<unknown, unknown>([
      ['a', 1n],
      [2n, true],
      [null, [1.5, 'x', null]],
      [true, new Map([['z', '1']])],
      ['d', '2020-01-01'],
    ]),
  );
  t.equal(read('{[a]: b}', any), 'yaml: invalid map key: [a]');
});

t.test('A checked text', async (t) => {
  const type = checked((word) => {
    if (word === '') throw new Error('empty');
    return word.length;
  }, -1);
  t.equal(read('abc', type), 3);
  t.equal(read('~', type), -1, 'is not checked where there is nothing');
  t.equal(read('null', type), -1);
  t.equal(read('""', type), 'empty');
  t.equal(read('NULL', type), 'empty', 'as the library that snapd uses does');
  t.equal(read('[a]', type), 'line 1: cannot unmarshal !!seq into string');
});

t.test('Aliases unfold, within limits', async (t) => {
  t.same(read('[&a [x], *a, *a]', list(list(text))), [['x'], ['x'], ['x']]);
  t.equal(read('&a [*a]', any), "yaml: anchor 'a' value contains itself");
  const wide = `- &a [${'x,'.repeat(300)}]\n- [${'*a,'.repeat(1000)}]`;
  t.equal(read(wide, list(list(any))), 'yaml: document contains excessive aliasing');
});
