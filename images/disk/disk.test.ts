import { execFileSync } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseEnv } from 'u-boot-env';
import { layoutVolume } from '../../gadget/layout.ts';
import { parseGadget } from '../../gadget/yaml.ts';
import { buildDisk, buildFlash } from './disk.ts';
import { DiskImageError } from './error.ts';
import { debugfsCommands } from './ext4.ts';
import { diskSize, sgdiskArgs } from './gpt.ts';
import { guidOf } from './guid.ts';
import { digestFile } from './hash.ts';
import { main } from './main.ts';
import { applyOverlay, type Overlay } from './overlay.ts';
import { squash } from './squash.ts';

const ENV = { ...process.env, TZ: 'UTC', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const MIB = 2 ** 20;

function tool(name: string, ...args: string[]): string {
  return execFileSync(name, args, { encoding: 'utf8', env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
}

const GADGET = (await readFile(join(import.meta.dirname, 'gadget/gadget.yaml'), 'utf8')).replace(
  'size: 1G',
  'size: 64M',
);

/** Four small snaps in place of the real ones: the disk does not look into base and agent. */
async function smallSnaps(directory: string, gadgetYaml: string = GADGET) {
  const make = async (name: string, files: Overlay): Promise<string> => {
    const tree = join(directory, `${name}-tree`);
    await mkdir(tree, { recursive: true });
    await applyOverlay(tree, [{ path: 'meta/snap.yaml', content: `name: ${name}\nversion: 1\n` }, ...files]);
    await squash(tree, join(directory, `${name}.snap`));
    return join(directory, `${name}.snap`);
  };
  return {
    base: await make('bookworm', [{ path: 'sbin/init', content: '' }]),
    kernel: await make('virt-kernel', [
      { path: 'kernel.img', content: Buffer.alloc(MIB / 2, 'kernel') },
      { path: 'initrd.img', content: 'initrd' },
    ]),
    gadget: await make('virt', [
      { path: 'meta/gadget.yaml', content: gadgetYaml },
      { path: 'boot.scr', content: 'script' },
      { path: 'boot-backup.scr', content: 'script' },
      { path: 'gadget.env', content: 'gadget_args=quiet\n' },
    ]),
    agent: await make('holdfast', [{ path: 'bin/holdfast', content: '#!/bin/sh\n', mode: 0o755 }]),
  };
}

function startOf(disk: string, number: number): number {
  return Number(/First sector: (\d+)/.exec(tool('sgdisk', '-i', String(number), disk))?.[1]) * 512;
}

async function bytesAt(disk: string, start: number): Promise<Uint8Array> {
  const file = await open(disk);
  try {
    return (await file.read(Buffer.alloc(4096), 0, 4096, start)).buffer;
  } finally {
    await file.close();
  }
}

function checkTable(t: Test, disk: string): void {
  const table = tool('sgdisk', '-p', disk)
    .split('\n')
    .filter((line) => /^ +\d/.test(line));
  t.same(
    table.map((line) => line.trim().split(/\s+/).at(-1)),
    ['hf-env-a', 'system-boot', 'hf-good', 'hf-mark', 'hf-journal', 'writable', 'hf-env-b'],
  );
  t.match(tool('sgdisk', '-i', '2', disk), /Attribute flags: 0000000000000004\n/, 'firmware may boot from system-boot');
  t.match(tool('sgdisk', '-i', '1', disk), /Partition GUID code: 3DE21764-95BD-54BD-A5C3-4ABE786F38A8/);
  t.match(tool('sgdisk', '-i', '6', disk), new RegExp(`Partition unique GUID: ${guidOf('virt/writable')}`));
}

function checkBootPartition(t: Test, disk: string, scratch: string): void {
  const image = `${disk}@@${startOf(disk, 2)}`;
  const names = tool('mdir', '-/', '-b', '-i', image).trim().split('\n').sort();
  t.same(names, [
    '::/boot-backup.scr',
    '::/boot.scr',
    '::/virt-kernel_x1.snap/',
    '::/virt-kernel_x1.snap/initrd.img',
    '::/virt-kernel_x1.snap/kernel.img',
    '::/virt_x1.snap/',
    '::/virt_x1.snap/gadget.env',
  ]);
  t.equal(tool('mtype', '-i', image, '::/virt_x1.snap/gadget.env'), 'gadget_args=quiet\n');
  t.equal(tool('mtype', '-i', image, '::/virt-kernel_x1.snap/kernel.img').length, MIB / 2);
  t.match(tool('mdir', '-i', image, '::/'), /is system-boot\n/, 'it has its label');
  const alone = join(scratch, 'fat.img');
  tool('dd', `if=${disk}`, `of=${alone}`, 'bs=1M', `skip=${startOf(disk, 2) / MIB}`, 'count=192', 'conv=sparse');
  t.match(tool('fsck.fat', '-n', alone), /8 files/, 'fsck has nothing to say');
}

async function checkWritable(t: Test, disk: string, snaps: Awaited<ReturnType<typeof smallSnaps>>): Promise<void> {
  const image = `${disk}?offset=${startOf(disk, 6)}`;
  const debugfs = (command: string) => tool('debugfs', '-R', command, image);
  tool('e2fsck', '-fn', image);
  for (const [path, snap] of [
    ['bookworm_x1.snap', snaps.base],
    ['virt-kernel_x1.snap', snaps.kernel],
    ['virt_x1.snap', snaps.gadget],
    ['holdfast_x1.snap', snaps.agent],
  ] as const) {
    const { size, sha256 } = await digestFile(snap);
    t.equal(debugfs(`cat /system-data/var/lib/holdfast/digests/${path}`), `${size} ${sha256}\n`);
    const stat = debugfs(`stat /system-data/var/lib/snapd/snaps/${path}`);
    t.match(stat, new RegExp(`Mode: +0644 .*User: +0 +Group: +0 .*Size: ${size}\n`, 's'));
    t.match(
      stat,
      /ctime: 0x6955b900:00000000[\s\S]*atime: 0x6955b900:00000000[\s\S]*mtime: 0x6955b900:00000000[\s\S]*crtime: 0x6955b900:00000000/,
    );
  }
  t.match(debugfs('stat /system-data/snap/holdfast/current'), /Fast link dest: "x1"/);
  t.match(debugfs('stat /system-data/snap/holdfast'), /Type: directory +Mode: +0755 .*User: +0 +Group: +0/s);
  t.match(debugfs('show_super_stats -h'), /Filesystem volume name: +writable\n/);
}

t.test('a disk is what its gadget says, and the same bytes from another place, time and umask', async (t) => {
  const directory = t.testdir();
  const snaps = await smallSnaps(directory);
  const disk = join(directory, 'out/disk.img');
  await buildDisk({ cacheDir: join(directory, 'cache'), ...snaps, outFile: disk });
  checkTable(t, disk);
  checkBootPartition(t, disk, directory);
  await checkWritable(t, disk, snaps);

  const vars = { snap_kernel: 'virt-kernel_x1.snap', snap_core: 'bookworm_x1.snap', snap_gadget: 'virt_x1.snap' };
  const read = async (number: number) => Object.fromEntries(parseEnv(await bytesAt(disk, startOf(disk, number))).vars);
  t.same(await read(1), { ...vars, snap_gen: '0' }, 'copy A names the good set');
  t.same(await read(7), { ...vars, snap_gen: '0' }, 'copy B names it too');
  t.same(await read(3), vars, 'and so does the record');
  t.same(await read(4), {}, 'nothing is marked');
  t.same(await bytesAt(disk, startOf(disk, 5)), Buffer.alloc(4096), 'the journal is empty');

  const umask = process.umask(0o077);
  t.teardown(() => process.umask(umask));
  const again = join(directory, 'elsewhere/again.img');
  await buildDisk({
    cacheDir: join(directory, 'elsewhere/cache'),
    ...(await smallSnaps(join(directory, 'elsewhere/x'))),
    outFile: again,
  });
  t.equal((await digestFile(again)).sha256, (await digestFile(disk)).sha256);
});

t.test('a gadget that no disk can be made of is refused, and no disk appears', async (t) => {
  const table: [title: string, yaml: string, message: RegExp][] = [
    ['mbr', 'volumes:\n  pc: {schema: mbr, bootloader: grub}', /one volume, with schema gpt/],
    ['two volumes', 'volumes:\n  aa: {bootloader: grub}\n  bb: {}\n', /one volume|volume is empty/],
    ['a file that is not there', GADGET.replace('source: boot.scr', 'source: other.scr'), /has no file "other.scr"/],
    ['no place for an environment copy', GADGET.replace('name: hf-env-b', 'name: spare'), /no structure hf-env-b/],
    ['a kernel reference', GADGET.replace('source: boot.scr', 'source: $kernel:dtbs/a'), /not supported yet/],
  ];
  const directory = t.testdir();
  for (const [index, [title, yaml, message]] of table.entries()) {
    const place = join(directory, String(index));
    const snaps = await smallSnaps(place, yaml);
    await t.rejects(
      buildDisk({ cacheDir: join(place, 'cache'), ...snaps, outFile: join(place, 'disk.img') }),
      message,
      title,
    );
    await t.rejects(readFile(join(place, 'disk.img')), { code: 'ENOENT' }, title);
  }
});

t.test('a snap too large for the writable partition is an error, not a short file', async (t) => {
  const directory = t.testdir();
  const snaps = await smallSnaps(directory, GADGET.replace('size: 64M', 'size: 24M'));
  const random = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 251));
  const tree = join(directory, 'agent-large');
  await mkdir(tree);
  await applyOverlay(tree, [{ path: 'meta/snap.yaml', content: 'name: holdfast\n' }]);
  await writeFile(join(tree, 'large'), Buffer.concat(new Array(8000).fill(random)));
  execFileSync('mksquashfs', [
    tree,
    join(directory, 'large.snap'),
    '-noappend',
    '-quiet',
    '-no-progress',
    '-noD',
    '-noF',
  ]);
  const options = { ...snaps, agent: join(directory, 'large.snap'), outFile: join(directory, 'disk.img') };
  await t.rejects(buildDisk({ cacheDir: join(directory, 'cache'), ...options }), { code: 'tool-failed' });
});

t.test('the partition table of a layout, as data', async (t) => {
  const volume = parseGadget(GADGET).volumes.get('virt');
  if (volume === undefined) throw new Error('no volume');
  const layout = layoutVolume(volume);
  t.equal(diskSize(layout), layout.size + MIB, 'room for the second table, in whole MiB');
  const args = sgdiskArgs(volume, layout);
  t.same(args.slice(0, 4), ['-a', '1', '-U', guidOf('virt')]);
  t.ok(args.includes('1:2048:4095'));
  t.ok(args.includes('2:set:2'));
  const odd = { ...layout, structures: layout.structures.map((placed) => ({ ...placed, end: placed.end - 1 })) };
  t.throws(() => sgdiskArgs(volume, odd), { code: 'bad-input' });
  t.match(guidOf('a'), /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
  t.not(guidOf('a'), guidOf('b'));
});

t.test('names that debugfs would take for more than one word are refused', async (t) => {
  t.equal(debugfsCommands([{ path: 'a b', kind: 'directory' }]), 'mkdir "/a b"\n');
  for (const path of ['a"b', 'a\nb', 'a\\b'])
    t.throws(() => debugfsCommands([{ path, kind: 'directory' }]), DiskImageError, JSON.stringify(path));
});

t.test('the flash image is one bank with U-Boot`s environment at its start', async (t) => {
  const file = join(t.testdir(), 'flash.img');
  await buildFlash(file);
  const bytes = await readFile(file);
  t.equal(bytes.length, 64 * MIB);
  const { vars } = parseEnv(bytes.subarray(0, 0x40000));
  t.match(vars.get('bootcmd'), /; reset$/, 'whatever happens, the end is a reset');
  t.match(vars.get('bootdelay'), /^(-2|0)$/, 'nobody is asked');
});

t.test('the command explains itself and refuses what it does not know', async (t) => {
  const told = t.capture(console, 'log');
  const errors = t.capture(console, 'error');
  t.equal(await main(['--help']), 0);
  t.match(told.args()[0]?.[0], /^usage: node images\/disk\/main\.ts/);
  t.equal(await main(['--nonsense']), 2);
  t.match(errors.args()[0]?.[0], /--nonsense[\s\S]*usage:/);
});
