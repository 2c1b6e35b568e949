/** Which kernel modules the initramfs carries, and in which order insmod takes them. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InitramfsError } from './errors.ts';

/**
 * The modules by the moment at which `init` loads them. The watchdog is apart, because its driver stops the counter that the
 * boot script started: it is loaded when something is ready to feed it.
 */
export const MODULES = {
  pstore: ['ramoops'],
  block: ['virtio_pci', 'virtio_blk'],
  watchdog: ['i6300esb'],
  // ext4 asks for crc32c by an alias that insmod does not resolve.
  filesystems: [
    'crc32c_generic',
    'ext4',
    'nls_cp437',
    'nls_ascii',
    'nls_iso8859-1',
    'vfat',
    'loop',
    'squashfs',
    'overlay',
  ],
} as const satisfies Record<string, readonly string[]>;

const INDEX_SIZE_MAX = 16 * 1024 * 1024;

/** What depmod left: every module file with those it needs, and the names of those that are part of the kernel itself. */
export interface ModuleIndex {
  /** Paths relative to the directory of the version, as in modules.dep. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** Names as `moduleName` gives them. */
  readonly builtin: ReadonlySet<string>;
}

/** The kernel takes - and _ for the same; files use either. */
export function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

/** From the texts of modules.dep and modules.builtin. */
export function parseModuleIndex(dep: string, builtin: string): ModuleIndex {
  const needs = new Map<string, readonly string[]>();
  for (const line of dep.split('\n')) {
    const [path, rest] = line.split(':', 2);
    if (path === undefined || rest === undefined) continue;
    needs.set(path, rest.split(' ').filter(Boolean));
  }
  return { needs, builtin: new Set(builtin.split('\n').filter(Boolean).map(moduleName)) };
}

function readIndex(directory: string, name: string): string {
  const path = join(directory, name);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InitramfsError('no-modules', `cannot read ${path}: run depmod on the kernel's modules first`, { cause });
  }
  if (text.length > INDEX_SIZE_MAX) throw new InitramfsError('too-large', `cannot use ${path}: larger than 16 MiB`);
  return text;
}

/**
 * @param directory the directory of one kernel version, with modules.dep and modules.builtin
 * @throws InitramfsError no-modules, too-large
 */
export function readModuleIndex(directory: string): ModuleIndex {
  return parseModuleIndex(readIndex(directory, 'modules.dep'), readIndex(directory, 'modules.builtin'));
}

/**
 * The files to insert for these modules: what a module needs comes before it, nothing comes twice, what is built in is left out.
 * @param loaded files that are inserted already
 * @throws InitramfsError unknown-module, module-cycle
 */
export function orderModules(
  index: ModuleIndex,
  wanted: readonly string[],
  loaded: readonly string[] = [],
): readonly string[] {
  const paths = new Map([...index.needs.keys()].map((path) => [moduleName(path), path]));
  const before = new Set(loaded);
  const order = new Set<string>();
  const open = new Set<string>();

  function add(path: string): void {
    if (before.has(path) || order.has(path)) return;
    if (open.has(path)) throw new InitramfsError('module-cycle', `cannot order the modules: ${path} needs itself`);
    const needs = index.needs.get(path);
    if (needs === undefined) throw new InitramfsError('unknown-module', `cannot find ${path}: modules.dep lacks it`);
    open.add(path);
    for (const needed of needs) add(needed);
    open.delete(path);
    order.add(path);
  }

  for (const name of wanted) {
    const path = paths.get(moduleName(name));
    if (path !== undefined) add(path);
    else if (!index.builtin.has(moduleName(name))) {
      throw new InitramfsError('unknown-module', `cannot find the module ${name}: the kernel does not have it`);
    }
  }
  return [...order];
}
