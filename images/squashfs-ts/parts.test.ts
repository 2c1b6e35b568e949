import { constants, crc32, deflateSync, zstdCompressSync } from 'node:zlib';
import { xz } from '@napi-rs/lzma';
import t from 'tap';
import { Cache } from './cache.ts';
import { decompressorOf } from './compression.ts';
import { parseSuperblock, type Superblock } from './superblock.ts';
import { fields, forge } from './testing/forge.ts';
import { randomBytesOf } from './testing/random.ts';
import { xzDecompressedBytes } from './xz.ts';

type Complaint = { readonly name: string; readonly code: string; readonly message?: RegExp; readonly cause?: object };

/** An xz stream with a dictionary of 8 KiB, as squashfs images with small blocks hold. */
function smallXz(bytes: Uint8Array): Uint8Array {
  const stream = xz.compressSync(bytes);
  // Block header: size, flags, filter, size of properties, dictionary, padding, and a CRC over all of it.
  stream[16] = 2;
  stream.writeUInt32LE(crc32(stream.subarray(12, 20)), 20);
  return stream;
}

t.test('A superblock', async (t) => {
  const good = forge({ inodes: [Buffer.alloc(40)] });
  const changed = (at: number, field: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(good);
    copy.set(field, at);
    return copy;
  };
  t.match(parseSuperblock(good.subarray(0, 96), good.byteLength), {
    compression: 'gzip',
    blockSize: 4096,
    bytesUsed: good.byteLength,
    rootInode: { block: 0, offset: 0 },
    fragmentTableStart: undefined,
  });

  const rows: readonly [what: string, code: string, bytes: Uint8Array][] = [
    ['nothing at all', 'not-squashfs', new Uint8Array(0)],
    ['other bytes', 'not-squashfs', new Uint8Array(96)],
    ['three bytes', 'not-squashfs', good.subarray(0, 3)],
    ['95 bytes', 'truncated', good.subarray(0, 95)],
    ['a big-endian magic', 'unsupported-version', changed(0, Buffer.from('sqsh'))],
    ['version 3.1', 'unsupported-version', changed(28, fields([2, 3], [2, 1]))],
    ['compression 7', 'unsupported-compression', changed(20, fields([2, 7]))],
    ['one byte more than there is', 'truncated', changed(40, fields([8, good.byteLength + 1]))],
    ['an impossible length', 'corrupt', changed(40, fields([8, -2]))],
    ['blocks of 2 KiB', 'corrupt', changed(12, fields([4, 2048], [4, 0], [2, 1], [2, 11]))],
    ['blocks of 2 MiB', 'corrupt', changed(12, fields([4, 2 ** 21], [4, 0], [2, 1], [2, 21]))],
    ['blocks of 5000 bytes', 'corrupt', changed(12, fields([4, 5000]))],
    ['a block size that is not its logarithm', 'corrupt', changed(12, fields([4, 8192]))],
    ['no inodes', 'corrupt', changed(4, fields([4, 0]))],
    ['no ids', 'corrupt', changed(26, fields([2, 0]))],
    ['more ids than fit', 'corrupt', changed(26, fields([2, 65535]))],
    ['an id table outside', 'corrupt', changed(48, fields([8, good.byteLength]))],
    ['an inode table in the superblock', 'corrupt', changed(64, fields([8, 95]))],
    ['an inode table behind the directories', 'corrupt', changed(64, fields([8, good.byteLength - 9]))],
    ['an impossible offset', 'corrupt', changed(72, fields([8, -2]))],
    ['fragments without a table', 'corrupt', changed(16, fields([4, 1]))],
  ];
  for (const [what, code, bytes] of rows) {
    t.test(`with ${what} is ${code}`, async (t) => {
      t.throws(() => parseSuperblock(bytes.subarray(0, 96), bytes.byteLength), { code });
    });
  }
  for (const [compression, name] of [
    [2, 'lzma'],
    [3, 'lzo'],
    [5, 'lz4'],
  ] as const) {
    t.test(`with ${name} is read, but there is no decompression for it`, async (t) => {
      const superblock = parseSuperblock(changed(20, fields([2, compression])).subarray(0, 96), good.byteLength);
      t.equal(superblock.compression, name);
      t.throws(() => decompressorOf(superblock), { code: 'unsupported-compression', message: new RegExp(name) });
    });
  }
});

t.test('A cache', async (t) => {
  t.test('shares one load, keeps what was used last and forgets failures', async (t) => {
    const cache = new Cache<string>(2);
    const loaded: number[] = [];
    const get = (key: number) => cache.get(key, async () => `${loaded.push(key) && key}`);
    t.same(await Promise.all([get(1), get(1), get(2)]), ['1', '1', '2']);
    await get(1);
    await get(3);
    await get(1);
    t.same(loaded, [1, 2, 3], '1 stayed because it was used after 2');
    await get(2);
    t.same(loaded, [1, 2, 3, 2]);
    await t.rejects(
      cache.get(9, async () => Promise.reject(new Error('no'))),
      { message: 'no' },
    );
    t.equal(await cache.get(9, async () => 'yes'), 'yes');
    t.equal(cache.size, 2);
  });
});

t.test('The size of an xz stream', async (t) => {
  const NO_LIMIT = 2 ** 32;
  for (const content of [Buffer.from('x'), Buffer.alloc(5_000_000, 'ab'), randomBytesOf(3, 300_000)]) {
    t.test(`is known for ${content.byteLength} bytes without decompressing`, async (t) => {
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
});

t.test('Decompression', async (t) => {
  const corrupt = { name: 'SquashfsError', code: 'corrupt' };
  const tooLarge = { ...corrupt, cause: { code: 'ERR_BUFFER_TOO_LARGE' } };
  const windowTooLarge = { ...corrupt, cause: { code: 'ZSTD_error_frameParameter_windowTooLarge' } };
  const zstdWide = { params: { [constants.ZSTD_c_windowLog]: 20, [constants.ZSTD_c_contentSizeFlag]: 0 } };
  const packers: readonly [Superblock['compression'], pack: (bytes: Uint8Array) => Uint8Array, complaint: Complaint][] =
    [
      ['gzip', (bytes) => deflateSync(bytes), tooLarge],
      ['zstd', (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_windowLog]: 12 } }), tooLarge],
      ['zstd', (bytes) => zstdCompressSync(bytes, zstdWide), windowTooLarge],
      ['xz', smallXz, { ...corrupt, message: /500000 bytes where at most 8192/ }],
      ['xz', (bytes) => xz.compressSync(bytes), { ...corrupt, message: /dictionary too large/ }],
    ];
  for (const [compression, pack, complaint] of packers) {
    t.test(`of ${compression} stops at its limits (${JSON.stringify(complaint)})`, async (t) => {
      const decompress = decompressorOf({ compression, blockSize: 4096 });
      await t.rejects(decompress(pack(Buffer.alloc(500_000)), 8192), complaint);
    });
  }
  for (const compression of ['gzip', 'xz', 'zstd'] as const) {
    t.test(`of ${compression} gives up to the limit, and a code for what is no ${compression}`, async (t) => {
      const decompress = decompressorOf({ compression, blockSize: 4096 });
      const pack = packers.find(([name]) => name === compression)?.[1] ?? smallXz;
      const content = randomBytesOf(6, 100);
      t.same(await decompress(pack(content), 100), content);
      await t.rejects(decompress(pack(content), 99), corrupt);
      await t.rejects(decompress(pack(content).subarray(0, 60), 100), corrupt);
      await t.rejects(decompress(content, 8192), corrupt);
      await t.rejects(decompress(new Uint8Array(0), 8192), corrupt);
    });
  }
});
