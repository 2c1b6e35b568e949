import { xz } from '@napi-rs/lzma';
import t from 'tap';
import { randomBytesOf } from '../testing/random.ts';
import { xzDecompressedBytes } from './xz.ts';

const NO_LIMIT = 2 ** 32;
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
