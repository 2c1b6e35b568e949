/** The daemon as it is shipped, under `--root` of a folder of its own, for the time of a measurement. */
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DaemonProcess, holdfast, startDaemonProcess } from '../../agent/fixture-process.ts';
import { addonPath, hostArch, REPOSITORY } from '../../agent/system/native/build.ts';
import { bundle } from '../../images/disk/bundle.ts';

export interface Bench {
  readonly folder: string;
  readonly root: string;
  readonly daemon: DaemonProcess;
  /** Runs a `holdfast` command on it. @throws Error when it fails */
  run(...words: readonly string[]): Promise<string>;
}

/** In the build folder, not below /tmp, which may be in memory. */
export async function withDaemon(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(REPOSITORY, 'build/bench-'));
  const ends: (() => unknown)[] = [() => rm(folder, { recursive: true })];
  try {
    const root = join(folder, 'root');
    const program = await unpackAgent(join(folder, 'agent'));
    const daemon = await startDaemonProcess({ teardown: (end) => ends.unshift(end) }, root, {}, [program]);
    await work({
      folder,
      root,
      daemon,
      async run(...words) {
        const { code, out, err } = await holdfast('--root', root, ...words);
        if (code !== 0) throw new Error(`cannot run holdfast ${words.join(' ')}: ${err}${out}`);
        return out;
      },
    });
    await daemon.stop();
  } finally {
    for (const end of ends) await end();
  }
}

/** Lays the agent out as its snap has it (images/disk/agent.ts), for this machine. @returns the program */
async function unpackAgent(folder: string): Promise<string> {
  const modules = join(REPOSITORY, 'node_modules');
  for (const name of ['bin', 'lib']) await mkdir(join(folder, name), { recursive: true });
  await bundle(REPOSITORY, 'agent/main.ts', join(folder, 'lib'), { worker: 'agent/system/worker.ts' });
  await writeFile(join(folder, 'lib/package.json'), '{ "type": "module" }\n');
  const lzma = `@napi-rs/lzma-linux-${process.arch}-gnu/lzma.linux-${process.arch}-gnu.node`;
  const links = {
    'bin/node': process.execPath,
    'lib/holdfast.node': addonPath(hostArch()),
    'lib/better_sqlite3.node': join(modules, `better-sqlite3/prebuilds/linux-${process.arch}.node`),
    'lib/lzma.node': join(modules, lzma),
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(folder, name));
  const program = join(folder, 'bin/holdfast');
  await copyFile(join(REPOSITORY, 'images/disk/agent/holdfast'), program);
  await chmod(program, 0o755);
  return program;
}
