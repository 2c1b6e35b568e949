import { deflateSync } from 'node:zlib';
import t from 'tap';
import { SquashfsImage } from './index.ts';
import { bufferSource } from './source.ts';
import { directoryOf, type Forgery, fields, fileOf, forge, inodeOf, runOf } from './testing/forge.ts';
import { randomBytesOf } from './testing/random.ts';

const RAW = 1 << 24;
const BLOCK = 4096;

/** An image whose root holds one file "x", and a count of what is read from it. */
function counted(forgery: Partial<Forgery> & { readonly inode: Uint8Array }) {
  const listing = runOf([{ name: 'x', type: 2, inode: 32 }]);
  const inodes = [directoryOf(1, { bytes: listing.byteLength }), forgery.inode];
  const inner = bufferSource(forge({ inodes, listing, ...forgery }));
  const reads: number[] = [];
  const read = (at: number, length: number) => {
    reads.push(length);
    return inner.read(at, length);
  };
  return { source: { size: inner.size, read }, reads };
}

t.test('Reading here and there in a long list of blocks', async (t) => {
  // 5001 blocks, in turn: a hole, one stored as it is, one compressed.
  const random = Buffer.from(randomBytesOf(3, BLOCK));
  const packed = deflateSync(Buffer.alloc(BLOCK, 'p'));
  const kinds = [
    { word: 0, stored: Buffer.alloc(0), content: Buffer.alloc(BLOCK) },
    { word: BLOCK | RAW, stored: random, content: random },
    { word: packed.byteLength, stored: packed, content: Buffer.alloc(BLOCK, 'p') },
  ];
  const blocks = Array.from({ length: 1667 }, () => kinds).flat();
  const data = Buffer.concat(blocks.map(({ stored }) => stored));
  const size = blocks.length * BLOCK;
  const inode = fileOf(2, { size, blocks: blocks.map(({ word }) => word) });

  t.test('finds every block, in whatever order', async (t) => {
    const image = await SquashfsImage.open(counted({ inode, data }).source);
    const wrong: number[] = [];
    for (const block of [4998, 1, 3001, 2, 0, 1023, 1024, 1025, 4096, 4095, 2048, 5000]) {
      const found = await image.read('x', { offset: block * BLOCK, length: BLOCK });
      if (Buffer.compare(found, blocks[block]?.content ?? found) !== 0) wrong.push(block);
    }
    t.same(wrong, []);
    t.equal((await image.read('x', { offset: size - 10, length: 100 })).byteLength, 10, 'no more than there is');
    t.equal((await image.read('x', { offset: size, length: 100 })).byteLength, 0, 'nothing behind the end');
  });

  t.test('does not read a block again', async (t) => {
    const forged = counted({ inode, data });
    const image = await SquashfsImage.open(forged.source);
    await image.read('x', { offset: 4900 * BLOCK, length: 1 });
    forged.reads.length = 0;
    await image.read('x', { offset: 4900 * BLOCK + 700, length: 5 });
    t.same(forged.reads, [], 'the same block');
    await image.read('x', { offset: 4903 * BLOCK, length: 5 });
    t.same(forged.reads, [BLOCK], 'another block');
  });
});

t.test('Numbers that are none are a RangeError', async (t) => {
  const image = await SquashfsImage.open(
    counted({ inode: fileOf(2, { size: 3, blocks: [3 | RAW] }), data: Buffer.from('abc') }).source,
  );
  for (const range of [
    { offset: -1, length: 1 },
    { offset: 0.5, length: 1 },
    { offset: 0, length: Number.NaN },
  ]) {
    await t.rejects(image.read('x', range), { name: 'RangeError' });
    await t.rejects(image.stream('x', range).next(), { name: 'RangeError' });
  }
  for (const reference of [
    { block: -1, offset: 0 },
    { block: 0, offset: 0.5 },
    { block: Number.NaN, offset: 0 },
  ]) {
    await t.rejects(image.stat(reference), { name: 'RangeError' });
  }
  await t.rejects(image.stat({ block: 0, offset: 9000 }), { code: 'corrupt' });
  await t.rejects(image.stat({ block: 2 ** 50, offset: 0 }), { code: 'corrupt' });
  await t.rejects(image.stream('x', { maxBytes: 2 }).next(), { code: 'too-large' });
  t.same((await image.stream('x', { maxBytes: 2, offset: 1 }).next()).value, Uint8Array.from(Buffer.from('bc')));
});

t.test('A reference stands for a path', async (t) => {
  const image = await SquashfsImage.open(
    counted({ inode: fileOf(2, { size: 3, blocks: [3 | RAW] }), data: Buffer.from('abc') }).source,
  );
  t.same(await image.list(image.superblock.rootInode), [{ name: 'x', type: 'file' }]);
  for await (const { reference, stat } of image.walk(image.superblock.rootInode)) {
    t.same(await image.stat(reference), stat);
    t.same(Buffer.from(await image.readFile(reference)).toString(), 'abc');
    await t.rejects(image.list(reference), { code: 'not-a-directory' });
  }
  await t.rejects(image.reference(1), { code: 'not-found' }, 'and there is no export table');
});

t.test('Files of more than 4 GiB, in images of more than 4 GiB', async (t) => {
  // Holes, then one block that lies 5 GiB into the image.
  const blocks = 1_100_000;
  const far = 5 * 2 ** 30;
  const words = new Uint32Array(blocks);
  words[blocks - 1] = 7 | RAW;
  const size = (blocks - 1) * BLOCK + 7;
  const none = 0xffffffff;
  const body = fields([8, far], [8, size], [8, size - 7], [4, 1], [4, none], [4, 0], [4, none]);
  const inode = inodeOf(9, 2, Buffer.concat([body, Buffer.from(words.buffer)]));
  const listing = runOf([{ name: 'x', type: 2, inode: 32 }]);
  const image = Buffer.from(forge({ inodes: [directoryOf(1, { bytes: listing.byteLength }), inode], listing }));
  // The tables are moved behind the data: all they hold but the superblock and the index of ids is relative.
  const moved = far + 4096 - 96;
  for (const at of [40, 48, 64, 72]) image.writeBigUInt64LE(image.readBigUInt64LE(at) + BigInt(moved), at);
  image.writeBigUInt64LE(image.readBigUInt64LE(image.byteLength - 8) + BigInt(moved), image.byteLength - 8);
  let reads = 0;
  const read = (at: number, length: number): Uint8Array => {
    reads += 1;
    if (at < 96) return Uint8Array.from(image.subarray(at, at + length));
    if (at === far) return Uint8Array.from(Buffer.from('the end'));
    return Uint8Array.from(image.subarray(at - moved, at - moved + length));
  };
  await using opened = await SquashfsImage.open({ size: image.byteLength + moved, read });
  t.equal((await opened.stat('x')).size, size);
  t.ok(size > 2 ** 32);
  const text = async (offset: number) => Buffer.from(await opened.read('x', { offset, length: 100 })).toString();
  t.equal(await text(size - 7), 'the end');
  t.ok(reads > 500, 'all of the list was read for it');
  reads = 0;
  t.equal(await text(size - 9), '\0\0the end');
  t.ok(reads < 5, `and not again: ${reads} reads`);
  await t.rejects(opened.readFile('x'), { code: 'too-large' });
  let bytes = 0;
  for await (const piece of opened.stream('x', { offset: size - 3 * BLOCK })) bytes += piece.byteLength;
  t.equal(bytes, 3 * BLOCK);
});
