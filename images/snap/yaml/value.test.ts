import t from 'tap';
import { type GoValue, goText, goTypeOf } from './value.ts';

t.test('Values as Go names and prints them', async (t) => {
  const rows: readonly [value: GoValue, type: string, text: string][] = [
    [null, '<nil>', '<nil>'],
    ['a', 'string', 'a'],
    [true, 'bool', 'true'],
    [5n, 'int', '5'],
    [2n ** 63n, 'uint64', '9223372036854775808'],
    [1.5, 'float64', '1.5'],
    [90, 'float64', '90'],
    [0.0001, 'float64', '0.0001'],
    [1e-9, 'float64', '1e-09'],
    [1e21, 'float64', '1e+21'],
    [Number.NaN, 'float64', 'NaN'],
    [Number.NEGATIVE_INFINITY, 'float64', '-Inf'],
    [['a', 1n], '[]interface {}', '[a 1]'],
    [
      new Map<string, GoValue>([
        ['b', 1n],
        ['a', ['x']],
      ]),
      'map[interface {}]interface {}',
      'map[a:[x] b:1]',
    ],
  ];
  for (const [value, type, text] of rows) {
    t.equal(goTypeOf(value), type);
    t.equal(goText(value), text);
  }
});
