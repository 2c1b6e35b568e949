import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { type DiskAccess, openDisk, withDisk } from './disk-access.ts';
import { findPartition, readPartition, readPartitions, writePartition } from './gpt.ts';
import { NbdClient } from './nbd.ts';
import { convertToRaw, copyPadded, copySparse, createDisk, createOverlay, runTool } from './qemu-img.ts';

const MIB = 1024 * 1024;

/** A raw disk of 4 MiB in which each sector is filled with its number, modulo 251. */
async function numberedDisk(file: string): Promise<{ readonly file: string; readonly format: 'raw' }> {
  const bytes = Buffer.alloc(4 * MIB);
  for (let sector = 0; sector < bytes.length / 512; sector++)
    bytes.fill(sector % 251, sector * 512, sector * 512 + 512);
  await writeFile(file, bytes);
  return { file, format: 'raw' };
}

/** A disk in memory. */
function memoryDisk(bytes: Buffer): DiskAccess {
  return {
    size: bytes.length,
    read: async (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
    write: async (offset, data) => {
      bytes.set(data, offset);
    },
    close: async () => {},
  };
}

t.test('a disk is read and written at any byte, raw and qcow2 alike', async (t) => {
  const directory = t.testdir();
  const temporary = await mkdtemp(join(tmpdir(), 'hf-'));
  const { TMPDIR: usual } = process.env;
  process.env['TMPDIR'] = temporary;
  t.teardown(async () => {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
    await rm(temporary, { recursive: true });
  });
  const base = await numberedDisk(join(directory, 'base.img'));
  const before = await readFile(base.file);
  const overlay = await createOverlay(base, join(directory, 'overlay.qcow2'));
  const copy = { file: join(directory, 'copy.img'), format: 'raw' } as const;
  await copySparse(base.file, copy.file);
  for (const image of [overlay, copy]) {
    const expected = Buffer.from(before);
    await withDisk(image, { writable: true }, async (disk) => {
      t.equal(disk.size, 4 * MIB);
      for (const [offset, length] of [
        [0, 1],
        [511, 2],
        [1000, 3000],
        [512, 512],
        [4 * MIB - 1, 1],
        [100, 0],
      ] as const) {
        t.same(await disk.read(offset, length), expected.subarray(offset, offset + length), `read ${offset}`);
        const bytes = Buffer.alloc(length, 0xee);
        await disk.write(offset, bytes);
        expected.set(bytes, offset);
      }
      t.ok((await disk.read(0, 4 * MIB)).equals(expected), 'nothing beside was changed');
    });
    const raw = await convertToRaw(image, join(directory, `${image.format}.raw`));
    t.ok((await readFile(raw.file)).equals(expected), `${image.format}: all is in the file after closing`);
  }
  t.ok((await readFile(base.file)).equals(before), 'an overlay leaves its base alone');
  t.same(await readdir(temporary), [], 'and no socket is left');
});

t.test('a disk is never accessed beyond its end, nor written when opened for reading', async (t) => {
  const directory = t.testdir();
  const raw = await numberedDisk(join(directory, 'raw.img'));
  const qcow2 = await createOverlay(raw, join(directory, 'overlay.qcow2'));
  for (const image of [raw, qcow2]) {
    await withDisk(image, { writable: true }, async (disk) => {
      for (const [offset, length] of [
        [4 * MIB, 1],
        [4 * MIB - 1, 2],
        [-1, 1],
        [0.5, 1],
        [0, 1e12],
      ] as const) {
        await t.rejects(disk.read(offset, length), { code: 'out-of-range' }, `${image.format} ${offset}+${length}`);
      }
      await t.rejects(disk.write(4 * MIB - 1, Buffer.alloc(2)), { code: 'out-of-range' });
    });
    await withDisk(image, {}, async (disk) => {
      await t.rejects(disk.write(0, Buffer.alloc(512)), image.format);
    });
  }
});

t.test('openDisk says why it cannot', async (t) => {
  const directory = t.testdir({ text: 'no qcow2' });
  const open = (name: string) => openDisk({ file: join(directory, name), format: 'qcow2' });
  await t.rejects(open('text'), { code: 'cannot-start', message: /^cannot open .*not in qcow2 format/ });
  await t.rejects(open('missing'), { code: 'cannot-start', message: /No such file/ });
});

t.test('NbdClient does not talk to what is no NBD server', async (t) => {
  const [stream, end] = duplexPair();
  end.write(Buffer.alloc(18, 'x'));
  await t.rejects(NbdClient.negotiate(stream, 'disk'), { code: 'disk-protocol' });
  const [shortStream, shortEnd] = duplexPair();
  shortEnd.end('NBD');
  await t.rejects(NbdClient.negotiate(shortStream, 'disk'), { code: 'disk-protocol', message: /ended/ });
});

t.test('NbdClient reports what the server refuses and what it cannot have meant', async (t) => {
  const reply = (magic: number, error: number, handle: bigint) => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(magic, 0);
    bytes.writeUInt32BE(error, 4);
    bytes.writeBigUInt64BE(handle, 8);
    return bytes;
  };
  for (const [answer, message] of [
    [reply(0x67446698, 5, 1n), /NBD error 5/],
    [reply(0x67446698, 0, 2n), /no request/],
    [reply(1, 0, 1n), /no request/],
  ] as const) {
    const [stream, end] = duplexPair();
    const greeting = Buffer.alloc(28);
    greeting.write('NBDMAGICIHAVEOPT');
    greeting.writeUInt16BE(3, 16);
    greeting.writeBigUInt64BE(4096n, 18);
    end.write(greeting);
    const client = await NbdClient.negotiate(stream, 'disk');
    t.equal(client.size, 4096);
    await t.rejects(client.read(1, 512), { code: 'out-of-range' });
    end.write(answer);
    await t.rejects(client.read(0, 512), { code: 'disk-protocol', message });
  }
});

t.test('copies keep their holes, and runTool says what went wrong', async (t) => {
  const directory = t.testdir({ env: 'environment' });
  const file = join(directory, 'disk.img');
  await createDisk({ file, format: 'raw' }, 64 * MIB);
  await copySparse(file, join(directory, 'copy.img'));
  t.match(await stat(join(directory, 'copy.img')), { size: 64 * MIB, blocks: 0 });
  await copyPadded(join(directory, 'env'), join(directory, 'flash.img'), 1000);
  t.equal(await readFile(join(directory, 'flash.img'), 'latin1'), `environment${'\0'.repeat(989)}`);
  await t.rejects(copyPadded(file, join(directory, 'flash.img'), 1000), { code: 'bad-argument', message: /67108864/ });
  await t.rejects(runTool('qemu-img', ['info', join(directory, 'none')]), {
    code: 'tool-failed',
    message: /^cannot run qemu-img info: .*No such file/,
  });
  await t.rejects(runTool('no-such-tool', []), { code: 'tool-failed', message: /ENOENT/ });
});

async function partitionedDisk(file: string): Promise<Buffer> {
  await writeFile(file, '');
  await truncate(file, 4 * MIB);
  const names = ['-n', '1:2048:2055', '-c', '1:hf-env-a', '-n', '3:4096:4096', '-c', '3:größe'];
  execFileSync('sgdisk', [...names, file]);
  return readFile(file);
}

t.test('readPartitions sees what sgdisk wrote', async (t) => {
  const bytes = await partitionedDisk(join(t.testdir(), 'disk.img'));
  t.same(await readPartitions(memoryDisk(bytes)), [
    { name: 'hf-env-a', number: 1, offset: 2048 * 512, length: 4096 },
    { name: 'größe', number: 3, offset: 4096 * 512, length: 512 },
  ]);
  const disk = memoryDisk(bytes);
  t.equal((await findPartition(disk, 'größe')).number, 3);
  await t.rejects(findPartition(disk, 'hf'), { code: 'no-partition', message: /hf; the disk has: hf-env-a, größe/ });
  await writePartition(disk, 'hf-env-a', Buffer.from('abc'), 4093);
  t.equal((await readPartition(disk, 'hf-env-a', { offset: 4092, length: 4 })).toString(), '\0abc');
  t.equal(bytes.toString('latin1', 2056 * 512 - 3, 2056 * 512 + 1), 'abc\0');
  await t.rejects(writePartition(disk, 'hf-env-a', Buffer.from('abc'), 4094), { code: 'out-of-range' });
  await t.rejects(readPartition(disk, 'hf-env-a', { offset: -1, length: 1 }), { code: 'out-of-range' });
});

t.test('readPartitions believes nothing that its checksums do not cover', async (t) => {
  const whole = await partitionedDisk(join(t.testdir(), 'disk.img'));
  /** Both checksums made right again, so that the check behind them is reached. */
  const sign = (bytes: Buffer) => {
    bytes.writeUInt32LE(crc32(bytes.subarray(1024, 1024 + 128 * 128)), 512 + 88);
    bytes.writeUInt32LE(0, 512 + 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(512, 512 + 92)), 512 + 16);
  };
  const signed = (damage: (bytes: Buffer) => void) => (bytes: Buffer) => {
    damage(bytes);
    sign(bytes);
  };
  const damages: [string, (bytes: Buffer) => void, RegExp][] = [
    ['no signature', (b) => b.fill(0, 512, 520), /signature/],
    ['a flipped bit in the header', (b) => b.writeUInt8(b.readUInt8(512 + 40) ^ 1, 512 + 40), /header is wrong/],
    ['a flipped bit in the table', (b) => b.writeUInt8(b.readUInt8(1024 + 40) ^ 1, 1024 + 40), /entries is wrong/],
    ['a header of 4 GiB', (b) => b.writeUInt32LE(0xffffffff, 512 + 12), /4294967295 bytes/],
    ['too many entries', signed((b) => b.writeUInt32LE(1025, 512 + 80)), /1025 entries/],
    ['huge entries', signed((b) => b.writeUInt32LE(4096, 512 + 84)), /of 4096 bytes/],
    ['a table far away', signed((b) => b.writeBigUInt64LE(1n << 40n, 512 + 72)), /beyond the end/],
    ['a table at no place', signed((b) => b.writeBigUInt64LE(1n << 60n, 512 + 72)), /names sector/],
    ['a partition beyond the end', signed((b) => b.writeBigUInt64LE(1n << 30n, 1024 + 40)), /hf-env-a does not lie/],
    ['a partition that ends before it begins', signed((b) => b.writeBigUInt64LE(1n, 1024 + 40)), /does not lie/],
  ];
  for (const [name, damage, message] of damages) {
    const bytes = Buffer.from(whole);
    damage(bytes);
    await t.rejects(readPartitions(memoryDisk(bytes)), { code: 'bad-gpt', message }, name);
  }
  await t.rejects(readPartitions(memoryDisk(Buffer.alloc(512))), { code: 'bad-gpt' }, 'a tiny disk');
  const twins = Buffer.from(whole);
  twins.copy(twins, 1024 + 2 * 128 + 56, 1024 + 56, 1024 + 128);
  sign(twins);
  await t.rejects(findPartition(memoryDisk(twins), 'hf-env-a'), { code: 'bad-gpt', message: /two partitions/ });
});
