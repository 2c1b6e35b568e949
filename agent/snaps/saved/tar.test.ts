/** Archives that tar of this machine reads, and such that it has made. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeHeader, encodeHeader, letters, padding, type SparseMap, type TarHeader, tarEnd } from './tar-header.ts';
import { readTar } from './tar-read.ts';
import { gathered, inPieces, temporaryFolder, tool } from './testing.ts';

function header(name: string, more: Partial<TarHeader> = {}): TarHeader {
  return { name, letter: letters.file, mode: 0o644, uid: 1, gid: 2, mtime: 1_700_000_000, size: 0, link: '', ...more };
}

function entry(name: string, text: string, more: Partial<TarHeader> = {}): Buffer {
  return Buffer.concat([
    encodeHeader(header(name, { size: text.length, ...more })),
    Buffer.from(text),
    padding(text.length),
  ]);
}

interface Seen {
  readonly name: string;
  readonly letter: string;
  readonly text: string;
}

async function entriesOf(
  bytes: Uint8Array,
  pieceBytes?: number,
): Promise<(TarHeader & Seen & { sparse?: SparseMap })[]> {
  const found = [];
  for await (const { content, ...rest } of readTar(inPieces(bytes, pieceBytes))) {
    found.push({ ...rest, text: (await gathered(content())).toString('latin1') });
  }
  return found;
}

t.test('tar reads what is written: long names, large numbers, links', async (t) => {
  const folder = await temporaryFolder(t);
  const long = `dir/${'n'.repeat(150)}`;
  const bytes = Buffer.concat([
    encodeHeader(header('dir/', { letter: letters.directory, mode: 0o1750 })),
    entry('dir/file', 'hello', { mode: 0o4755, uid: 3_000_000, gid: 4_000_000_000 }),
    entry(long, 'long', { mtime: -5 }),
    encodeHeader(header('dir/link', { letter: letters.symlink, link: `to/${'x'.repeat(200)}` })),
    encodeHeader(header('dir/hard', { letter: letters.hardlink, link: long })),
    tarEnd,
  ]);
  writeFileSync(join(folder, 'a.tar'), bytes);
  const listed = (await tool('tar', 'tvnf', join(folder, 'a.tar')))
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));
  t.strictSame(listed, [
    'drwxr-x--T 1/2 0 2023-11-14 22:13 dir/',
    '-rwsr-xr-x 3000000/4000000000 5 2023-11-14 22:13 dir/file',
    `-rw-r--r-- 1/2 4 1969-12-31 23:59 ${long}`,
    `lrw-r--r-- 1/2 0 2023-11-14 22:13 dir/link -> to/${'x'.repeat(200)}`,
    `hrw-r--r-- 1/2 0 2023-11-14 22:13 dir/hard link to ${long}`,
  ]);
  for (const pieceBytes of [1, 511, 512, 100_000]) {
    const found = await entriesOf(bytes, pieceBytes);
    t.strictSame(
      found.map(({ name, letter, text }) => [name, letter, text]),
      [
        ['dir/', '5', ''],
        ['dir/file', '0', 'hello'],
        [long, '0', 'long'],
        ['dir/link', '2', ''],
        ['dir/hard', '1', ''],
      ],
      `in pieces of ${pieceBytes}`,
    );
    t.match(found[1], { mode: 0o4755, uid: 3_000_000, gid: 4_000_000_000, size: 5 });
    t.equal(found[2]?.mtime, -5);
    t.equal(found[4]?.link, long);
  }
  t.equal(decodeHeader(encodeHeader(header('big', { size: 2 ** 40 + 1 })))?.size, 2 ** 40 + 1);
});

/** A directory with all that archives of files have. */
function exampleTree(folder: string): void {
  mkdirSync(join(folder, '7/deep'), { recursive: true });
  writeFileSync(join(folder, '7/text'), 'text\n');
  writeFileSync(join(folder, '7/empty'), '');
  writeFileSync(Buffer.concat([Buffer.from(join(folder, '7/')), Buffer.from([0xff, 0xfe])]), 'bytes');
  writeFileSync(join(folder, '7/deep', 'd'.repeat(120)), 'deep');
  linkSync(join(folder, '7/text'), join(folder, '7/zz-hard'));
  symlinkSync('s'.repeat(150), join(folder, '7/link'));
  writeFileSync(join(folder, '7/sparse'), 'begin');
  truncateSync(join(folder, '7/sparse'), 1 << 20);
  execFileSync('sh', [
    '-c',
    'for n in 1 2 3 4 5 6 7 8; do printf x | dd of="$0" bs=1 seek=$((n*100000)) conv=notrunc status=none; done',
    join(folder, '7/sparse'),
  ]);
  utimesSync(join(folder, '7/text'), 1_600_000_000, 1_600_000_000);
}

for (const format of ['gnu', 'posix', 'ustar', 'oldgnu']) {
  t.test(`archives of tar --format=${format} are read`, async (t) => {
    const folder = await temporaryFolder(t);
    exampleTree(folder);
    const sparse = format.endsWith('gnu') ? ['--sparse'] : [];
    // Its fields have no room for a link that long.
    const left = format === 'ustar' ? ['--exclude=7/link', '--exclude=7/deep/*'] : [];
    await tool(
      'tar',
      '-C',
      folder,
      `--format=${format}`,
      '--sort=name',
      ...sparse,
      ...left,
      '-cf',
      join(folder, 'a.tar'),
      '7',
    );
    const found = await entriesOf(readFileSync(join(folder, 'a.tar')), 777);
    const texts = new Map(found.map(({ name, text }) => [name, text]));
    const kinds = new Map(found.map(({ name, letter }) => [name, letter]));
    t.equal(texts.get('7/text'), 'text\n');
    t.equal(found.find(({ name }) => name === '7/text')?.mtime, 1_600_000_000);
    t.equal(texts.get('7/\xff\xfe'), 'bytes');
    t.equal(texts.get('7/empty'), '');
    t.equal(kinds.get('7/zz-hard'), letters.hardlink);
    if (left.length === 0) {
      t.equal(texts.get(`7/deep/${'d'.repeat(120)}`), 'deep');
      t.equal(found.find(({ name }) => name === '7/link')?.link, 's'.repeat(150));
    }
    const holey = found.find(({ name }) => name === '7/sparse');
    const whole = readFileSync(join(folder, '7/sparse'));
    t.strictSame(assembled(holey?.text ?? '', holey?.sparse), whole);
    t.equal(holey?.sparse !== undefined, sparse.length > 0);
    t.equal((holey?.sparse?.segments.length ?? 9) > 8, true, 'its map goes on in blocks of its own');
  });
}

function assembled(text: string, map: SparseMap | undefined): Buffer {
  const stored = Buffer.from(text, 'latin1');
  if (map === undefined) return stored;
  const whole = Buffer.alloc(map.size);
  let at = 0;
  for (const { offset, size } of map.segments) {
    stored.copy(whole, offset, at, at + size);
    at += size;
  }
  return whole;
}

t.test('what is not read is passed over', async (t) => {
  const bytes = Buffer.concat([entry('a', 'x'.repeat(1500)), entry('b', 'second'), tarEnd]);
  const names: string[] = [];
  for await (const { name, content } of readTar(inPieces(bytes, 100))) {
    names.push(name);
    // One piece of it, and no more.
    for await (const _ of content()) break;
  }
  t.strictSame(names, ['a', 'b']);
});

t.test('damaged and foreign archives are refused', async (t) => {
  const good = Buffer.concat([entry('a', 'text'), tarEnd]);
  const refused = async (bytes: Buffer, message: RegExp, what: string) => {
    await t.rejects(entriesOf(bytes), { code: 'not-a-snapshot', message }, what);
  };
  for (const length of [0, 1, 511, 512, 600, 1023]) {
    await refused(good.subarray(0, length), /ends too early/, `cut at ${length}`);
  }
  await refused(good.subarray(0, 1024), /ends too early/, 'without an end');
  const flipped = Buffer.from(good);
  flipped[3] = 1;
  await refused(flipped, /checksum/, 'a changed name');
  await refused(Buffer.concat([Buffer.alloc(512, 0x41), tarEnd]), /number|checksum/, 'text');
  const pax = (records: string) =>
    Buffer.concat([entry('x', records, { letter: letters.pax }), entry('a', ''), tarEnd]);
  await refused(pax('9 path=ab'), /extension of an entry is damaged/, 'a record that does not end');
  await refused(pax('999 path=ab\n'), /extension of an entry is damaged/, 'a record that is too short');
  await refused(pax('12 size=-12\n'), /size of an entry is negative/, 'a negative size');
  await refused(pax('13 size=1e20\n'), /size of an entry is no number/, 'a strange number');
  await refused(pax('22 GNU.sparse.major=1\n'), /sparse files of a form/, 'POSIX’s sparse files');
  await refused(
    Buffer.concat([encodeHeader(header('x', { letter: 'L', size: 2 << 20 })), tarEnd]),
    /too long/,
    'a long name',
  );
  await refused(Buffer.concat([encodeHeader(header('x', { size: -1 })), tarEnd]), /negative/, 'a size below zero');
  const sparse = (map: SparseMap, size: number) =>
    Buffer.concat([
      encodeHeader(header('s', { letter: letters.sparse, size }), map),
      Buffer.alloc(size),
      padding(size),
      tarEnd,
    ]);
  await refused(
    sparse({ size: 10, segments: [{ offset: 5, size: 10 }] }, 10),
    /do not make up/,
    'content behind the end',
  );
  await refused(sparse({ size: 99, segments: [{ offset: 5, size: 3 }] }, 10), /do not make up/, 'less than there is');
  const twice = [
    { offset: 5, size: 5 },
    { offset: 7, size: 5 },
  ];
  await refused(sparse({ size: 99, segments: twice }, 10), /overlap/, 'parts that overlap');
  t.strictSame((await entriesOf(pax('14 path=other\n')))[0]?.name, 'other', 'while a good record is taken');
});
