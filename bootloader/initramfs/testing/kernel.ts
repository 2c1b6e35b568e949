/** Debian's arm64 kernel, as the tests boot it. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackage, packageField } from '../debian.ts';
import { CACHE, run } from './run.ts';

export interface Kernel {
  readonly image: string;
  /** The `lib/modules` directory, after depmod. */
  readonly modulesDir: string;
  readonly version: string;
}

const FOLDERS = ['fs', 'lib', 'crypto', 'drivers/virtio', 'drivers/block', 'drivers/watchdog'];
const UNPACK = 'deb=$1 to=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --wildcards "$@"';

/** The kernel with the few modules that matter here, unpacked once into the cache. */
export async function debianKernel(): Promise<Kernel> {
  const depends = await packageField(await fetchPackage('linux-image-arm64', 'arm64', CACHE), 'Depends');
  const deb = await fetchPackage(depends.split(' ')[0] ?? '', 'arm64', CACHE);
  const root = join(CACHE, 'initramfs-test', `${deb.name}_${deb.version}`);
  const version = deb.name.replace('linux-image-', '');
  if (!existsSync(root)) {
    const modules = ['modules.*', ...FOLDERS.map((folder) => `kernel/${folder}`)];
    const scratch = `${root}.${process.pid}`;
    mkdirSync(scratch, { recursive: true });
    const patterns = ['./boot/vmlinuz-*', ...modules.map((name) => `./lib/modules/*/${name}`)];
    run('sh', '-c', UNPACK, 'sh', deb.path, scratch, ...patterns);
    run('depmod', '-b', scratch, version);
    if (existsSync(root)) rmSync(scratch, { recursive: true });
    else renameSync(scratch, root);
  }
  return { image: join(root, 'boot', `vmlinuz-${version}`), modulesDir: join(root, 'lib/modules'), version };
}
