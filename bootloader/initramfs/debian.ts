/** Debian packages of any architecture, kept in a cache by name and version. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Apt, type Architecture, DebianError, type Offer, run } from './apt.ts';

export { type Architecture, DebianError, type DebianErrorCode } from './apt.ts';

/** A package file in the cache. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly architecture: Architecture;
  readonly path: string;
}

function isThere(path: string, size: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === size;
}

/** Downloads into a directory of its own, then moves: a file under its name in the cache is whole. */
async function download(apt: Apt, names: readonly string[], debs: string): Promise<Offer[]> {
  const directory = mkdtempSync(join(debs, '.new-'));
  try {
    try {
      await apt.download(names, directory);
    } catch {
      // Old lists name versions that the archive has replaced since.
      await apt.update();
      await apt.download(names, directory);
    }
    const offers = await apt.offers(names);
    for (const { file } of offers) renameSync(join(directory, file), join(debs, file));
    return offers;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * The packages of these names, in their order and in the versions that apt offers first; only what the cache lacks is downloaded,
 * to `<cacheDir>/debs/<name>_<version>_<architecture>.deb`. The lists are fetched once and stay, so builds from one cache agree.
 * @throws DebianError bad-name, apt-failed, no-package
 */
export async function fetchPackages(
  names: readonly string[],
  architecture: Architecture,
  cacheDir: string,
): Promise<Package[]> {
  for (const name of names) {
    if (!/^[a-z0-9][a-z0-9.+-]+$/.test(name))
      throw new DebianError('bad-name', `cannot fetch '${name}': no package name`);
  }
  const debs = join(cacheDir, 'debs');
  mkdirSync(debs, { recursive: true });
  const apt = new Apt(architecture, cacheDir);
  await apt.prepare();
  const offers = await apt.offers(names);
  const missing = offers.filter(({ file, size }) => !isThere(join(debs, file), size)).map(({ name }) => name);
  const fetched = missing.length > 0 ? await download(apt, missing, debs) : [];
  return offers.map((offer) => {
    const { name, version, file } = fetched.find((candidate) => candidate.name === offer.name) ?? offer;
    return { name, version, architecture, path: join(debs, file) };
  });
}

/** One package; see fetchPackages. */
export async function fetchPackage(name: string, architecture: Architecture, cacheDir: string): Promise<Package> {
  const [found] = await fetchPackages([name], architecture, cacheDir);
  if (found === undefined) throw new DebianError('no-package', `cannot find the package ${name}`);
  return found;
}

/** One field of a package's control file (`Depends`, `Version`, ...); empty where it has none. @throws DebianError unpack-failed */
export async function packageField({ path }: Package, field: string): Promise<string> {
  return (await run('unpack-failed', 'dpkg-deb', ['--field', path, field])).trim();
}

/** Unpacks a package into a directory, which is made if it is not there. @throws DebianError unpack-failed */
export async function unpackPackage({ path }: Package, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await run('unpack-failed', 'dpkg-deb', ['--extract', path, directory]);
}
