/** What really runs, from the kernel's own files: which kernel, started with which words, and what it mounted from where. */
import { open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Layout } from '../layout.ts';
import { maxCommandLine, maxMounts } from './bounds.ts';
import type { BootRecord } from './record.ts';

export type KernelFacts = Pick<BootRecord, 'kernel' | 'commandLine' | 'mounts'>;

const maxNoteBytes = 4096;
const maxMountBytes = 65_536;
/** File systems that hold what booted; the others are the kernel's and systemd's own. */
const mediumTypes: ReadonlySet<string> = new Set(['squashfs', 'ext4', 'vfat', 'overlay', 'btrfs', 'f2fs', 'erofs']);

/** Reads the facts. A file that is missing or unreadable is an absent fact. */
export async function readKernelFacts(layout: Layout): Promise<KernelFacts> {
  const text = (path: string) => readFile(path, 'utf8').catch(() => '');
  const [release, commandLine, mounts, notes] = await Promise.all([
    text(layout.kernelRelease),
    text(layout.commandLine),
    text(layout.mounts),
    readStart(layout.kernelNotes, maxNoteBytes),
  ]);
  const named = parseMounts(mounts.slice(0, maxMountBytes)).map(async ({ target, type, source }) => {
    const loop = /^\/dev\/(loop\d{1,5})$/.exec(source)?.[1];
    const file = loop === undefined ? '' : await text(join(layout.loopDevices, loop, 'loop/backing_file'));
    return `${target} ${type} ${file === '' ? source : basename(file.trim())}`;
  });
  return {
    kernel: { release: release.trim(), buildId: parseBuildId(notes) },
    commandLine: commandLine.trim().slice(0, maxCommandLine),
    mounts: await Promise.all(named),
  };
}

export interface Mount {
  readonly target: string;
  readonly type: string;
  readonly source: string;
}

/** The mounts of media in a mountinfo(5), the first of each target. */
export function parseMounts(text: string): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [before, after] = line.split(' - ', 2);
    const target = before?.split(' ')[4];
    const [type, source] = after?.split(' ') ?? [];
    if (target === undefined || type === undefined || source === undefined || !mediumTypes.has(type)) continue;
    if (mounts.size < maxMounts && !mounts.has(target))
      mounts.set(target, { target: plain(target), type, source: plain(source) });
  }
  return [...mounts.values()];
}

/** The kernel writes blanks as octal numbers. */
function plain(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

const gnuBuildId = 3;

/** The build id among ELF notes, as hex; "" where there is none. */
export function parseBuildId(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameAt = at + 12;
    const contentAt = nameAt + padded(view.getUint32(at, true));
    const length = view.getUint32(at + 4, true);
    if (contentAt + length > bytes.length) return '';
    const name = Buffer.from(bytes.subarray(nameAt, nameAt + 4)).toString('latin1');
    if (name === 'GNU\0' && view.getUint32(at + 8, true) === gnuBuildId) {
      return Buffer.from(bytes.subarray(contentAt, contentAt + Math.min(length, 64))).toString('hex');
    }
    at = contentAt + padded(length);
  }
  return '';
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/** The first bytes of a file of the kernel, whose sizes say nothing. */
async function readStart(path: string, length: number): Promise<Uint8Array> {
  const handle = await open(path).catch(() => undefined);
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = (await handle?.read(bytes, 0, length, 0)) ?? { bytesRead: 0 };
    return bytes.subarray(0, bytesRead);
  } catch {
    return new Uint8Array(0);
  } finally {
    await handle?.close();
  }
}
