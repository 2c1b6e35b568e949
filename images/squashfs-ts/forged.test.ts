import { deflateSync } from 'node:zlib';
import t from 'tap';
import { type SquashfsErrorCode, SquashfsImage } from './index.ts';
import { bufferSource } from './source.ts';
import {
  bigDirectoryOf,
  directoryOf,
  type Forgery,
  fields,
  fileOf,
  forge,
  inodeOf,
  metadataOf,
  runOf,
} from './testing/forge.ts';

const open = (forgery: Forgery) => SquashfsImage.open(bufferSource(forge(forgery)));
const ROOT_BYTES = 32;
const FILE = 2;
const DIRECTORY = 1;
const RAW = 1 << 24;

/** An image whose root holds one entry "x" of that type. */
function withOne(type: number, inode: Uint8Array, rest: Partial<Forgery> = {}): Forgery {
  const listing = runOf([{ name: 'x', type, inode: ROOT_BYTES }]);
  return { inodes: [directoryOf(1, { bytes: listing.byteLength }), inode], listing, ...rest };
}

/** An image whose root has that listing. */
function withListing(listing: Uint8Array, bytes = listing.byteLength): Forgery {
  return { inodes: [directoryOf(1, { bytes }), fileOf(2, { size: 0 })], listing };
}

/** Uses all that an image offers; rejects with the first complaint. */
async function useAll(forgery: Forgery): Promise<void> {
  const image = await open(forgery);
  for await (const { path, stat } of image.walk()) {
    if (stat.type === 'file') for await (const _ of image.stream(path, { maxBytes: 1e6 }));
  }
}

const SYMLINK = 3;
const NO_XATTR = 0xffffffff;

t.test('Extended inodes of every type are read', async (t) => {
  const rows: readonly [type: number, body: Uint8Array, expected: object][] = [
    [
      9,
      fields([8, 96], [8, 3], [8, 0], [4, 5], [4, NO_XATTR], [4, 0], [4, NO_XATTR], [4, 3 | RAW]),
      { type: 'file', size: 3, links: 5 },
    ],
    [
      10,
      Buffer.concat([fields([4, 2], [4, 1]), Buffer.from('y'), fields([4, 0])]),
      { type: 'symlink', target: 'y', links: 2 },
    ],
    [
      11,
      fields([4, 3], [4, 0x12345678], [4, 0]),
      { type: 'block-device', links: 3, device: { major: 0x456, minor: 0x12378 } },
    ],
    [12, fields([4, 1], [4, 0x0501], [4, 0]), { type: 'char-device', device: { major: 5, minor: 1 } }],
    [13, fields([4, 4], [4, 0]), { type: 'fifo', links: 4 }],
    [14, fields([4, 1], [4, 0]), { type: 'socket', size: 0 }],
  ];
  for (const [type, body, expected] of rows) {
    const image = await open(withOne(type - 7, inodeOf(type, 2, body), { data: Buffer.from('abc') }));
    t.match(await image.lstat('x'), { ...expected, mode: 0o644, mtimeSeconds: 7, uid: 0, inode: 2 }, `type ${type}`);
    if (type === 9) t.same(Buffer.from(await image.readFile('x')).toString(), 'abc');
  }
});

t.test('Names that are not UTF-8 are shown, but only their own bytes open them', async (t) => {
  const listing = runOf([{ name: Uint8Array.of(0xff), type: FILE, inode: ROOT_BYTES }]);
  const image = await open(withListing(listing));
  t.same(await image.list(''), [{ name: '\ufffd', type: 'file' }]);
  await t.rejects(image.stat('\ufffd'), { code: 'not-found' });
});

const file = (name: string | Uint8Array) => ({ name, type: FILE, inode: ROOT_BYTES });
const forgeries: readonly [what: string, code: SquashfsErrorCode, forgery: Forgery][] = [
  ['a root that is a file', 'corrupt', { inodes: [fileOf(1, { size: 0 })] }],
  ['an inode of type 0', 'corrupt', { inodes: [inodeOf(0, 1, Buffer.alloc(16))] }],
  ['an inode of type 15', 'corrupt', { inodes: [inodeOf(15, 1, Buffer.alloc(40))] }],
  ['an inode cut off by the end of its table', 'corrupt', { inodes: [inodeOf(1, 1, Buffer.alloc(3))] }],
  [
    'an unknown owner',
    'corrupt',
    withOne(FILE, Buffer.concat([inodeOf(2, 2, fileOf(2, { size: 0 }).subarray(16), { uid: 1 })])),
  ],
  ['an unknown group', 'corrupt', withOne(FILE, inodeOf(2, 2, fileOf(2, { size: 0 }).subarray(16), { gid: 65535 }))],
  ['an entry of another type than its inode', 'corrupt', withOne(DIRECTORY, fileOf(2, { size: 0 }))],
  ['an entry of type 8', 'corrupt', withOne(8, fileOf(2, { size: 0 }))],
  ['an entry outside the inode table', 'corrupt', withListing(runOf([{ name: 'x', type: FILE, inode: 60_000 }]))],
  ['a name "."', 'corrupt', withListing(runOf([file('.')]))],
  ['a name ".."', 'corrupt', withListing(runOf([file('..')]))],
  ['a name with a slash', 'corrupt', withListing(runOf([file('../x')]))],
  ['a name with a NUL', 'corrupt', withListing(runOf([file('a\0b')]))],
  ['a name of 257 bytes', 'corrupt', withListing(runOf([file('n'.repeat(257))]))],
  ['names out of order', 'corrupt', withListing(runOf([file('b'), file('a')]))],
  ['one name twice', 'corrupt', withListing(Buffer.concat([runOf([file('a')]), runOf([file('a')])]))],
  ['257 entries under one header', 'corrupt', withListing(runOf([file('a')], 257))],
  ['a header that announces more than there is', 'corrupt', withListing(runOf([file('a')], 2))],
  ['a listing shorter than its entries', 'corrupt', withListing(runOf([file('a')]), 20)],
  ['a listing longer than the table', 'corrupt', withListing(runOf([file('a')]), 60_000)],
  [
    'a listing of 8 MiB that is not there',
    'corrupt',
    { inodes: [bigDirectoryOf(1, { bytes: 8 * 2 ** 20 })], listing: runOf([file('a')]) },
  ],
  [
    'a listing of 4 GiB',
    'too-large',
    { inodes: [bigDirectoryOf(1, { bytes: 0xfffffffc })], listing: runOf([file('a')]) },
  ],
  ['a symlink without a target', 'corrupt', withOne(SYMLINK, inodeOf(3, 2, fields([4, 1], [4, 0])))],
  ['a symlink target of 4 GiB', 'corrupt', withOne(SYMLINK, inodeOf(3, 2, fields([4, 1], [4, 0xffffffff])))],
  ['a NUL in a symlink target', 'corrupt', withOne(SYMLINK, inodeOf(3, 2, fields([4, 1], [4, 2], [2, 0x0061])))],
  ['a block larger than a block', 'corrupt', withOne(FILE, fileOf(2, { size: 4096, blocks: [4097 | RAW] }))],
  ['a block outside the data', 'corrupt', withOne(FILE, fileOf(2, { start: 96, size: 10, blocks: [10 | RAW] }))],
  ['a block in the superblock', 'corrupt', withOne(FILE, fileOf(2, { start: 0, size: 10, blocks: [10 | RAW] }))],
  ['a block word with unknown bits', 'corrupt', withOne(FILE, fileOf(2, { size: 10, blocks: [0x8000000a] }))],
  [
    'a stored block that is too short',
    'corrupt',
    withOne(FILE, fileOf(2, { size: 10, blocks: [9 | RAW] }), { data: Buffer.alloc(99) }),
  ],
  [
    'a stored block that is too long',
    'corrupt',
    withOne(FILE, fileOf(2, { size: 10, blocks: [11 | RAW] }), { data: Buffer.alloc(99) }),
  ],
  ['a missing list of blocks', 'corrupt', withOne(FILE, fileOf(2, { size: 900_000 }))],
  [
    'a size beyond 2^53',
    'corrupt',
    withOne(FILE, inodeOf(9, 2, fields([8, 96], [8, -1], [8, 0], [4, 1], [4, 0], [4, 0], [4, 0]))),
  ],
  ['a fragment that does not exist', 'corrupt', withOne(FILE, fileOf(2, { size: 3, fragment: 0 }))],
  [
    'a tail outside its fragment',
    'corrupt',
    withOne(FILE, fileOf(2, { size: 3, fragment: 0, offset: 98 }), {
      data: Buffer.alloc(100),
      fragments: [[96, 100 | RAW]],
    }),
  ],
  [
    'an empty fragment block',
    'corrupt',
    withOne(FILE, fileOf(2, { size: 3, fragment: 0 }), { data: Buffer.alloc(9), fragments: [[96, 0]] }),
  ],
  [
    'a fragment outside the data',
    'corrupt',
    withOne(FILE, fileOf(2, { size: 3, fragment: 0 }), { fragments: [[5000, 9 | RAW]] }),
  ],
  ['an empty metadata block', 'corrupt', { inodes: [], inodeCount: 1, storedInodes: fields([2, 0x8000], [4, 0]) }],
  [
    'a metadata block of 8193 bytes',
    'corrupt',
    { inodes: [], inodeCount: 1, storedInodes: Buffer.concat([fields([2, 8193 | 0x8000]), Buffer.alloc(8193)]) },
  ],
  [
    'a metadata block that runs out of its table',
    'corrupt',
    { inodes: [], inodeCount: 1, storedInodes: Buffer.concat([fields([2, 8000 | 0x8000]), Buffer.alloc(40)]) },
  ],
];
t.test('A forged image ends in an error with a code:', async (t) => {
  for (const [what, code, forgery] of forgeries)
    await t.rejects(useAll(forgery), { name: 'SquashfsError', code }, what);
});

t.test('A directory inside itself is a loop for walks, and only as deep as the path for lookups', async (t) => {
  const listing = runOf([{ name: 'x', type: DIRECTORY, inode: 0 }]);
  const image = await open({ inodes: [directoryOf(1, { bytes: listing.byteLength })], listing, inodeCount: 1_000_000 });
  const walked = async () => {
    for await (const _ of image.walk());
  };
  await t.rejects(walked(), { code: 'loop' });
  t.match(await image.stat('x/x/x/x'), { type: 'directory' });
});

t.test('Directories that double at each level are a loop long before they are many', async (t) => {
  const levels = 40;
  const run = (level: number) =>
    runOf(['a', 'b'].map((name) => ({ name, type: DIRECTORY, inode: ROOT_BYTES * (level + 1) })));
  const runs = Array.from({ length: levels }, (_, level) => run(level));
  const bytes = run(0).byteLength;
  const inodes = runs.map((_, level) => directoryOf(level + 1, { offset: level * bytes, bytes }));
  const image = await open({ inodes: [...inodes, directoryOf(99, { bytes: 0 })], listing: Buffer.concat(runs) });
  let entries = 0;
  const walked = async () => {
    for await (const _ of image.walk()) entries += 1;
  };
  await t.rejects(walked(), { code: 'loop' });
  t.ok(entries <= 42, `${entries} entries`);
});

t.test('Walks go 256 directories deep and no further; paths go as deep as they are long', async (t) => {
  const nested = (depth: number): Promise<SquashfsImage> => {
    const runs = Array.from({ length: depth }, (_, i) => {
      const at = ROOT_BYTES * (i + 1);
      const entry = { name: 'd', type: DIRECTORY, inode: at % 8192 };
      return runOf([entry], 1, Math.floor(at / 8192) * 8194);
    });
    const bytes = runs[0]?.byteLength ?? 0;
    const inodes = [...runs.keys()].map((i) => directoryOf(i + 1, { offset: i * bytes, bytes }));
    return open({ inodes: [...inodes, directoryOf(depth + 1, { bytes: 0 })], listing: Buffer.concat(runs) });
  };
  const deepest = async (image: SquashfsImage) => {
    let most = 0;
    for await (const { path } of image.walk()) most = Math.max(most, path.split('/').length);
    return most;
  };
  t.equal(await deepest(await nested(256)), 256);
  const deeper = await nested(257);
  await t.rejects(deepest(deeper), { code: 'loop' });
  t.match(await deeper.stat('d/'.repeat(257)), { type: 'directory' });
});

/** `count` entries with ascending names, the last of which leads back to the root. */
function crowd(count: number): Forgery {
  const names = Array.from({ length: count }, (_, i) => (i + 100_000_000).toString(36));
  const runs: Uint8Array[] = [];
  for (let i = 0; i < count; i += 256) {
    const entries = names.slice(i, i + 256).map((name) => ({ name, type: FILE, inode: 40 }));
    if (i + 256 >= count) entries.push({ name: 'zzzzzzz', type: DIRECTORY, inode: 0 });
    runs.push(...(entries.length > 256 ? [runOf(entries.slice(0, 256)), runOf(entries.slice(256))] : [runOf(entries)]));
  }
  const listing = Buffer.concat(runs);
  return { inodes: [bigDirectoryOf(1, { bytes: listing.byteLength }), fileOf(2, { size: 0 })], listing };
}

t.test('A directory of too many entries is too large, however it is used', async (t) => {
  const image = await open(crowd(262_144));
  await t.rejects(image.list(''), { code: 'too-large' });
  await t.rejects(image.stat('zzzzzzz'), { code: 'too-large' });
});

t.test('A path that leads through a crowd again and again is too large', async (t) => {
  const image = await open(crowd(200_000));
  t.match(await image.stat('zzzzzzz/zzzzzzz'), { type: 'directory' });
  await t.rejects(image.stat('zzzzzzz/'.repeat(2000)), { code: 'too-large' });
});

t.test('Blocks that decompress to more than belongs there are corrupt', async (t) => {
  const bomb = deflateSync(Buffer.alloc(500_000));
  const inode = fileOf(2, { size: 4096, blocks: [bomb.byteLength] });
  await t.rejects(useAll(withOne(FILE, inode, { data: bomb })), { cause: { code: 'ERR_BUFFER_TOO_LARGE' } }, 'data');
  const fragment = fileOf(2, { size: 100, fragment: 0 });
  const fragments = [[96, bomb.byteLength]] as const;
  const shared = withOne(FILE, fragment, { data: bomb, fragments });
  await t.rejects(useAll(shared), { cause: { code: 'ERR_BUFFER_TOO_LARGE' } }, 'fragments');
  const storedInodes = Buffer.concat([fields([2, bomb.byteLength]), bomb]);
  const metadata = { inodes: [], inodeCount: 1, storedInodes };
  await t.rejects(useAll(metadata), { cause: { code: 'ERR_BUFFER_TOO_LARGE' } }, 'metadata');
});

t.test('A file of many gigabytes of holes is kept to maxBytes, and to the list of blocks that is there', async (t) => {
  const size = 2 ** 40;
  const body = fields([8, 96], [8, size], [8, size], [4, 1], [4, NO_XATTR], [4, 0], [4, NO_XATTR], [4, 0], [4, 0]);
  const image = await open(withOne(FILE, inodeOf(9, 2, body)));
  t.equal((await image.stat('x')).size, size);
  await t.rejects(image.readFile('x'), { code: 'too-large' });
  await t.rejects(image.stream('x').next(), { code: 'corrupt' });
  const small = await open(withOne(FILE, fileOf(2, { size: 4097, blocks: [0, 0] })));
  t.same(await small.readFile('x'), new Uint8Array(4097));
});

t.test('A source that shrinks while it is read is truncated', async (t) => {
  const bytes = forge(withOne(FILE, fileOf(2, { size: 3, blocks: [3 | RAW] }), { data: Buffer.from('abc') }));
  let end = bytes.byteLength;
  const read = (at: number, length: number) => bytes.slice(Math.min(at, end), Math.min(at + length, end));
  const image = await SquashfsImage.open({ size: bytes.byteLength, read });
  end = 97;
  await t.rejects(image.readFile('x'), { code: 'truncated' });
  end = bytes.byteLength;
  t.same(Buffer.from(await image.readFile('x')).toString(), 'abc', 'and the failure was not remembered');
});

t.test('A table of many ids spans metadata blocks', async (t) => {
  // 3000 ids are 12000 bytes: two blocks, and two entries in the index.
  const base = Buffer.from(
    forge(withOne(FILE, inodeOf(2, 2, fileOf(2, { size: 0 }).subarray(16), { uid: 2999, gid: 2047 }))),
  );
  const ids = Buffer.concat(Array.from({ length: 3000 }, (_, i) => fields([4, i * 7])));
  const blocks = metadataOf(ids);
  const at = base.byteLength;
  const index = fields([8, at], [8, at + 8194]);
  const bytes = Buffer.concat([base, blocks, index]);
  fields([2, 3000]).copy(bytes, 26);
  fields([8, bytes.byteLength], [8, at + blocks.byteLength]).copy(bytes, 40);
  const image = await SquashfsImage.open(bufferSource(bytes));
  t.match(await image.stat('x'), { uid: 2999 * 7, gid: 2047 * 7 });
});
