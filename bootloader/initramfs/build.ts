/** Builds initrd.img: init, busybox, e2fsck, the dead man, the modules and the marks, the same bytes every time. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { compileDeadman } from './deadman/compile.ts';
import { type Architecture, fetchPackages, unpackPackage } from './debian.ts';
import { markImage } from './marks.ts';
import { MODULES, orderModules, readModuleIndex } from './modules.ts';

export interface InitramfsOptions {
  /** The directory that holds `<kernelVersion>/modules.dep`: `lib/modules` of the kernel, after depmod. */
  readonly kernelModulesDir: string;
  readonly kernelVersion: string;
  readonly arch: Architecture;
  readonly outFile: string;
  /** Where Debian packages are kept between builds. */
  readonly cacheDir: string;
  /** Files that are added or that replace others, as an archive of their own after the first: all else stays the same. */
  readonly overlay?: readonly CpioEntry[];
}

/** The names under which `init` calls busybox. */
export const APPLETS: readonly string[] = [
  ...['cat', 'cp', 'dd', 'findfs', 'grep', 'head', 'insmod', 'mkdir', 'mount', 'reboot', 'sed', 'sh', 'sha256sum'],
  ...['sleep', 'stat', 'switch_root', 'sync', 'tail'],
];

const HERE = fileURLToPath(new URL('.', import.meta.url));

function moduleEntries(directory: string): CpioEntry[] {
  const index = readModuleIndex(directory);
  const loaded: string[] = [];
  return Object.entries(MODULES).flatMap(([list, wanted]): CpioEntry[] => {
    const order = orderModules(index, wanted, loaded);
    loaded.push(...order);
    const names = order.map((path) => `${basename(path)}\n`).join('');
    const files = order.map((path): CpioEntry => {
      return { kind: 'file', path: `modules/${basename(path)}`, data: readFileSync(join(directory, path)) };
    });
    return [{ kind: 'file', path: `modules/${list}`, data: Buffer.from(names) }, ...files];
  });
}

/**
 * Programs: static, because the initramfs has no libraries. e2fsck is Debian's own static build; busybox's fsck only starts
 * others, and a file system that holds all data is repaired by nothing less than the real one.
 */
async function programEntries(arch: Architecture, cacheDir: string, scratch: string): Promise<CpioEntry[]> {
  const packages = await fetchPackages(['busybox-static', 'e2fsck-static'], arch, cacheDir);
  for (const one of packages) await unpackPackage(one, scratch);
  await compileDeadman(arch, join(scratch, 'deadman'));
  const program = (path: string, from: string): CpioEntry => {
    return { kind: 'file', path, data: readFileSync(join(scratch, from)), mode: 0o755 };
  };
  return [
    program('bin/busybox', 'bin/busybox'),
    program('bin/e2fsck', 'sbin/e2fsck.static'),
    program('bin/@holdfast-deadman', 'deadman'),
    ...APPLETS.map((name): CpioEntry => ({ kind: 'symlink', path: `bin/${name}`, target: 'busybox' })),
  ];
}

function ownEntries(): CpioEntry[] {
  return [
    { kind: 'file', path: 'init', data: readFileSync(join(HERE, 'init')), mode: 0o755 },
    { kind: 'file', path: 'etc/e2fsck.conf', data: readFileSync(join(HERE, 'e2fsck.conf')) },
    { kind: 'file', path: 'marks/good-failed.env', data: markImage({ snap_mark: 'good-failed' }) },
    { kind: 'file', path: 'marks/no-starts.env', data: markImage({ hf_starts: '0' }) },
    // The kernel opens it for init before anything is mounted.
    { kind: 'character-device', path: 'dev/console', major: 5, minor: 1 },
  ];
}

/**
 * Writes the initramfs to `outFile`, which is replaced only when all is done.
 * @throws InitramfsError, DebianError
 */
export async function buildInitramfs(options: InitramfsOptions): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-initramfs-'));
  try {
    const programs = await programEntries(options.arch, options.cacheDir, scratch);
    const modules = moduleEntries(join(options.kernelModulesDir, options.kernelVersion));
    const archives = [writeCpio([...programs, ...modules, ...ownEntries()])];
    if (options.overlay !== undefined) archives.push(writeCpio(options.overlay));
    // gzip, because every kernel configuration can unpack it. Node writes no name and no time into its header.
    const image = Buffer.concat(archives.map((archive) => gzipSync(archive, { level: 9 })));
    writeFileSync(`${options.outFile}.new`, image);
    renameSync(`${options.outFile}.new`, options.outFile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
