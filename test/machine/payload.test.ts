/** Each snap with a fault differs from the good one by its fault, and by nothing else. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { bufferSource, fileSource, SquashfsImage } from 'squashfs-ts';
import t from 'tap';
import type { Change, Tried } from './lab/fault.ts';
import { FAULTS, WANTED } from './lab/faults.ts';
import { openLab } from './lab/lab.ts';

const MAX_SNAP = 64 * 1024 * 1024;

/** What there is at each path of a snap: type, mode, and the digest of a file or the target of a link. */
async function filesOf(image: SquashfsImage): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { path, stat } of image.walk()) {
    const hash = createHash('sha256');
    if (stat.type === 'file') for await (const block of image.stream(path)) hash.update(block);
    const content = stat.type === 'file' ? hash.digest('hex') : stat.type === 'symlink' ? stat.target : '';
    files.set(path, `${stat.type} ${stat.mode.toString(8)} ${content}`);
  }
  return files;
}

/** Paths at which two snaps differ, without directories that are only there for what is in them. */
function differences(good: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...good.keys(), ...other.keys()])].filter((path) => good.get(path) !== other.get(path));
  return paths.filter((path) => !other.get(path)?.startsWith('directory ')).sort();
}

/** Where a change is found: a file of the snap, or one of its initramfs. */
function placesOf(change: Change): { readonly snap?: string; readonly initramfs?: string[] } {
  switch (change.kind) {
    case 'init-line':
      return { initramfs: ['init'] };
    case 'init-program':
      return { initramfs: ['init', `bin/fault-${change.source.replace(/\.c$/, '')}`] };
    case 'init-file':
      return { initramfs: [change.path] };
    case 'flip':
    case 'word':
      return { snap: change.file };
    case 'file':
    case 'symlink':
    case 'remove':
      return { snap: change.path };
  }
}

/** Names of the files in a newc archive, without those of the directories above them. */
function cpioFiles(archive: Uint8Array): string[] {
  const bytes = Buffer.from(archive);
  const names: string[] = [];
  for (let at = 0; at + 110 <= bytes.length; ) {
    const field = (index: number): number =>
      Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = bytes.toString('utf8', at + 110, at + 110 + nameSize - 1);
    if (name === 'TRAILER!!!') break;
    if ((mode & 0o170000) !== 0o040000) names.push(name);
    at += (110 + nameSize + 3) & ~3;
    at += (size + 3) & ~3;
  }
  return names.sort();
}

t.test('the snaps with a fault', async (t) => {
  const lab = await openLab();
  const payload = await SquashfsImage.open(await fileSource(lab.payload));
  t.teardown(() => payload.close());
  const open = async (name: string): Promise<SquashfsImage> =>
    SquashfsImage.open(bufferSource(await payload.readFile(`${name}.snap`, { maxBytes: MAX_SNAP })));
  const images = { kernel: await open('good-kernel'), base: await open('good-base') };
  const good = { kernel: await filesOf(images.kernel), base: await filesOf(images.base) };
  const goodInitramfs = await images.kernel.readFile('initrd.img');

  const tried: readonly Tried[] = [...FAULTS, WANTED];
  for (const { name, slot, title, changes } of tried) {
    const places = changes.map(placesOf);
    const inInitramfs = [...new Set(places.flatMap(({ initramfs = [] }) => initramfs))].sort();
    const image = await open(name);
    const different = differences(good[slot], await filesOf(image));
    const expected = [...places.flatMap(({ snap = [] }) => snap), ...(inInitramfs.length > 0 ? ['initrd.img'] : [])];
    const matches = (path: string, pattern: string): boolean =>
      new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`).test(path);
    t.equal(different.length, expected.length, `${title}: ${different.join(' ')}`);
    t.ok(
      expected.every((pattern) => different.some((path) => matches(path, pattern))),
      `${title} differs in ${expected.join(', ')} alone`,
    );
    if (inInitramfs.length > 0) {
      const initramfs = Buffer.from(await image.readFile('initrd.img'));
      t.ok(initramfs.subarray(0, goodInitramfs.length).equals(goodInitramfs), 'its initramfs begins as the good one');
      const added = gunzipSync(initramfs.subarray(goodInitramfs.length));
      t.same(cpioFiles(added), inInitramfs, 'and what is laid over it is the fault alone');
    }
  }
});
