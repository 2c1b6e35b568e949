import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A module's name: `-` and `_` are the same to the kernel. */
function nameOf(path: string): string {
  return basename(path, '.ko').replaceAll('-', '_');
}

/** The modules that a module says it needs, from the text of its .modinfo section. */
export function dependsOf(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString('latin1');
  const match = /\0depends=([^\0]*)\0/.exec(text);
  return (match?.[1] ?? '').split(',').filter((name) => name !== '');
}

/**
 * The modules that the listed ones need and that are not listed. Without this check a forgotten one shows only on the device.
 * @param root directory that the paths are relative to
 */
export async function missingModules(root: string, paths: readonly string[]): Promise<string[]> {
  const listed = new Set(paths.map(nameOf));
  const missing = new Set<string>();
  for (const path of paths)
    for (const name of dependsOf(await readFile(join(root, path))))
      if (!listed.has(name.replaceAll('-', '_'))) missing.add(name);
  return [...missing].sort();
}
