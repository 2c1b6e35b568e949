import t from 'tap';
import { yamlTextOf } from './utf8.ts';

t.test('Bytes of UTF-8 are text, others are refused with a reason', async (t) => {
  t.equal(yamlTextOf(Buffer.from('a: é😀\n')), 'a: é😀\n');
  const rows: readonly [bytes: number[], reason: string][] = [
    [[0x61, 0xff], 'invalid leading UTF-8 octet'],
    [[0x61, 0x80], 'invalid leading UTF-8 octet'],
    [[0x61, 0xe9], 'incomplete UTF-8 octet sequence'],
    [[0xe9, 0x0a, 0x0a], 'invalid trailing UTF-8 octet'],
    [[0xc0, 0x80], 'invalid length of a UTF-8 sequence'],
    [[0xed, 0xa0, 0x80], 'invalid Unicode character'],
    [[0xf7, 0xbf, 0xbf, 0xbf], 'invalid Unicode character'],
  ];
  for (const [bytes, reason] of rows) {
    t.throws(() => yamlTextOf(Uint8Array.from(bytes)), { name: 'YamlError', message: `yaml: ${reason}` });
  }
});
