import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Compression } from '../../superblock.ts';
import { everyKind } from '../kinds.ts';
import { appendPseudo, squashTar } from '../mksquashfs.ts';
import { randomBytesOf } from '../random.ts';
import { type TarEntry, tarOf } from '../tar.ts';
import { type Anatomy, anatomyOf } from './anatomy.ts';

const file = (path: string, content: string | Uint8Array, rest: Partial<TarEntry> = {}): TarEntry => ({
  path,
  type: 'file',
  content: Uint8Array.from(Buffer.from(content as Uint8Array)),
  ...rest,
});
const link = (path: string, target: string): TarEntry => ({ path, type: 'symlink', target });

/** Small trees, each with something of its own to go wrong. */
const TREES: Readonly<Record<string, readonly TarEntry[]>> = {
  contents: everyKind(4096).filter(({ path }) => path.startsWith('contents/')),
  kinds: everyKind(4096).filter(({ path }) => !path.startsWith('contents/')),
  snap: [
    file('meta/snap.yaml', 'name: example\nversion: 1\n'),
    file('kernel.img', randomBytesOf(1, 9000)),
    file('initrd.img', Buffer.alloc(9000, 'initrd ')),
    link('link', 'meta/snap.yaml'),
    link('meta/loop', 'loop'),
    link('meta/up', '../kernel.img'),
    link('meta/through', 'up/../hooks'),
  ],
  // More than 256 entries, and more than one block of inodes and of names.
  crowd: [...Array(300).keys()].map((i) => file(`crowd/${'n'.repeat(20)}-${i}`, i % 7 === 0 ? `${i}` : '')),
  deep: [file(`${'d/'.repeat(14)}leaf`, 'leaf'), link(`${'d/'.repeat(7)}up`, 'd/d/leaf'), file('d/beside', 'beside')],
  owners: [...Array(12).keys()].map((i) =>
    file(`owned-${i}`, `${i % 3}`.repeat(50), {
      uid: 1000 + i,
      gid: i,
      xattrs: { [`user.own-${i}`]: Buffer.alloc(i * 10, 'x'), 'trusted.shared': Buffer.alloc(100, 's') },
    }),
  ),
};

const COMPRESSIONS: readonly Compression[] = ['gzip', 'xz', 'zstd', 'lz4', 'lzo', 'lzma'];

/** Ways to pack; the compressions take them in turn. */
const OPTIONS: readonly (readonly string[])[] = [
  ['-b', '4K'],
  ['-b', '8K', '-no-fragments'],
  ['-b', '128K', '-noI', '-noX'],
  ['-b', '1M', '-no-xattrs'],
  ['-b', '4K', '-noD', '-noF'],
  ['-b', '64K', '-no-duplicates', '-no-exports'],
];

/** tar knows no sockets, and mksquashfs shortens links; what is appended also leaves old data between the new. */
const APPENDED = ['socket i 777 0 0 s', 'absolute s 777 0 0 /etc/passwd', 'outside s 777 0 0 ../../passwd'];

/** Else no two corpora would be the same, and no mutant could be made again. */
const TIMES = ['-mkfs-time', '0', '-all-time', '1700000000'];

/**
 * Makes images with mksquashfs, no two the same, and takes them apart. `each`: how many of each tree in each compression,
 * from 1 to 6; there are 36 such pairs. With `only`, fewer.
 */
export async function makeCorpus(directory: string, each: number): Promise<readonly Anatomy[]> {
  const nothing = join(directory, 'nothing');
  await mkdir(nothing, { recursive: true });
  const corpus: Anatomy[] = [];
  let turn = 0;
  for (const [tree, entries] of Object.entries(TREES)) {
    const archive = tarOf(entries);
    for (const compression of COMPRESSIONS) {
      for (let i = 0; i < each; i += 1) {
        const options = ['-comp', compression, ...(OPTIONS[(turn + i) % OPTIONS.length] ?? []), '-mem', '64M'];
        const path = join(directory, 'image');
        await squashTar(archive, path, [...TIMES, ...options]);
        if (tree === 'kinds' && i === 0) await appendPseudo(path, nothing, APPENDED, TIMES);
        corpus.push(await anatomyOf(`${tree} ${options.join(' ')}`, await readFile(path)));
        await rm(path);
      }
      turn += 1;
    }
  }
  return corpus;
}
