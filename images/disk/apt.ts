import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, withScratch } from './cache.ts';
import { DiskImageError } from './error.ts';
import { type Report, silent, step } from './progress.ts';
import { run } from './run.ts';

const SUITES = ['debian bookworm', 'debian bookworm-updates', 'debian-security bookworm-security'] as const;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const UNPACK = join(import.meta.dirname, 'unpack.sh');
const DEFAULT_MIRROR = 'http://deb.debian.org';

export interface FetchOptions {
  readonly cacheDir: string;
  /** Debian's name of the architecture. */
  readonly arch: string;
  /** Debian 12 package names; `{kernel: true}` in their place means the newest kernel that linux-image-<arch> names. */
  readonly packages: readonly string[] | { readonly kernel: true };
  readonly report?: Report;
}

/** apt with a root of its own: no root rights, no foreign architecture on the machine, none of its package lists. */
function aptArgs(root: string, arch: string): string[] {
  const settings = {
    'Dir::State': join(root, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(root, 'cache'),
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'APT::Architecture': arch,
    'APT::Architectures': arch,
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '60',
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

async function prepareApt(root: string, arch: string): Promise<string[]> {
  const mirror = process.env['HOLDFAST_DEBIAN_MIRROR'] ?? DEFAULT_MIRROR;
  const lines = SUITES.map((suite) => `deb [signed-by=${KEYRING} arch=${arch}] ${mirror}/${suite} main`);
  await mkdir(join(root, 'state/lists/partial'), { recursive: true });
  await mkdir(join(root, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(root, 'sources.list'), `${lines.join('\n')}\n`);
  const args = aptArgs(root, arch);
  await run('apt-get', [...args, '-qq', 'update'], { inheritEnvironment: true });
  return args;
}

async function kernelPackage(args: readonly string[], arch: string): Promise<string> {
  const text = await run('apt-cache', [...args, 'depends', `linux-image-${arch}`]);
  const name = /Depends: (linux-image-[0-9][^\s<>]*)/.exec(text)?.[1];
  if (name === undefined)
    throw new DiskImageError('bad-input', `cannot find the kernel that linux-image-${arch} depends on in "${text}"`);
  return name;
}

/**
 * Downloads Debian 12 packages with apt, which checks their signatures. What was downloaded once is used again until the cache
 * is removed, so builds from one cache do not change under one's feet.
 * @returns a directory with the .deb files, named as the archive names them
 */
export async function fetchPackages({ cacheDir, arch, packages, report = silent }: FetchOptions): Promise<string> {
  const what = 'kernel' in packages ? 'the Debian kernel' : `${packages.length} Debian packages`;
  return cached(cacheDir, 'packages', { arch, packages }, (scratch) =>
    step(report, `downloading ${what} for ${arch}`, () =>
      withScratch(cacheDir, 'apt', async (root) => {
        const args = await prepareApt(root, arch);
        const names = 'kernel' in packages ? [await kernelPackage(args, arch)] : packages;
        const downloads = join(root, 'debs');
        await mkdir(downloads);
        await run('apt-get', [...args, '-qq', 'download', ...names], { cwd: downloads, inheritEnvironment: true });
        for (const file of await readdir(downloads)) await rename(join(downloads, file), join(scratch, file));
        const got = (await readdir(scratch)).length;
        if (got !== names.length)
          throw new DiskImageError(
            'bad-input',
            `cannot use the download: ${names.length} packages asked for, ${got} came`,
          );
      }),
    ),
  );
}

/** The .deb files of a download, in a fixed order, with full paths. */
export async function debFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.deb'));
  return names.sort().map((name) => join(directory, name));
}

/**
 * Unpacks packages into a tree, see unpack.sh.
 * @param members tar arguments that choose what is unpacked (`--exclude=...` or names)
 */
export async function unpackDebs(debs: readonly string[], tree: string, members: readonly string[]): Promise<void> {
  await run('bash', [UNPACK, tree, String(debs.length), ...debs, ...members]);
}
