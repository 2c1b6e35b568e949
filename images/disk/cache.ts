import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Raised when the way something is built changes without a change in its declared inputs. */
const CACHE_FORMAT = 1;

/** Where builds keep what they can use again: HOLDFAST_CACHE, else XDG_CACHE_HOME/holdfast, else ~/.cache/holdfast. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env['HOLDFAST_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'holdfast');
}

/** The name under which a thing made of these inputs is kept. Inputs are plain data; files go in as their digests. */
export function cacheKey(inputs: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([CACHE_FORMAT, inputs]))
    .digest('hex')
    .slice(0, 32);
}

/**
 * The directory made of these inputs: from the cache, else built now. Building happens in a directory of its own that gets its
 * name only when it is complete, so neither a killed build nor two at once leave a half one behind.
 * @returns the directory; treat it as read-only
 */
export async function cached(
  cacheDir: string,
  kind: string,
  inputs: unknown,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const final = join(cacheDir, kind, cacheKey(inputs));
  if (existsSync(final)) return final;
  return withScratch(cacheDir, kind, async (scratch) => {
    await build(scratch);
    await mkdir(join(cacheDir, kind), { recursive: true });
    await rename(scratch, final).catch((error: NodeJS.ErrnoException) => {
      // Another build finished the same thing first: its bytes are these bytes.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return final;
  });
}

/** Lends a fresh directory on the file system of the cache, and removes what is left of it afterwards. */
export async function withScratch<T>(
  cacheDir: string,
  name: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const scratch = join(cacheDir, 'tmp', `${name}-${randomUUID()}`);
  await mkdir(scratch, { recursive: true });
  try {
    return await use(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
