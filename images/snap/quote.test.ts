import t from 'tap';
import { quote, quoteAscii } from './quote.ts';

t.test('A text in quotes has what cannot be printed escaped', async (t) => {
  const rows: readonly [text: string, quoted: string, ascii?: string][] = [
    ['a b', '"a b"'],
    ['"\\', '"\\"\\\\"'],
    ['\n\t\r\x07\b\f\v', '"\\n\\t\\r\\a\\b\\f\\v"'],
    ['\0\x1b\x7f', '"\\x00\\x1b\\x7f"'],
    ['é😀', '"é😀"', '"\\u00e9\\U0001f600"'],
    ['\u00a0\u2028\ufeff', '"\\u00a0\\u2028\\ufeff"'],
  ];
  for (const [text, quoted, ascii] of rows) {
    t.equal(quote(text), quoted);
    t.equal(quoteAscii(text), ascii ?? quoted);
  }
});
