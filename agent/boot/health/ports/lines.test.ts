import t from 'tap';
import { clean } from './lines.ts';

t.test('text becomes a few lines that are safe to show', (t) => {
  t.strictSame(clean('', 3), []);
  t.strictSame(clean('one\n\n  two \r\nthree\nfour\n', 3), ['two', 'three', 'four']);
  t.strictSame(clean('\u001b[31mred\u001b[0m\u0000\u009b1A', 3), ['[31mred [0m 1A']);
  t.equal(clean('x'.repeat(10_000), 3)[0]?.length, 243);
  t.end();
});
