import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { withDisk } from './disk-access.ts';
import { createDisk } from './qemu-img.ts';
import { type PowerCut, replay } from './replay.ts';
import { readWriteLog, volatileWrites, writesTo } from './write-log.ts';

const DISK_BYTES = 16 * 512;
const FLUSH = 1;
const FUA = 2;
const DISCARD = 4;
const MARK = 8;

interface Recorded {
  readonly sector?: number;
  /** One character a sector: the letter it is filled with. */
  readonly data?: string;
  readonly sectors?: number;
  readonly flags?: number;
}

function sectorOf(sectorBytes: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(sectorBytes);
  write(bytes);
  return bytes;
}

/** A log as QEMU writes it. */
function logBytes(entries: readonly Recorded[], { count = entries.length, sectorBytes = 512 } = {}): Buffer {
  const superblock = sectorOf(sectorBytes, (bytes) => {
    bytes.writeBigUInt64LE(0x6a736677736872n, 0);
    bytes.writeBigUInt64LE(1n, 8);
    bytes.writeBigUInt64LE(BigInt(count), 16);
    bytes.writeUInt32LE(sectorBytes, 24);
  });
  const parts = entries.flatMap(({ sector = 0, data = '', sectors = data.length, flags = 0 }) => [
    sectorOf(sectorBytes, (bytes) => {
      bytes.writeBigUInt64LE(BigInt(sector), 0);
      bytes.writeBigUInt64LE(BigInt(sectors), 8);
      bytes.writeBigUInt64LE(BigInt(flags), 16);
    }),
    ...[...data].map((letter) => Buffer.alloc(sectorBytes, letter)),
  ]);
  return Buffer.concat([superblock, ...parts]);
}

function parse(bytes: Buffer): ReturnType<typeof readWriteLog> {
  return readWriteLog({
    size: bytes.length,
    read: async (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
  });
}

const RECORDED: readonly Recorded[] = [
  { sector: 2, data: 'ab' },
  { flags: FLUSH },
  { sector: 3, data: 'cd' },
  { sector: 8, data: 'e', flags: FUA },
  { sector: 2, sectors: 4, flags: DISCARD },
  { flags: MARK },
  { sector: 4, data: 'fgh', flags: FLUSH },
  { sector: 15, data: 'i' },
];

t.test('readWriteLog finds every entry, its place and its data', async (t) => {
  const { entries } = await parse(logBytes(RECORDED));
  t.same(
    entries.map(({ kind, offset, length }) => [kind, offset / 512, length / 512]),
    [
      ['write', 2, 2],
      ['flush', 0, 0],
      ['write', 3, 2],
      ['write', 8, 1],
      ['discard', 2, 4],
      ['mark', 0, 0],
      ['write', 4, 3],
      ['write', 15, 1],
    ],
  );
  t.same(
    entries.map(({ dataOffset }) => dataOffset / 512),
    [2, 5, 6, 9, 11, 12, 13, 17],
  );
  t.same([entries[1]?.flush, entries[3]?.fua, entries[6]?.flush, entries[0]?.flush], [true, true, true, false]);
});

t.test('readWriteLog reads larger sectors, an empty log, and a log that is still being written', async (t) => {
  t.match(await parse(logBytes([{ sector: 1, data: 'a' }], { sectorBytes: 4096 })), {
    sectorBytes: 4096,
    entries: [{ offset: 4096, length: 4096, dataOffset: 8192 }],
  });
  t.same((await parse(logBytes([]))).entries, []);
  t.equal((await parse(logBytes(RECORDED, { count: 3 }))).entries.length, 3, 'what is beyond the count does not count');
});

t.test('readWriteLog refuses what is no log, or lies beyond its bounds', async (t) => {
  const good = logBytes(RECORDED);
  const changed = (write: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good);
    write(bytes);
    return bytes;
  };
  const cases: [string, Buffer, RegExp][] = [
    ['nothing', Buffer.alloc(0), /only 0 bytes/],
    ['zeros', Buffer.alloc(4096), /does not begin/],
    ['another version', changed((b) => b.writeBigUInt64LE(2n, 8)), /version is 2/],
    ['too many entries', changed((b) => b.writeBigUInt64LE(1_000_001n, 16)), /1000001 entries/],
    ['more entries than there are', logBytes(RECORDED, { count: 9 }), /entry 8 of 9/],
    ['odd sectors', changed((b) => b.writeUInt32LE(600, 24)), /600 bytes/],
    ['tiny sectors', changed((b) => b.writeUInt32LE(256, 24)), /256 bytes/],
    ['huge sectors', changed((b) => b.writeUInt32LE(1 << 20, 24)), /1048576 bytes/],
    ['missing data', good.subarray(0, -1), /data of entry 7/],
    ['an endless write', changed((b) => b.writeBigUInt64LE(1n << 40n, 512 + 8)), /data of entry 0/],
    ['a place that is none', changed((b) => b.writeBigUInt64LE(1n << 60n, 512)), /entry 0 lies/],
  ];
  for (const [name, bytes, message] of cases) await t.rejects(parse(bytes), { code: 'bad-log', message }, name);
});

t.test('writesTo finds the writes that touch a range, and no others', async (t) => {
  const log = await parse(logBytes(RECORDED));
  const touched = (sector: number, sectors: number) =>
    writesTo(log, { offset: sector * 512, length: sectors * 512 }).map(({ index }) => index);
  t.same(touched(0, 16), [0, 2, 3, 6, 7]);
  t.same(touched(3, 1), [0, 2]);
  t.same(touched(5, 3), [6]);
  t.same(touched(9, 6), []);
  t.same(touched(0, 2), []);
  t.same(writesTo(log, { offset: 512 * 2 - 1, length: 2 })[0]?.index, 0, 'one byte is enough');
});

t.test('volatileWrites says what a power cut may lose', async (t) => {
  const log = await parse(logBytes(RECORDED));
  const lost = (count: number, flushesFrom = 0) =>
    volatileWrites(log, count, { flushesFrom }).map(({ index }) => index);
  t.same(lost(0), []);
  t.same(lost(1), [0]);
  t.same(lost(2), [], 'a flush makes durable what was before it');
  t.same(lost(4), [2], 'FUA makes its own write durable, no other');
  t.same(lost(7), [6], 'a flush that comes with a write does not cover this write');
  t.same(lost(8), [6, 7]);
  t.same(lost(4, 4), [0, 2, 3], 'flushes before the given entry are not believed');
  t.same(lost(8, 6), [6, 7]);
});

t.test('replay gives the disk at every moment', async (t) => {
  const directory = t.testdir();
  const base = { file: join(directory, 'base'), format: 'qcow2' } as const;
  await createDisk(base, DISK_BYTES);
  await withDisk(base, { writable: true }, (disk) => disk.write(0, Buffer.alloc(DISK_BYTES, '.')));
  const logFile = join(directory, 'log');
  await writeFile(logFile, logBytes(RECORDED));
  const cases: [PowerCut, string][] = [
    [{ entries: 0 }, '................'],
    [{ entries: 1 }, '..ab............'],
    [{ entries: 2 }, '..ab............'],
    [{ entries: 3 }, '..acd...........'],
    [{ entries: 4 }, '..acd...e.......'],
    [{ entries: 6 }, '..acd...e.......'],
    [{ entries: 8 }, '..acfgh.e......i'],
    [{ entries: 6, torn: { bytes: 512 } }, '..acf...e.......'],
    [{ entries: 6, torn: { bytes: 0 } }, '..acd...e.......'],
    [{ entries: 6, torn: { bytes: 1536 } }, '..acfgh.e.......'],
    [{ entries: 6, torn: { bytes: 1024, sector: 'garbage' } }, '..acfg..e.......'],
    [{ entries: 6, lost: [2] }, '..ab....e.......'],
    [{ entries: 8, lost: [6] }, '..acd...e......i'],
    [{ entries: 8, lost: [0, 2, 3, 6, 7], flushesFrom: 8 }, '................'],
  ];
  for (const [index, [cut, letters]] of cases.entries()) {
    const image = await replay(logFile, base, join(directory, `${index}.qcow2`), cut);
    const bytes = await withDisk(image, {}, (disk) => disk.read(0, DISK_BYTES));
    t.equal(bytes.toString(), [...letters].map((letter) => letter.repeat(512)).join(''), JSON.stringify(cut));
  }
});

t.test('replay tears a write at any byte, and can leave garbage where it stopped', async (t) => {
  const directory = t.testdir();
  const base = { file: join(directory, 'base'), format: 'raw' } as const;
  await writeFile(base.file, Buffer.alloc(DISK_BYTES, '.'));
  const logFile = join(directory, 'log');
  await writeFile(logFile, logBytes([{ sector: 2, data: 'abc' }]));
  for (const bytes of [1, 511, 513, 1535]) {
    for (const sector of ['mixed', 'garbage'] as const) {
      const out = join(directory, `${bytes}-${sector}.qcow2`);
      const image = await replay(logFile, base, out, { entries: 0, torn: { bytes, sector } });
      const disk = await withDisk(image, {}, (access) => access.read(0, DISK_BYTES));
      const written = Buffer.from('abc'.replaceAll(/./g, (letter) => letter.repeat(512)));
      const start = 1024 + bytes - (bytes % 512);
      const expected = Buffer.alloc(DISK_BYTES, '.');
      expected.set(written.subarray(0, bytes), 1024);
      if (sector === 'mixed') {
        t.ok(disk.equals(expected), `${bytes} bytes, mixed`);
        continue;
      }
      const stopped = disk.subarray(start, start + 512);
      t.ok(
        stopped.every((byte, index) => byte !== 0x2e && byte !== written[start - 1024 + index]),
        `${bytes} bytes: no byte of the sector is old or new`,
      );
      expected.set(stopped, start);
      t.ok(disk.equals(expected), 'and nothing else is touched');
    }
  }
});

t.test('replay refuses a cut that the log cannot have', async (t) => {
  const directory = t.testdir();
  const base = { file: join(directory, 'base'), format: 'raw' } as const;
  await writeFile(base.file, Buffer.alloc(DISK_BYTES, '.'));
  const logFile = join(directory, 'log');
  await writeFile(logFile, logBytes(RECORDED));
  const cases: [PowerCut, RegExp][] = [
    [{ entries: 9 }, /after 9 entries: the log has 8/],
    [{ entries: -1 }, /after -1/],
    [{ entries: 1.5 }, /after 1.5/],
    [{ entries: 1, torn: { bytes: 1 } }, /entry 1: it is no write/],
    [{ entries: 8, torn: { bytes: 1 } }, /entry 8: it is no write/],
    [{ entries: 0, torn: { bytes: 1025 } }, /1025 bytes into entry 0: it has 1024/],
    [{ entries: 0, torn: { bytes: -1 } }, /-1 bytes/],
    [{ entries: 2, lost: [0] }, /lose entry 0/],
    [{ entries: 4, lost: [3] }, /lose entry 3/],
    [{ entries: 2, lost: [2] }, /lose entry 2/],
  ];
  for (const [cut, message] of cases) {
    const result = replay(logFile, base, join(directory, 'out.qcow2'), cut);
    await t.rejects(result, { code: 'bad-argument', message }, JSON.stringify(cut));
  }
  await t.rejects(replay(base.file, base, join(directory, 'out.qcow2'), { entries: 0 }), { code: 'bad-log' });
});
