import { chmod, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { debFiles, fetchPackages, unpackDebs } from './apt.ts';
import { baseFixups } from './base-fixups.ts';
import { cached } from './cache.ts';
import { digestFile, digestSources, type FileDigest } from './hash.ts';
import { applyOverlay } from './overlay.ts';
import { type Report, silent, step } from './progress.ts';
import { packSnap, type SnapOptions } from './snap.ts';
import type { OwnedFile } from './squash.ts';

const SOURCES = join(import.meta.dirname, 'base');

/** Never unpacked: documentation, translations, character sets, and what only other init systems read. */
const EXCLUDED = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/bash-completion',
  'usr/share/zsh',
  'usr/share/gdb',
  'usr/share/initramfs-tools',
  'usr/lib/*/gconv',
  'usr/lib/udev/hwdb.d',
  'etc/init.d',
  'etc/rc?.d',
  'etc/cron*',
  'etc/update-motd.d',
];

/** Stock AppArmor profiles cost up to 5 s at first boot; snaps bring their own, on top of these. */
const KEPT_IN_APPARMOR = ['abi', 'abstractions', 'disable', 'force-complain', 'local', 'tunables'];

/** Files of other groups (shadow 42, messagebus 101); the second is setuid for that group only. */
const OWNED: readonly OwnedFile[] = [
  { path: 'etc/shadow', mode: '0640', group: 42 },
  { path: 'etc/gshadow', mode: '0640', group: 42 },
  { path: 'usr/lib/dbus-1.0/dbus-daemon-launch-helper', mode: '4754', group: 101 },
];

async function packageNames(): Promise<string[]> {
  const lines = (await readFile(join(SOURCES, 'packages.txt'), 'utf8')).split('\n');
  return lines
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.split(/\s+/).filter((name) => name !== ''));
}

async function fillTree(tree: string, debs: readonly string[]): Promise<void> {
  await chmod(tree, 0o755);
  for (const name of ['usr', 'usr/bin', 'usr/sbin', 'usr/lib']) {
    await mkdir(join(tree, name));
    await chmod(join(tree, name), 0o755);
  }
  for (const name of ['bin', 'sbin', 'lib']) await symlink(`usr/${name}`, join(tree, name));
  await unpackDebs(
    debs,
    tree,
    EXCLUDED.map((path) => `--exclude=./${path}`),
  );
  const profiles = join(tree, 'etc/apparmor.d');
  for (const name of await readdir(profiles))
    if (!KEPT_IN_APPARMOR.includes(name)) await rm(join(profiles, name), { recursive: true });
  await applyOverlay(tree, await baseFixups(SOURCES));
}

/** The unpacked base, from the cache or made now, with what identifies it. */
async function baseTree(cacheDir: string, report: Report): Promise<{ readonly tree: string; readonly key: unknown }> {
  const debs = await debFiles(await fetchPackages({ cacheDir, arch: 'arm64', packages: await packageNames(), report }));
  const digests = await Promise.all(debs.map(async (deb) => (await digestFile(deb)).sha256));
  const key = { digests, sources: await digestSources(SOURCES), code: await digestSources(import.meta.dirname) };
  const tree = await cached(cacheDir, 'base-tree', key, (scratch) =>
    step(report, `unpacking ${debs.length} packages`, () => fillTree(scratch, debs)),
  );
  return { tree, key };
}

/**
 * Builds the base snap `bookworm`: Debian's systemd with what it needs, 64 packages by extraction, and the units that mount and
 * start the agent. As an ordinary user, without running a single arm64 program.
 */
export async function buildBase(options: SnapOptions): Promise<FileDigest> {
  const { tree, key } = await baseTree(options.cacheDir, options.report ?? silent);
  const meta = { name: 'bookworm', type: 'base', summary: 'Debian 12 with systemd for Holdfast' } as const;
  return packSnap(options, meta, tree, key, [], OWNED);
}
