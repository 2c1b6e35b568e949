import t from 'tap';
import { formatDigest, parseDigest } from './digest-record.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const sha256 = 'a1'.repeat(32);

t.test('a record is read as it was written', (t) => {
  t.strictSame(parseDigest(formatDigest({ size: 123, sha256 })), { size: 123, sha256 });
  t.strictSame(parseDigest(bytes(`0 ${sha256}`)), { size: 0, sha256 }, 'without its line break');
  t.end();
});

t.test('anything else is no record', (t) => {
  for (const text of [
    '',
    `${sha256}\n`,
    `1 ${sha256}0\n`,
    `-1 ${sha256}\n`,
    `1 ${sha256.toUpperCase()}\n`,
    '\0'.repeat(80),
  ]) {
    t.equal(parseDigest(bytes(text)), undefined, JSON.stringify(text));
  }
  t.end();
});
