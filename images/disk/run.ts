import { spawn } from 'node:child_process';
import { EPOCH_SECONDS } from './epoch.ts';
import { DiskImageError } from './error.ts';

/** Output of a tool that is kept; what is beyond it is counted, not stored. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** The Debian package that brings a tool, for the message when it is missing. */
const PACKAGES: Readonly<Record<string, string>> = {
  'aarch64-linux-gnu-strip': 'binutils-aarch64-linux-gnu',
  'apt-get': 'apt',
  debugfs: 'e2fsprogs',
  depmod: 'kmod',
  'dpkg-deb': 'dpkg',
  mcopy: 'mtools',
  mke2fs: 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  mkimage: 'u-boot-tools',
  mksquashfs: 'squashfs-tools',
  mmd: 'mtools',
  sgdisk: 'gdisk',
  unsquashfs: 'squashfs-tools',
};

export interface RunOptions {
  readonly cwd?: string;
  /** Fed to the tool's standard input. */
  readonly input?: string | Uint8Array;
  /** Added to the fixed environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** For tools that end with status 0 after an error: every line of their error output must match this. */
  readonly errorsAllowed?: RegExp;
  /** For tools that download: the caller's environment as it is, with its proxies and certificates. */
  readonly inheritEnvironment?: boolean;
  /** Milliseconds after which the tool is killed; ten minutes unless told. */
  readonly timeoutMs?: number;
}

/**
 * The environment of every tool: fixed, so that neither language, time zone nor a caller's SOURCE_DATE_EPOCH reaches the bytes;
 * `/usr/sbin` is searched because an ordinary user's PATH lacks it.
 */
function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`,
    HOME: process.env['HOME'] ?? '/',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...extra,
  };
}

/** Variables by which the file system tools and mtools take their idea of the present. */
export const FIXED_TIME: Readonly<Record<string, string>> = {
  SOURCE_DATE_EPOCH: String(EPOCH_SECONDS),
  E2FSPROGS_FAKE_TIME: String(EPOCH_SECONDS),
};

/**
 * Runs a tool to its end and returns what it printed on standard output.
 * @throws DiskImageError `tool-missing` with the package to install, `tool-failed` with the end of its error output
 */
export async function run(tool: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(tool, args, {
    cwd: options.cwd,
    env: options.inheritEnvironment === true ? process.env : environment(options.env),
    stdio: 'pipe',
  });
  // Not spawn's own `timeout`: its timer outlives a program that was not found, and keeps this process alive.
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 600_000);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < MAX_OUTPUT_BYTES) output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  child.stdin.on('error', () => {
    // A tool that ends without reading its input says so by its exit status.
  });
  child.stdin.end(options.input ?? '');
  child.on('error', (error: NodeJS.ErrnoException) => {
    const hint = `install the Debian package ${PACKAGES[tool] ?? `that has ${tool}`}`;
    reject(
      error.code === 'ENOENT'
        ? new DiskImageError('tool-missing', `cannot run ${tool}: not found, ${hint}`)
        : new DiskImageError('tool-failed', `cannot run ${tool}: ${error.message}`),
    );
  });
  child.on('close', (code, signal) => {
    const { errorsAllowed } = options;
    const complaint = errorsAllowed && errors.split('\n').find((line) => line !== '' && !errorsAllowed.test(line));
    if (code === 0 && complaint === undefined) resolve(output);
    else {
      const told = errors.trim() || output.slice(-2000).trim() || 'no message';
      reject(
        new DiskImageError(
          'tool-failed',
          `cannot run ${tool} ${args.slice(0, 3).join(' ')}: ${signal ?? `status ${code}`}: ${told}`,
        ),
      );
    }
  });
  return promise.finally(() => clearTimeout(timer));
}
