/** Compiles the dead man as it goes into the initramfs. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Architecture } from '../debian.ts';
import { InitramfsError } from '../errors.ts';

/** Debian's names for its compilers; the one of the host's own architecture has this name too. */
const COMPILERS: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu-gcc',
  arm64: 'aarch64-linux-gnu-gcc',
};

/** The sources, relative to this directory. */
export const SOURCES: readonly string[] = ['control.c', 'deadline.c', 'deadman.c', 'options.c', 'trace.c'];

/** Nothing of the build (paths, an id, symbols) stays in the program: the same sources give the same bytes. */
const FLAGS: readonly string[] = [
  '-std=gnu11',
  '-static',
  '-Os',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-s',
  '-Wl,--build-id=none',
];

/** The directory of the sources. */
export const DEADMAN_DIRECTORY = fileURLToPath(new URL('.', import.meta.url));

/** @throws InitramfsError compiler-failed */
export async function compileDeadman(architecture: Architecture, outFile: string): Promise<void> {
  try {
    await promisify(execFile)(COMPILERS[architecture], [...FLAGS, '-o', outFile, ...SOURCES], {
      cwd: DEADMAN_DIRECTORY,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InitramfsError('compiler-failed', `cannot compile the dead man for ${architecture}: ${reason}`, {
      cause,
    });
  }
}
