import t from 'tap';
import { SquashfsImage } from './index.ts';
import { bufferSource } from './source.ts';
import { directoryOf, type Forgery, fields, fileOf, forge, inodeOf, runOf, xattrOf } from './testing/forge.ts';

const FIFO = 13;
const listing = runOf([{ name: 'x', type: FIFO - 7, inode: 32 }]);
const root = directoryOf(1, { bytes: listing.byteLength });

/** An image with one entry "x" that has the extended attributes of set 0. */
function open(xattrs: Forgery['xattrs'], rest: Partial<Forgery> = {}) {
  const inode = inodeOf(FIFO, 2, fields([4, 1], [4, 0]));
  return SquashfsImage.open(
    bufferSource(forge({ inodes: [root, inode], listing, ...(xattrs && { xattrs }), ...rest })),
  );
}

const bytes = (text: string) => Buffer.from(text);
const text = (map: ReadonlyMap<string, Uint8Array>) => [...map].map(([name, value]) => `${name}=${Buffer.from(value)}`);

t.test('Extended attributes', async (t) => {
  t.test('have prefixes, and values here or elsewhere', async (t) => {
    const shared = Buffer.concat([fields([4, 6]), bytes('shared')]);
    const own = [xattrOf(0, 'a', bytes('1')), xattrOf(1, 'b', bytes('')), xattrOf(2, 'c', bytes('three'))];
    const distant = xattrOf(0x100, 'd', fields([8, 0]));
    const pairs = Buffer.concat([shared, ...own, distant]);
    const image = await open({ pairs, sets: [[shared.byteLength, 4]] });
    t.same(text(await image.xattrs('x')), ['user.a=1', 'trusted.b=', 'security.c=three', 'user.d=shared']);
    t.same(text(await image.lxattrs('')), [], 'the root has none');
  });

  t.test('that Linux does not show are left out: unknown prefixes, and a name for the second time', async (t) => {
    const all = [xattrOf(3, 'a', bytes('1')), xattrOf(0, 'b', bytes('2')), xattrOf(0, 'b', bytes('3'))];
    const image = await open({ pairs: Buffer.concat(all), sets: [[0, 3]] });
    t.same(text(await image.xattrs('x')), ['user.b=2']);
  });

  t.test('belong to the caller', async (t) => {
    const image = await open({ pairs: xattrOf(0, 'a', bytes('1')), sets: [[0, 1]] });
    for (const value of (await image.xattrs('x')).values()) value.fill(0);
    t.same(text(await image.xattrs('x')), ['user.a=1']);
  });

  const one = { pairs: xattrOf(0, 'a', bytes('1')), sets: [[0, 1]] as const };
  const forged: readonly [what: string, code: string, xattrs: Forgery['xattrs']][] = [
    ['no table', 'corrupt', undefined],
    ['a set that does not exist', 'corrupt', { ...one, sets: [] }],
    ['a set outside the table', 'corrupt', { ...one, sets: [[1 << 20, 1]] }],
    ['a set beyond 2^53', 'corrupt', { ...one, sets: [[-2, 1]] }],
    ['more in the set than there is', 'corrupt', { ...one, sets: [[0, 2]] }],
    ['a name of no bytes', 'corrupt', { ...one, pairs: xattrOf(0, '', bytes('1')) }],
    ['a name of 256 bytes', 'corrupt', { ...one, pairs: xattrOf(0, 'n'.repeat(256), bytes('1')) }],
    ['a value of 64 KiB and a byte', 'corrupt', { ...one, pairs: xattrOf(0, 'a', Buffer.alloc(65_537)) }],
    ['a value of 4 GiB', 'corrupt', { ...one, pairs: xattrOf(0, 'a', bytes('1'), 0xffffffff) }],
    ['a distant value whose place is no place', 'corrupt', { ...one, pairs: xattrOf(0x100, 'a', bytes('1234')) }],
    ['a distant value beyond 2^53', 'corrupt', { ...one, pairs: xattrOf(0x100, 'a', fields([8, -2])) }],
    ['a distant value outside the table', 'corrupt', { ...one, pairs: xattrOf(0x100, 'a', fields([8, 1 << 20])) }],
    ['4097 of them', 'too-large', { pairs: Buffer.alloc(4097 * 9, xattrOf(0, 'a', bytes(''))), sets: [[0, 4097]] }],
    [
      'more than 1 MiB of them, all in one place',
      'too-large',
      {
        pairs: Buffer.concat([
          fields([4, 65_536]),
          Buffer.alloc(65_536),
          ...Array(17).fill(xattrOf(0x100, 'a', fields([8, 0]))),
        ]),
        sets: [[8 * 8194 * 65_536 + 4, 17]],
      },
    ],
  ];
  for (const [what, code, xattrs] of forged) {
    t.test(`with ${what} are ${code}`, async (t) => {
      const image = await open(xattrs);
      await t.rejects(image.xattrs('x'), { name: 'SquashfsError', code });
    });
  }
  t.test('up to the limits are read', async (t) => {
    const pairs = Buffer.concat([
      xattrOf(0, 'n'.repeat(255), Buffer.alloc(65_536, 'v')),
      Buffer.alloc(4095 * 9, xattrOf(1, 'a', bytes(''))),
    ]);
    const image = await open({ pairs, sets: [[0, 4096]] });
    t.same(
      [...(await image.xattrs('x')).values()].map(({ byteLength }) => byteLength),
      [65_536, 0],
    );
  });

  t.test('outside the image are corrupt', async (t) => {
    const forgery = forge({ inodes: [root, inodeOf(FIFO, 2, fields([4, 1], [4, 0]))], listing, xattrs: one });
    const table = Number(Buffer.from(forgery).readBigUInt64LE(56));
    for (const start of [0, table, 2 ** 40]) {
      const changed = Buffer.from(forgery);
      changed.writeBigUInt64LE(BigInt(start), table);
      const image = await SquashfsImage.open(bufferSource(changed));
      await t.rejects(image.xattrs('x'), { code: 'corrupt', message: /outside their table/ });
    }
  });
});

t.test('An export table', async (t) => {
  const exported = (exports: readonly number[], inodeCount = 2) =>
    open(undefined, { exports, inodes: [root, fileOf(2, { size: 0 })], inodeCount });
  t.test('leads from numbers to inodes', async (t) => {
    const image = await exported([0, 32]);
    t.same(await image.reference(2), { block: 0, offset: 32 });
    t.match(await image.stat(await image.reference(2)), { type: 'file', inode: 2 });
    t.match(await image.stat(await image.reference(1)), { type: 'directory' });
  });
  t.test('holds no other numbers', async (t) => {
    const image = await exported([0, 32]);
    for (const number of [0, 3, -1, 1.5, Number.NaN, 2 ** 40]) {
      await t.rejects(image.reference(number), { code: 'not-found' }, `${number}`);
    }
  });
  t.test('that leads elsewhere is corrupt', async (t) => {
    const image = await exported([32, -2]);
    await t.rejects(image.reference(1), { code: 'corrupt', message: /inode 2 is in its place/ });
    await t.rejects(image.reference(2), { code: 'corrupt', message: /impossible place/ });
    const short = await exported([0], 2);
    await t.rejects(short.reference(2), { code: 'corrupt', message: /ends early/ });
  });
});
