/** For tests: the launcher with the sanitizers, and a device in a folder that it finds its files in. */
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { parseSnapInfo } from '../../../images/snap/index.ts';
import { type LaunchOptions, launchFileOf, launchText } from '../launch/index.ts';
import { LAUNCHER_DIRECTORY } from './compile.ts';

const flags = [
  ...['-std=gnu11', '-g', '-Wall', '-Wextra', '-Werror', '-fsanitize=address,undefined'],
  ...['-fno-sanitize-recover', '-DROOT_FOR_TESTS'],
];

/** For this machine. */
export async function compileChecked(outFile: string, sources: readonly string[]): Promise<void> {
  await promisify(execFile)('gcc', [...flags, '-o', outFile, ...sources], { cwd: LAUNCHER_DIRECTORY });
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

export interface SnapCall {
  readonly argv0?: string;
  /** With its process id. */
  readonly onStart?: (pid: number) => void;
  /** With all that it has said so far. */
  readonly onError?: (said: string) => void;
}

export interface LauncherDevice {
  readonly root: string;
  /** Writes files by their path on the device; what begins with `#!` can be executed. */
  put(files: Readonly<Record<string, string>>): Promise<void>;
  link(path: string, target: string): Promise<void>;
  /** The launch file of a revision that `current` leads to from now on. */
  install(
    yaml: string,
    place?: { instance: string; revision: string },
    options?: Partial<LaunchOptions>,
  ): Promise<void>;
  snap(words: readonly string[], options?: SnapCall): Promise<Ended>;
}

/** Who runs the tests, in the device's passwd. */
export const uid = process.getuid?.() ?? 0;
export const home = '/home/me';

/** @param program the launcher, compiled with `compileChecked` */
export async function launcherDevice(
  t: Test,
  program: string,
  given: Readonly<Record<string, string>> = {},
): Promise<LauncherDevice> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'hf-launcher-')));
  t.teardown(() => rm(root, { recursive: true }));
  const device: LauncherDevice = {
    root,
    async put(files) {
      for (const [path, text] of Object.entries(files)) {
        const place = join(root, path);
        await mkdir(dirname(place), { recursive: true });
        await writeFile(place, text);
        if (text.startsWith('#!')) await chmod(place, 0o755);
      }
    },
    async link(path, target) {
      const place = join(root, path);
      await mkdir(dirname(place), { recursive: true });
      await rm(place, { force: true });
      await symlink(target, place);
    },
    async install(yaml, place = { instance: 'demo', revision: '7' }, options = {}) {
      const info = parseSnapInfo(`version: '1.0'\nsummary: s\n${yaml}`);
      const all = { architecture: 'arm64', flags: { devmode: true }, hooks: info.hooks.keys(), ...options };
      await device.put({ [launchFileOf(place)]: launchText(info, place, all) });
      await device.link(`snap/${place.instance}/current`, place.revision);
    },
    snap(words, { argv0 = '/usr/bin/snap', onStart, onError } = {}) {
      const env = { ...given, LAUNCHER_TEST_ROOT: root };
      const child = spawn(program, words, { argv0, env, stdio: ['ignore', 'pipe', 'pipe'] });
      onStart?.(child.pid ?? 0);
      let [out, said] = ['', ''];
      child.stdout.on('data', (data) => {
        out += String(data);
      });
      child.stderr.on('data', (data) => {
        said += String(data);
        onError?.(said);
      });
      return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, out, said }));
      });
    },
  };
  await device.put({
    'etc/passwd': `root:x:99999:0:root:/root:/bin/sh\nme:x:${uid}:${uid}::${home}:/bin/sh\n`,
    'proc/cmdline': 'quiet snap_kernel=k_1.snap snap_core=bookworm_1.snap\n',
    // `env` prints what it was given, with a NUL after each.
    'snap/demo/7/bin/say': '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n',
  });
  await device.link('snap/demo/7/bin/env', '/usr/bin/env');
  return device;
}

/** What `env -0` printed, without what only the tests have. */
export function environmentIn(out: string): Readonly<Record<string, string>> {
  const entries = out
    .split('\0')
    .filter((entry) => entry !== '' && !/^(LAUNCHER_TEST_|NODE_OPTIONS=|_TAPJS_)/.test(entry));
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}
