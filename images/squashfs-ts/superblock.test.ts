import t from 'tap';
import { parseSuperblock } from './superblock.ts';
import { fields, forge } from './testing/forge.ts';

const good = forge({ inodes: [Buffer.alloc(40)] });
const changed = (at: number, field: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(good);
  copy.set(field, at);
  return copy;
};
const parse = (bytes: Uint8Array) => parseSuperblock(bytes.subarray(0, 96), bytes.byteLength);

t.test('A superblock is read', async (t) => {
  t.match(parse(good), {
    compression: 'gzip',
    blockSize: 4096,
    bytesUsed: good.byteLength,
    rootInode: { block: 0, offset: 0 },
    fragmentTableStart: undefined,
    exportTableStart: undefined,
    xattrTableStart: undefined,
  });
  const names = [1, 2, 3, 4, 5, 6].map((number) => parse(changed(20, fields([2, number]))).compression);
  t.same(names, ['gzip', 'lzma', 'lzo', 'xz', 'lz4', 'zstd']);
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
  ['an export table behind the ids', 'corrupt', changed(88, fields([8, good.byteLength - 4]))],
  ['an export table that is too short', 'corrupt', changed(88, fields([8, good.byteLength - 15]))],
  ['an xattr table before the ids', 'corrupt', changed(56, fields([8, 100]))],
  ['an xattr table among the ids', 'corrupt', changed(56, fields([8, good.byteLength - 4]))],
  ['an xattr table outside', 'corrupt', changed(56, fields([8, good.byteLength]))],
];
for (const [what, code, bytes] of rows) {
  t.test(`A superblock with ${what} is ${code}`, async (t) => t.throws(() => parse(bytes), { code }));
}
