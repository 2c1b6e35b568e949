/**
 * Builds the launcher: `node agent/confine/launcher/compile.ts amd64|arm64 FILE`. It is static and without anything of the
 * build in it: the same sources give the same bytes, and it runs on every base.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export type LauncherArchitecture = 'amd64' | 'arm64';

/** Debian's names for its compilers; the one of the host's own architecture has this name too. */
const compilers: Readonly<Record<LauncherArchitecture, string>> = {
  amd64: 'x86_64-linux-gnu-gcc',
  arm64: 'aarch64-linux-gnu-gcc',
};

/** Without system calls. */
export const PURE_SOURCES: readonly string[] = [
  ...['arguments.c', 'environment.c', 'expand.c', 'failure.c', 'launch-file.c', 'lookup.c', 'memory.c', 'names.c'],
  ...['place.c', 'request.c', 'schedule.c'],
];

/** The sources, relative to this directory. */
export const SOURCES: readonly string[] = [
  ...PURE_SOURCES,
  ...['confine.c', 'files.c', 'inhibit.c', 'located.c', 'main.c', 'run.c', 'track.c'],
];

export const LAUNCHER_DIRECTORY = import.meta.dirname;

/** 4 KiB pages: arm64's default of 64 KiB only pads the file. */
const flags: readonly string[] = [
  ...['-std=gnu11', '-static', '-Os', '-Wall', '-Wextra', '-Werror', '-s'],
  ...['-Wl,--build-id=none', '-Wl,-z,max-page-size=4096'],
];

/** Rejects where the compiler is missing or finds something wrong; what it said is in the message. */
export async function compileLauncher(architecture: LauncherArchitecture, outFile: string): Promise<void> {
  try {
    await promisify(execFile)(compilers[architecture], [...flags, '-o', outFile, ...SOURCES], {
      cwd: LAUNCHER_DIRECTORY,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot compile the launcher for ${architecture}: ${reason}`, { cause });
  }
}

if (import.meta.main) {
  const [architecture, outFile] = process.argv.slice(2);
  if ((architecture !== 'amd64' && architecture !== 'arm64') || outFile === undefined) {
    throw new Error('cannot build the launcher: say amd64 or arm64, and where to put it');
  }
  await compileLauncher(architecture, outFile);
}
