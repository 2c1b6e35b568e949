import t from 'tap';
import { formatDuration, parseDuration } from './duration.ts';

const rows: readonly [text: string, nanoseconds: number, printed: string][] = [
  ['0', 0, '0s'],
  ['-0', 0, '0s'],
  ['0s', 0, '0s'],
  ['30s', 30e9, '30s'],
  ['1m30s', 90e9, '1m30s'],
  ['90s', 90e9, '1m30s'],
  ['2h', 7200e9, '2h0m0s'],
  ['500ms', 500e6, '500ms'],
  ['1.5s', 1.5e9, '1.5s'],
  ['0.29s', 290e6, '290ms'],
  ['.5m', 30e9, '30s'],
  ['1.s', 1e9, '1s'],
  ['10us', 10_000, '10µs'],
  ['10µs', 10_000, '10µs'],
  ['1ns', 1, '1ns'],
  ['-1m', -60e9, '-1m0s'],
  ['+5s', 5e9, '5s'],
  ['1h1ms', 3600e9 + 1e6, '1h0m0.001s'],
];
for (const [text, nanoseconds, printed] of rows) {
  t.test(`The duration ${text}`, async (t) => {
    t.equal(parseDuration(text), nanoseconds);
    t.equal(formatDuration(nanoseconds), printed);
  });
}

t.test('What is no duration is refused', async (t) => {
  for (const [text, message] of [
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['s', 'time: invalid duration "s"'],
    ['.s', 'time: invalid duration ".s"'],
    ['30', 'time: missing unit in duration "30"'],
    ['1m30', 'time: missing unit in duration "1m30"'],
    ['1.5.5s', 'time: missing unit in duration "1.5.5s"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1 s', 'time: unknown unit " s" in duration "1 s"'],
    ['1toString', 'time: unknown unit "toString" in duration "1toString"'],
    ['9999999999h', 'time: invalid duration "9999999999h"'],
  ] as const)
    t.throws(() => parseDuration(text), { message }, text);
});
