/**
 * What kernels that panicked left in memory: files of /sys/fs/pstore. They stay until what they say is written down, as
 * nothing else remembers it.
 */
import { open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '../layout.ts';
import { type Dump, type Panic, panicOf, parseDump, whoWas } from './panic-text.ts';

export interface FoundPanic extends Panic {
  /** The files that tell of it. */
  readonly files: readonly string[];
}

/** As many as the region has room for. */
const maxFiles = 16;
const maxFileBytes = 131_072;
/** Parts of one dump are written one right after the other, milliseconds. */
const sameDumpMillis = 5000;

interface DumpFile extends Dump {
  readonly path: string;
  readonly time: number;
}

/** The panics, the latest last. Never rejects: what cannot be read is not there. */
export async function readPanics(layout: Layout): Promise<FoundPanic[]> {
  const names = await readdir(layout.pstore).catch(() => []);
  const dumps = names
    .filter((name) => /^dmesg-ramoops-\d{1,4}$/.test(name))
    .sort(byNumber)
    .slice(0, maxFiles);
  const files = await Promise.all(dumps.map((name) => readDump(join(layout.pstore, name))));
  const read = files.flatMap((file) => file ?? []).sort((a, b) => a.time - b.time);
  return read.flatMap((file) => {
    const panic = panicOf(file);
    if (panic === undefined) return [];
    const older = read.filter((other) => isOlderPart(other, file));
    const who = panic.bootId === '' ? whoWas(older.flatMap(({ lines }) => lines)) : {};
    return { ...panic, ...who, files: [file, ...older].map(({ path }) => path) };
  });
}

/** Removes the files. Never rejects: one that stays is read again at the next start. */
export async function forgetPanics(panics: readonly FoundPanic[]): Promise<void> {
  await Promise.all(panics.flatMap(({ files }) => files).map((path) => unlink(path).catch(() => {})));
}

/** A long log is dumped in parts: the newest lines are in the first, which boot it was may be in a later one. */
function isOlderPart(other: DumpFile, file: DumpFile): boolean {
  return (
    other.kind === file.kind &&
    other.count === file.count &&
    other.part > file.part &&
    Math.abs(other.time - file.time) <= sameDumpMillis
  );
}

function byNumber(a: string, b: string): number {
  return Number(a.slice(a.lastIndexOf('-') + 1)) - Number(b.slice(b.lastIndexOf('-') + 1));
}

async function readDump(path: string): Promise<DumpFile | undefined> {
  try {
    const handle = await open(path);
    try {
      const { mtimeMs } = await stat(path);
      const bytes = new Uint8Array(maxFileBytes);
      let length = 0;
      for (let read = -1; read !== 0 && length < maxFileBytes; length += read) {
        read = (await handle.read(bytes, length, maxFileBytes - length, null)).bytesRead;
      }
      return { ...parseDump(new TextDecoder().decode(bytes.subarray(0, length))), path, time: mtimeMs };
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
