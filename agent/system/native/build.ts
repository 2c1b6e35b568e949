/**
 * Builds the N-API addon: `node agent/system/native/build.ts [amd64|arm64|host|all]`, to build/native/<arch>/holdfast.node.
 * A build whose sources, flags and compiler have not changed is left alone.
 *
 * The N-API headers come with the pinned `node-linux-*` package, so `npm ci` and gcc are all that a machine needs; N-API is
 * the same for both architectures, so the host's headers serve the cross compiler too.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type NativeArch = 'amd64' | 'arm64';

const HERE = import.meta.dirname;
export const REPOSITORY = join(HERE, '../../..');

const COMPILERS: Readonly<Record<NativeArch, readonly [command: string, debianPackage: string]>> = {
  amd64: ['x86_64-linux-gnu-gcc', 'gcc'],
  arm64: ['aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross'],
};

/** What the addon is made of. */
export const ADDON_SOURCES: readonly string[] = ['native.c', 'native-tree.c', 'native-hash.c', 'calls.c', 'tree.c'];
const HEADERS: readonly string[] = ['calls.h', 'tree.h', 'glue.h'];

/** 4 KiB pages keep the file below 40 KiB; arm64's default of 64 KiB pads it to more than that. */
const RELEASE_FLAGS = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-s', '-Wl,-z,max-page-size=4096'];

/** Both sanitizers, fatal at the first report, and the stand-ins of calls-fakes.c in place of reboot(2) and ioctl(2). */
export const SANITIZER_FLAGS: readonly string[] = [
  ...['-g', '-O1', '-Wall', '-Wextra', '-Werror', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  ...['-DHF_FAKES', '-Wl,--wrap=reboot,--wrap=ioctl'],
];

/** The architecture of this process under Debian's name. */
export function hostArch(): NativeArch {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`cannot build the native addon for ${process.arch}: only amd64 and arm64 are supported`);
}

/** The folder with node_api.h of the pinned Node. */
export function headers(): string {
  const folders = ['x64', 'arm64'].map((arch) => join(REPOSITORY, `node_modules/node-linux-${arch}/include/node`));
  const found = folders.find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found === undefined) throw new Error(`cannot find node_api.h in ${folders.join(' or ')}: run npm ci`);
  return found;
}

/** Compiles `sources` (names in this folder) to `out`, unless the stamp beside it says that this was done already. */
export function compile(
  arch: NativeArch,
  sources: readonly string[],
  flags: readonly string[],
  out: string,
): 'built' | 'unchanged' {
  const [compiler, debianPackage] = COMPILERS[arch];
  const run = (args: readonly string[]): string => {
    try {
      return execFileSync(compiler, args, { encoding: 'utf8', timeout: 120_000, stdio: ['ignore', 'pipe', 'inherit'] });
    } catch (cause) {
      const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      const why = missing ? `${compiler} is not installed: apt install ${debianPackage}` : `${compiler} failed`;
      throw new Error(`cannot build ${out}: ${why}`, { cause });
    }
  };
  const hash = createHash('sha256').update(JSON.stringify([run(['--version']), flags, sources]));
  for (const name of [...sources, ...HEADERS]) hash.update(readFileSync(join(HERE, name)));
  const stamp = `${hash.digest('hex')}\n`;
  const stampFile = `${out}.stamp`;
  if (existsSync(out) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return 'unchanged';
  mkdirSync(dirname(out), { recursive: true });
  // Under a name of its own and renamed, so that two builds at a time never show half a file.
  const fresh = `${out}.${process.pid}`;
  run([...flags, `-I${headers()}`, '-o', fresh, ...sources.map((name) => join(HERE, name))]);
  renameSync(fresh, out);
  writeFileSync(stampFile, stamp);
  return 'built';
}

/** Where the addon of an architecture is put. */
export function addonPath(arch: NativeArch, root: string = REPOSITORY): string {
  return join(root, 'build/native', arch, 'holdfast.node');
}

/** Builds the addon that is shipped; the path of the result, and whether it had to be built. */
export function buildAddon(arch: NativeArch, root?: string): { readonly path: string; readonly built: boolean } {
  const path = addonPath(arch, root);
  return { path, built: compile(arch, ADDON_SOURCES, RELEASE_FLAGS, path) === 'built' };
}

if (import.meta.main) {
  const wanted = process.argv[2] ?? 'host';
  const known: Readonly<Record<string, readonly NativeArch[]>> = {
    amd64: ['amd64'],
    arm64: ['arm64'],
    host: [hostArch()],
    all: ['amd64', 'arm64'],
  };
  const arches = known[wanted];
  if (arches === undefined) throw new Error(`cannot build for ${wanted}: say amd64, arm64, host or all`);
  for (const arch of arches) {
    const { path, built } = buildAddon(arch);
    console.log(`${built ? 'built' : 'unchanged'}: ${path}`);
  }
}
