import { constants, deflateSync, zstdCompressSync } from 'node:zlib';
import { xz } from '@napi-rs/lzma';
import t from 'tap';
import type { Compression } from '../superblock.ts';
import { lz4Pack, lzoPack } from '../testing/lz-pack.ts';
import { PACKERS } from '../testing/pack.ts';
import { randomBytesOf } from '../testing/random.ts';
import { decompressorOf } from './decompress.ts';

const corrupt = { name: 'SquashfsError', code: 'corrupt' };
const COMPRESSIONS = ['gzip', 'xz', 'zstd', 'lz4', 'lzo', 'lzma'] as const;

t.test('A bomb is stopped at its limit', async (t) => {
  const bomb = Buffer.alloc(500_000);
  const wide = { params: { [constants.ZSTD_c_windowLog]: 20, [constants.ZSTD_c_contentSizeFlag]: 0 } };
  const rows: readonly [compression: Compression, block: Uint8Array, complaint: object][] = [
    ['gzip', deflateSync(bomb), { cause: { code: 'ERR_BUFFER_TOO_LARGE' } }],
    ['zstd', PACKERS.zstd(bomb), { cause: { code: 'ERR_BUFFER_TOO_LARGE' } }],
    ['zstd', zstdCompressSync(bomb, wide), { cause: { code: 'ZSTD_error_frameParameter_windowTooLarge' } }],
    ['xz', PACKERS.xz(bomb), { message: /500000 bytes where at most/ }],
    ['xz', xz.compressSync(bomb), { message: /dictionary too large/ }],
    ['lzma', PACKERS.lzma(bomb), { message: /500000 bytes where at most/ }],
    ['lz4', lz4Pack(bomb), { message: /more than \d+ bytes/ }],
    ['lzo', lzoPack(bomb), { message: /more than \d+ bytes/ }],
  ];
  for (const [compression, block, complaint] of rows) {
    const decompress = decompressorOf({ compression, blockSize: 4096 });
    for (const limit of [8192, 100_000]) {
      await t.rejects(decompress(block, limit), { ...corrupt, ...complaint }, `${compression}, ${limit} bytes`);
    }
  }
});

for (const compression of COMPRESSIONS) {
  t.test(`Decompression of ${compression} gives up to the limit, and a code for all else`, async (t) => {
    const decompress = decompressorOf({ compression, blockSize: 131_072 });
    for (const size of [1, 40, 63, 100, 8192, 8193, 20_000]) {
      const content = randomBytesOf(6, size);
      const block = PACKERS[compression](content);
      t.same(await decompress(block, size), content, `${size} bytes`);
      t.same(await decompress(block, 131_072), content, `${size} bytes, though more were allowed`);
      await t.rejects(decompress(block, size - 1), corrupt, 'one byte too many');
      await t.rejects(decompress(block.subarray(0, block.byteLength >> 1), size), corrupt, 'a block cut off');
    }
    await t.rejects(decompress(randomBytesOf(6, 100), 8192), corrupt);
    await t.rejects(decompress(new Uint8Array(0), 8192), corrupt);
  });
}

t.test('A stream that announces more than it holds is corrupt', async (t) => {
  const block = Buffer.from(PACKERS.lzma(randomBytesOf(7, 100)));
  block.writeBigUInt64LE(1000n, 5);
  await t.rejects(decompressorOf({ compression: 'lzma', blockSize: 4096 })(block, 8192), corrupt);
});
