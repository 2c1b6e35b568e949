import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { DiskImageError } from './error.ts';
import { type Report, silent, step } from './progress.ts';
import { run } from './run.ts';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity, `sha512-<base64>`. */
  readonly integrity: string;
}

/** What package-lock.json pins for a package. */
export async function lockedPackage(lockFile: string, name: string): Promise<LockedPackage> {
  const lock: unknown = JSON.parse(await readFile(lockFile, 'utf8'));
  const packages = lock !== null && typeof lock === 'object' && 'packages' in lock ? lock.packages : undefined;
  const found = Object.entries(packages ?? {}).find(([path]) => path === `node_modules/${name}`)?.[1] as unknown;
  if (found !== null && typeof found === 'object' && 'version' in found && 'integrity' in found)
    if (typeof found.version === 'string' && typeof found.integrity === 'string')
      return { name, version: found.version, integrity: found.integrity };
  throw new DiskImageError('bad-input', `cannot find ${name} with its integrity in ${lockFile}: run npm install`);
}

/** @throws DiskImageError `bad-digest` unless the bytes are the ones that were locked */
export function checkIntegrity(bytes: Uint8Array, { name, version, integrity }: LockedPackage): void {
  const actual = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (actual !== integrity)
    throw new DiskImageError(
      'bad-digest',
      `cannot use ${name}@${version}: its digest is ${actual}, the lock file says ${integrity}`,
    );
}

/**
 * The unpacked contents of an npm package, fetched by npm whatever this machine's architecture is, and checked against the lock
 * file before it is unpacked.
 */
export async function fetchNpm(cacheDir: string, locked: LockedPackage, report: Report = silent): Promise<string> {
  const directory = await cached(cacheDir, 'npm', { ...locked }, (scratch) =>
    step(report, `downloading ${locked.name}@${locked.version}`, async () => {
      const args = ['pack', '--loglevel', 'error', `${locked.name}@${locked.version}`];
      await run('npm', args, { cwd: scratch, inheritEnvironment: true });
      const [tarball = ''] = await readdir(scratch);
      checkIntegrity(await readFile(join(scratch, tarball)), locked);
      await run('tar', ['-x', '-z', '--no-same-owner', '-f', tarball], { cwd: scratch });
    }),
  );
  return join(directory, 'package');
}
