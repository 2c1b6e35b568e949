/** The snaps that the scenarios install, and what each of them must be on a device: made once, the same in each run. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layoutUnder } from '../../agent/boot/layout.ts';
import { goodSet, makeSnap, type SnapOptions } from '../../agent/fixture.ts';
import type { SlotNames } from '../../bootloader/protocol/index.ts';
import type { Picture } from './picture.ts';
import { randomFrom } from './random.ts';

export interface Kit {
  readonly folder: string;
  /** By snap file name (`<name>_<revision>.snap`): SHA-256 of the file. */
  readonly snaps: ReadonlyMap<string, string>;
  /** By snap file name: SHA-256 of each boot asset. */
  readonly assets: ReadonlyMap<string, ReadonlyMap<string, string>>;
  file(name: 'kernel-2' | 'kernel-3' | 'base-2' | 'app-1' | 'app-2'): string;
}

export const layout = layoutUnder('/');

/** The boot partition is a FAT on every device. */
export function isFat(path: string): boolean {
  return path === layout.bootPartition || path.startsWith(`${layout.bootPartition}/`);
}

/** Places without a file system. */
export function isRaw(path: string): boolean {
  return path.startsWith(`${layout.rawPlaces}/`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Text that gzip makes no smaller than some sectors. */
function filling(seed: number, bytes: number): string {
  const random = randomFrom(seed);
  return Array.from({ length: bytes }, () => String.fromCharCode(33 + random.int(90))).join('');
}

const kernelFiles = (version: number) => ({
  'kernel.img': `kernel ${version} ${filling(version, 9000)}`,
  'initrd.img': `initrd ${version} ${filling(100 + version, 1500)}`,
  'dtbs/vendor/board.dtb': `tree ${version}`,
});

/** An app with a command, a service and data, whose services differ between the versions. */
function appSnap(version: number): SnapOptions {
  const apps = `  hello: {command: bin/hello}\n  ${version === 1 ? 'old' : 'new'}: {command: bin/hello, daemon: simple}\n`;
  const yaml = `name: hello\nversion: '${version}'\nsummary: s\ndescription: d\nbase: bookworm\nconfinement: devmode\napps:\n${apps}`;
  const hello = `#!/bin/sh\n# ${filling(300 + version, 5000)}`;
  const files = { 'meta/snap.yaml': yaml, 'bin/hello': hello, 'meta/hooks/configure': '#!/bin/sh\n' };
  return { name: 'hello', files, executable: ['bin/hello', 'meta/hooks/configure'] };
}

const digestsOf = (files: Readonly<Record<string, string>>) =>
  new Map(Object.entries(files).map(([path, text]) => [path, sha256(Buffer.from(text))]));

/** Makes the snaps in `folder`; `device` is a new device, of which the first revisions are taken. */
export async function makeKit(folder: string, device: string): Promise<Kit> {
  await mkdir(folder, { recursive: true });
  const file: Kit['file'] = (name) => join(folder, name);
  for (const version of [2, 3] as const) {
    const files = kernelFiles(version);
    await makeSnap(file(`kernel-${version}`), { name: 'virt-kernel', type: 'kernel', version: String(version), files });
  }
  const files = { 'sbin/init': `init 2 ${filling(200, 6000)}` };
  await makeSnap(file('base-2'), { name: 'bookworm', type: 'base', version: '2', files });
  for (const version of [1, 2] as const) await makeSnap(file(`app-${version}`), appSnap(version));
  const places = [
    ...Object.values(goodSet).map((name) => [name, join(layoutUnder(device).snaps, name)] as const),
    ...([
      ['virt-kernel_x2.snap', file('kernel-2')],
      ['virt-kernel_x3.snap', file('kernel-3')],
      ['bookworm_x2.snap', file('base-2')],
      ['hello_x1.snap', file('app-1')],
      ['hello_x2.snap', file('app-2')],
    ] as const),
  ];
  const snaps = new Map<string, string>();
  for (const [name, path] of places) snaps.set(name, sha256(await readFile(path)));
  const assets = new Map([
    [goodSet.kernel, digestsOf({ 'kernel.img': 'a kernel', 'initrd.img': 'an initrd' })],
    [goodSet.gadget, digestsOf({ 'gadget.env': 'gadget_args=\n' })],
    ['virt-kernel_x2.snap', digestsOf(kernelFiles(2))],
    ['virt-kernel_x3.snap', digestsOf(kernelFiles(3))],
  ]);
  return { folder, snaps, assets, file };
}

/** What a boot set lacks on a device: snap files, digests of what was installed later, and boot assets, byte for byte. */
export function lacking(kit: Kit, picture: Picture, set: SlotNames): string[] {
  const wrong: string[] = [];
  const must = (path: string, digest: string | undefined): void => {
    const entry = picture.get(path);
    if (entry?.kind !== 'file') wrong.push(`${path} is not there`);
    else if (sha256(entry.bytes) !== digest) wrong.push(`${path} is not what it should be`);
  };
  for (const name of Object.values(set)) {
    must(join(layout.snaps, name), kit.snaps.get(name));
    for (const [asset, digest] of kit.assets.get(name) ?? []) must(join(layout.bootPartition, name, asset), digest);
    const record = picture.get(join(layout.digests, name));
    const isNew = !Object.values(goodSet).includes(name);
    const right =
      record?.kind === 'file' &&
      Buffer.from(record.bytes)
        .toString()
        .includes(kit.snaps.get(name) ?? '-');
    if (isNew && !right) wrong.push(`the digest of ${name} is missing or wrong`);
  }
  return wrong;
}
