import t from 'tap';
import { fields } from '../testing/forge.ts';
import { lz4Pack, lzoPack } from '../testing/lz-pack.ts';
import { randomBytesOf, randomOf } from '../testing/random.ts';
import { lz4Decompress } from './lz4.ts';
import { lzmaDecompressedBytes } from './lzma.ts';
import { lzoDecompress } from './lzo.ts';

const text = (value: string) => Uint8Array.from(Buffer.from(value));

/** Blocks by hand, from the descriptions of the formats. */
const VECTORS: readonly [what: string, decode: typeof lz4Decompress, block: number[], content: string][] = [
  ['lz4: nothing', lz4Decompress, [0x00], ''],
  ['lz4: literals', lz4Decompress, [0x30, 97, 98, 99], 'abc'],
  ['lz4: a copy', lz4Decompress, [0x31, 97, 98, 99, 3, 0, 0x10, 33], 'abcabcab!'],
  ['lz4: a copy of what it writes itself', lz4Decompress, [0x1f, 97, 1, 0, 16, 0x10, 33], `${'a'.repeat(36)}!`],
  ['lz4: long lengths', lz4Decompress, [0xf0, 255, 3, ...Array(273).fill(98)], 'b'.repeat(273)],
  ['lzo: nothing', lzoDecompress, [17, 0, 0], ''],
  ['lzo: few literals at the start', lzoDecompress, [18, 97, 17, 0, 0], 'a'],
  ['lzo: a run at the start', lzoDecompress, [17 + 4, 97, 98, 99, 100, 17, 0, 0], 'abcd'],
  ['lzo: a run', lzoDecompress, [1, 97, 98, 99, 100, 17, 0, 0], 'abcd'],
  ['lzo: a long run', lzoDecompress, [0, 0, 2, ...Array(275).fill(98), 17, 0, 0], 'b'.repeat(275)],
  ['lzo: 2 bytes after a few literals', lzoDecompress, [19, 97, 98, 4, 0, 17, 0, 0], 'abab'],
  ['lzo: 3 to 8 bytes, up to 2 KiB back', lzoDecompress, [21, 97, 98, 99, 100, 0x64, 0, 17, 0, 0], 'abcdcdcd'],
  ['lzo: a copy with literals behind it', lzoDecompress, [20, 97, 98, 99, 0x22, 9, 0, 33, 17, 0, 0], 'abcabca!'],
  ['lzo: a long copy', lzoDecompress, [18, 97, 0x20, 1, 0, 0, 17, 0, 0], `a${'a'.repeat(34)}`],
];
t.test('Blocks decompress to what they mean:', async (t) => {
  for (const [what, decode, block, content] of VECTORS) {
    t.equal(Buffer.from(decode(Uint8Array.from(block), content.length)).toString(), content, what);
  }
  const far = randomBytesOf(4, 20_000);
  const run = Buffer.concat([Uint8Array.of(0, ...Array(78).fill(0), 20_000 - 18 - 255 * 78), far]);
  const copied = (code: number[]) => lzoDecompress(Buffer.concat([run, Uint8Array.from([...code, 17, 0, 0])]), 30_000);
  t.same(copied([17, 4, 0]).subarray(20_000), far.subarray(3615, 3618), 'lzo: 3 bytes, 16385 back');
  t.same(
    copied([2 << 2, 1]).subarray(20_000),
    far.subarray(17_945, 17_948),
    'lzo: 3 bytes after a run, 2 to 3 KiB back',
  );
});

const BAD: readonly [what: string, decode: typeof lz4Decompress, block: number[]][] = [
  ['lz4: no byte', lz4Decompress, []],
  ['lz4: literals cut off', lz4Decompress, [0x30, 97, 98]],
  ['lz4: a length cut off', lz4Decompress, [0xf0, 255]],
  ['lz4: more literals than allowed', lz4Decompress, [0xa0, ...Array(10).fill(97)]],
  ['lz4: a copy cut off', lz4Decompress, [0x11, 97, 1]],
  ['lz4: the end behind a copy', lz4Decompress, [0x10, 97, 1, 0]],
  ['lz4: a copy from before the start', lz4Decompress, [0x10, 97, 2, 0, 0x10, 33]],
  ['lz4: a copy of no distance', lz4Decompress, [0x10, 97, 0, 0, 0x10, 33]],
  ['lz4: a copy longer than allowed', lz4Decompress, [0x1f, 97, 1, 0, 0, 0x10, 33]],
  ['lzo: no byte', lzoDecompress, []],
  ['lzo: no end', lzoDecompress, [18, 97]],
  ['lzo: an end cut off', lzoDecompress, [18, 97, 17, 0]],
  ['lzo: bytes behind the end', lzoDecompress, [18, 97, 17, 0, 0, 0]],
  ['lzo: literals cut off', lzoDecompress, [1, 97, 98]],
  ['lzo: a length of zeros without end', lzoDecompress, [0, 0, 0, 0]],
  ['lzo: more literals than allowed', lzoDecompress, [17 + 9, ...Array(9).fill(97), 17, 0, 0]],
  ['lzo: a copy from before the start', lzoDecompress, [18, 97, 0x21, 4, 0, 17, 0, 0]],
  ['lzo: a copy longer than allowed', lzoDecompress, [18, 97, 0x26, 0, 0, 17, 0, 0]],
];
t.test('Blocks that mean nothing are corrupt:', async (t) => {
  for (const [what, decode, block] of BAD) {
    t.throws(() => decode(Uint8Array.from(block), 8), { name: 'SquashfsError', code: 'corrupt' }, what);
  }
});

t.test('What is packed comes back, whatever it is', async (t) => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = randomOf(seed);
    const words = Array.from({ length: 1 + random(8) }, () =>
      randomBytesOf(random(1000), 1 + random(random(3) ? 9 : 700)),
    );
    const parts = Array.from({ length: random(60) }, () => words[random(words.length)] ?? text(''));
    const content = new Uint8Array(Buffer.concat(parts));
    for (const [decode, pack] of [
      [lz4Decompress, lz4Pack],
      [lzoDecompress, lzoPack],
    ] as const) {
      const back = decode(pack(content), content.byteLength);
      if (Buffer.compare(back, content) !== 0) wrong.push(`${decode.name}, seed ${seed}`);
    }
  }
  t.same(wrong, []);
});

t.test('An lzma stream says its size, and has a dictionary that fits', async (t) => {
  const header = (dictionary: number, size: number) => fields([1, 0x5d], [4, dictionary], [8, size], [1, 0]);
  t.equal(lzmaDecompressedBytes(header(8192, 77), 8192), 77);
  t.throws(() => lzmaDecompressedBytes(header(8193, 77), 8192), { code: 'corrupt', message: /dictionary/ });
  t.throws(() => lzmaDecompressedBytes(header(8192, -1), 8192), { code: 'corrupt', message: /unknown size/ });
  t.throws(() => lzmaDecompressedBytes(header(8192, 77).subarray(0, 13), 8192), { code: 'corrupt', message: /early/ });
});
