import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import type { OverlayEntry } from './overlay.ts';

/** Optional parts of dependencies that the device does without, and native parts that are no JavaScript. */
const EXTERNAL = ['usocket', 'x11', '@napi-rs/lzma-*', '*.node', '*.cjs'];

/** CommonJS dependencies inside an ES module call `require` for what Node itself brings. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * Bundles the agent: one file with everything that every start needs, and one more for each module that is imported on first use
 * (D-Bus). The text depends on the sources only, not on where the repository or the output lies.
 * @param entry source file, `main.js` in the output
 * @param directory empty, receives the files
 * @param others more source files, by their name in the output without `.js`: what is started by its path (a worker)
 */
export async function bundle(
  repository: string,
  entry: string,
  directory: string,
  others: Readonly<Record<string, string>> = {},
): Promise<void> {
  try {
    await build({
      absWorkingDir: repository,
      entryPoints: { main: entry, ...others },
      outdir: directory,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      external: EXTERNAL,
      banner: { js: BANNER },
      legalComments: 'none',
      logLevel: 'error',
    });
  } finally {
    // esbuild's helper process would keep this one from ending.
    await stop();
  }
}

/** The files of a bundle as part of a snap. */
export async function bundleFiles(directory: string, target: string): Promise<OverlayEntry[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.js')).sort();
  return Promise.all(
    names.map(async (name) => ({ path: `${target}/${name}`, content: await readFile(join(directory, name)) })),
  );
}
