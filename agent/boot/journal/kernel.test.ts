import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../../fixture.ts';
import { layoutUnder } from '../layout.ts';
import { parseBuildId, parseMounts, readKernelFacts } from './kernel.ts';
import { randomNumbers } from './testing.ts';

/** One ELF note; the name with its NUL. */
function note(name: string, type: number, content: string): Buffer {
  const hex = Buffer.from(content, 'hex');
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length, 0);
  head.writeUInt32LE(hex.length, 4);
  head.writeUInt32LE(type, 8);
  const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  return Buffer.concat([head, pad(Buffer.from(name)), pad(hex)]);
}

const mountInfo = `22 1 7:0 / / ro,relatime shared:1 - squashfs /dev/loop0 ro,errors=continue
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 254:6 / /writable rw,noatime - ext4 /dev/vda6 rw
25 22 254:6 /system-data/var /var rw,noatime - ext4 /dev/vda6 rw
26 22 7:1 / /run/mnt/my\\040kernel ro - squashfs /dev/loop1 ro
26 22 7:9 / /run/mnt/my\\040kernel ro - squashfs /dev/loop9 ro
`;

t.test('what runs is read from the kernel', async (t) => {
  const layout = layoutUnder(await temporaryDirectory(t));
  const nothing = { kernel: { release: '', buildId: '' }, commandLine: '', mounts: [] };
  t.strictSame(await readKernelFacts(layout), nothing, 'nothing there is no error');
  for (const [path, content] of [
    [layout.kernelRelease, '6.1.0-44-arm64\n'],
    [layout.commandLine, 'quiet snap_kernel=k_x2.snap\n'],
    [layout.mounts, mountInfo],
    [layout.kernelNotes, Buffer.concat([note('Linux\0', 257, '00'), note('GNU\0', 3, 'c0ffee01')])],
    [join(layout.loopDevices, 'loop0/loop/backing_file'), '/system-data/var/lib/snapd/snaps/b_x1.snap\n'],
  ] as const) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  t.strictSame(await readKernelFacts(layout), {
    kernel: { release: '6.1.0-44-arm64', buildId: 'c0ffee01' },
    commandLine: 'quiet snap_kernel=k_x2.snap',
    mounts: [
      '/ squashfs b_x1.snap',
      '/writable ext4 /dev/vda6',
      '/var ext4 /dev/vda6',
      '/run/mnt/my kernel squashfs /dev/loop1',
    ],
  });
});

t.test('mounts that are no mounts are skipped', (t) => {
  t.strictSame(parseMounts('garbage\n\n1 2 3 - ext4\n - ext4 x\n'), []);
  const many = Array.from({ length: 99 }, (_, i) => `1 1 0:1 / /m${i} rw - ext4 /dev/x rw`).join('\n');
  t.equal(parseMounts(many).length, 24);
  t.end();
});

t.test('a build id is found among notes, and only there', (t) => {
  const id = 'ab'.repeat(20);
  t.equal(parseBuildId(Buffer.concat([note('Xen\0', 3, 'ffff'), note('GNU\0', 1, '00'), note('GNU\0', 3, id)])), id);
  t.equal(parseBuildId(note('GNU\0', 4, id)), '');
  t.equal(parseBuildId(new Uint8Array(0)), '');
  t.equal(parseBuildId(new Uint8Array(64).fill(0xff)), '', 'lengths beyond the end');
  t.equal(parseBuildId(note('GNU\0', 3, id).subarray(0, 20)), '', 'cut off');
  const random = randomNumbers(5);
  for (let round = 0; round < 500; round++) {
    const bytes = Uint8Array.from({ length: 100 }, () => (random() < 0.7 ? 0 : random() * 256));
    t.match(parseBuildId(bytes), /^[0-9a-f]*$/);
  }
  t.end();
});
