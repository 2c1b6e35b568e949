import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { defaultCacheDir } from './cache.ts';
import type { Manifest } from './image.ts';

/** Building twice takes 30 s where nothing else runs. */
t.setTimeout(280_000);

const REPOSITORY = join(import.meta.dirname, '../..');

/** Kinds of cache entries that are downloads: shared, because the archives decide about their bytes, not we. */
const DOWNLOADS = ['packages', 'npm', 'debs', 'apt'];

/** Builds with a cache that holds nothing but downloads, and returns the manifest. */
async function build(
  repository: string,
  cache: string,
  out: string,
  umask: string,
  env: NodeJS.ProcessEnv,
): Promise<Manifest> {
  const shared = DOWNLOADS.map((kind) => join(defaultCacheDir(), kind));
  execFileSync('sh', ['-c', 'mkdir -p "$0" && for d; do [ ! -d "$d" ] || cp -a "$d" "$0/"; done', cache, ...shared]);
  const script = `umask ${umask}; exec "$0" images/disk/main.ts --out "$1"`;
  const options = { cwd: repository, env: { ...process.env, ...env, HOLDFAST_CACHE: cache } };
  const child = spawn('sh', ['-c', script, process.execPath, out], { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.on('data', (bytes: Buffer) => {
    told += bytes.toString();
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`cannot build in ${repository}: status ${status}\n${told}`);
  return JSON.parse(readFileSync(join(out, 'image/manifest.json'), 'utf8')) as Manifest;
}

/** A second copy of the sources at another path, with the same dependencies. */
function copyRepository(to: string): void {
  const files = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: REPOSITORY });
  execFileSync('sh', ['-c', 'mkdir -p "$0" && tar -c --null -T - | tar -x -C "$0"', to], {
    cwd: REPOSITORY,
    input: files,
  });
  execFileSync('cp', ['-a', '--link', join(REPOSITORY, 'node_modules'), to]);
}

t.test('two builds with empty caches, at another path, time and umask, give the same bytes', async (t) => {
  const directory = t.testdir();
  const copy = join(directory, 'a copy of it/holdfast');
  copyRepository(copy);
  const one = await build(REPOSITORY, join(directory, 'cache-1'), join(directory, 'out-1'), '022', {
    TZ: 'UTC',
    LC_ALL: 'C',
  });
  // FAT counts time in steps of two seconds, a day's difference cannot be had without root.
  await delay(2100);
  const elsewhere = { TZ: 'Asia/Kathmandu', LC_ALL: 'C.UTF-8', SOURCE_DATE_EPOCH: '86400', LANG: 'C.UTF-8' };
  const two = await build(copy, join(directory, 'other cache'), join(directory, 'out-2'), '077', elsewhere);
  t.same(Object.keys(one.files).sort(), [
    'bookworm_x1.snap',
    'disk.img',
    'holdfast_x1.snap',
    'uboot-env.img',
    'virt-kernel_x1.snap',
    'virt_x1.snap',
  ]);
  for (const [name, digest] of Object.entries(one.files)) t.same(two.files[name], digest, name);
});
