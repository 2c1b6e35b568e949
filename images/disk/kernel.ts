import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildInitramfs } from '../../bootloader/initramfs/build.ts';
import { debFiles, fetchPackages, unpackDebs } from './apt.ts';
import { cached } from './cache.ts';
import { DiskImageError } from './error.ts';
import { digestFile, digestSources, type FileDigest } from './hash.ts';
import { missingModules } from './modules.ts';
import { silent, step } from './progress.ts';
import { run } from './run.ts';
import { packSnap, type SnapOptions } from './snap.ts';

const SOURCES = join(import.meta.dirname, 'kernel');
const INITRAMFS_SOURCES = join(import.meta.dirname, '../../bootloader/initramfs');

export interface KernelOptions extends SnapOptions {
  /** Changes inside the initramfs; see bootloader/initramfs/build.ts. */
  readonly initramfsOverlay?: Parameters<typeof buildInitramfs>[0]['overlay'];
}

async function moduleNames(): Promise<string[]> {
  return (await readFile(join(SOURCES, 'modules.txt'), 'utf8')).split('\n').filter((line) => line !== '');
}

/** The kernel's version as its modules directory names it, from the package's file name. */
function versionOf(deb: string): string {
  const version = /^linux-image-([0-9][^_]*)_/.exec(basename(deb))?.[1];
  if (version === undefined) throw new DiskImageError('bad-input', `cannot tell the kernel version from "${deb}"`);
  return version;
}

/** Image, modules and depmod's tables of Debian's kernel: `kernel.img`, `modules/<version>/`, `firmware/`. */
async function fillTree(tree: string, deb: string, version: string): Promise<void> {
  const modules = await moduleNames();
  const inPackage = `lib/modules/${version}`;
  const members = [...modules, 'modules.builtin', 'modules.builtin.modinfo', 'modules.order'];
  await unpackDebs([deb], tree, [`./boot/vmlinuz-${version}`, ...members.map((name) => `./${inPackage}/${name}`)]);
  const missing = await missingModules(join(tree, inPackage), modules);
  if (missing.length > 0)
    throw new DiskImageError(
      'bad-input',
      `cannot use kernel/modules.txt: it lacks what its modules need: ${missing.join(', ')}`,
    );
  await run('depmod', ['-b', tree, version]);
  await rename(join(tree, 'boot', `vmlinuz-${version}`), join(tree, 'kernel.img'));
  await rename(join(tree, 'lib/modules'), join(tree, 'modules'));
  await rm(join(tree, 'boot'), { recursive: true });
  await rm(join(tree, 'lib'), { recursive: true });
  await mkdir(join(tree, 'firmware'));
  // What tar and depmod made without being told a mode has the umask's.
  await run('chmod', ['-R', 'u=rwX,go=rX', tree]);
}

async function initramfs(options: KernelOptions, tree: string, version: string, treeKey: unknown): Promise<string> {
  const { cacheDir, initramfsOverlay: overlay, report = silent } = options;
  const key = { treeKey, sources: await digestSources(INITRAMFS_SOURCES), overlay: overlay ?? null };
  const directory = await cached(cacheDir, 'initramfs', key, (scratch) =>
    step(report, 'building the initramfs', async () => {
      await buildInitramfs({
        kernelModulesDir: join(tree, 'modules'),
        kernelVersion: version,
        arch: 'arm64',
        outFile: join(scratch, 'initrd.img'),
        cacheDir,
        ...(overlay === undefined ? {} : { overlay }),
      });
    }),
  );
  return join(directory, 'initrd.img');
}

/**
 * Builds the kernel snap `virt-kernel`: Debian's arm64 kernel (not the cloud one, which lacks the i6300esb watchdog) as a raw
 * Image, the initramfs of this repository, and the modules that kernel/modules.txt names.
 */
export async function buildKernel(options: KernelOptions): Promise<FileDigest> {
  const { cacheDir, report = silent } = options;
  const [deb = ''] = await debFiles(
    await fetchPackages({ cacheDir, arch: 'arm64', packages: { kernel: true }, report }),
  );
  const version = versionOf(deb);
  const key = {
    deb: (await digestFile(deb)).sha256,
    sources: await digestSources(SOURCES),
    code: await digestSources(import.meta.dirname),
  };
  const tree = await cached(cacheDir, 'kernel-tree', key, (scratch) =>
    step(report, `unpacking the kernel ${version}`, () => fillTree(scratch, deb, version)),
  );
  const initrd = await readFile(await initramfs(options, tree, version, key));
  const meta = {
    name: 'virt-kernel',
    type: 'kernel',
    summary: `Debian kernel ${version} for arm64 virtual machines`,
  } as const;
  return packSnap(options, meta, tree, key, [{ path: 'initrd.img', content: initrd }]);
}
