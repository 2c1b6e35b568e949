import { xz } from '@napi-rs/lzma';
import t from 'tap';
import { randomBytesOf } from '../testing/random.ts';
import { xzDecompressedBytes } from './xz.ts';

const NO_LIMIT = 2 ** 32;

/** A stream of one byte whose block header is this; its checksum is left to the decoder. */
function streamWith(header: readonly number[]): Uint8Array {
  const stream = xz.compressSync(Buffer.from('x'));
  const block = Uint8Array.from([...header, ...Array(4 + ((4 - (header.length % 4)) % 4)).fill(0)]);
  block[0] = block.byteLength / 4 - 1;
  return Buffer.concat([stream.subarray(0, 12), block, stream.subarray(24)]);
}

t.test('The header of an xz block may hold', async (t) => {
  for (const [what, header] of [
    ['LZMA2 alone', [0, 0, 0x21, 1, 2]],
    ['both sizes', [0, 0xc0, 0x90, 1, 1, 0x21, 1, 2]],
    ['a branch filter', [0, 1, 0x04, 0, 0x21, 1, 2]],
    ['a branch filter with an offset', [0, 1, 0x0a, 4, 0, 0, 0, 0, 0x21, 1, 2]],
    ['three branch filters', [0, 3, 0x04, 0, 0x05, 0, 0x07, 0, 0x21, 1, 2]],
  ] as const) {
    t.equal(xzDecompressedBytes(streamWith(header), 8192), 1, what);
  }
  for (const [what, header, message] of [
    ['no unknown flags', [0, 4, 0x21, 1, 2], /flags/],
    ['no filter that changes sizes', [0, 1, 0x03, 1, 0, 0x21, 1, 2], /filter 3/],
    ['no LZMA2 before the end', [0, 1, 0x21, 1, 2, 0x21, 1, 2], /filter 33/],
    ['nothing but LZMA2 at the end', [0, 0, 0x04, 0], /filter 4/],
    ['no properties too long', [0, 1, 0x04, 5, 0, 0, 0, 0, 0, 0x21, 1, 2], /filter 4/],
    ['no larger dictionary', [0, 0, 0x21, 1, 3], /dictionary too large/],
    ['no impossible dictionary', [0, 0, 0x21, 1, 41], /impossible xz dictionary/],
    ['no number without end', [0, 0x40, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x21, 1, 2], /number too large/],
  ] as const) {
    t.throws(() => xzDecompressedBytes(streamWith(header), 8192), { code: 'corrupt', message }, what);
  }
  const short = streamWith([0, 0, 0x21, 1, 2]);
  short[12] = 1;
  t.throws(() => xzDecompressedBytes(short, 8192), { code: 'corrupt', message: /header too short/ });
});

for (const content of [Buffer.from('x'), Buffer.alloc(5_000_000, 'ab'), randomBytesOf(3, 300_000)]) {
  t.test(`The size of an xz stream is known for ${content.byteLength} bytes without decompressing`, async (t) => {
    const stream = xz.compressSync(content);
    t.equal(xzDecompressedBytes(stream, NO_LIMIT), content.byteLength);
    t.throws(() => xzDecompressedBytes(stream, 4096), { code: 'corrupt', message: /dictionary/ });
    for (const cut of [0, 5, 11, 13, 24, stream.byteLength - 13, stream.byteLength - 1]) {
      t.throws(() => xzDecompressedBytes(stream.subarray(0, cut), NO_LIMIT), { code: 'corrupt' }, `cut at ${cut}`);
    }
    const two = Buffer.concat([stream, stream]);
    t.throws(() => xzDecompressedBytes(two, NO_LIMIT), { code: 'corrupt' }, 'a second stream');
  });
}
