import type { DiskImage } from './arguments.ts';
import { type DiskAccess, withDisk } from './disk-access.ts';
import { MachineError } from './error.ts';
import { createOverlay } from './qemu-img.ts';
import { type LogEntry, readWriteLog, volatileWrites, type WriteLog } from './write-log.ts';

/** The moment at which power goes. */
export interface PowerCut {
  /** So many entries of the log have happened in full. */
  readonly entries: number;
  /** The next entry, which must be a write, was under way. */
  readonly torn?: Tear;
  /** Indexes of entries that a volatile cache lost: each must be among `volatileWrites(log, entries, { flushesFrom })`. */
  readonly lost?: readonly number[];
  /** The entry from which on flushes are the guest's own, see `volatileWrites`. Default 0. */
  readonly flushesFrom?: number;
}

/** A write that stopped in its middle. */
export interface Tear {
  /** So many bytes of it reached the medium; any number from 0 to its length. */
  readonly bytes: number;
  /**
   * The sector in which the write stopped. Most media write a sector whole or not at all: give a multiple of 512 for those.
   * `mixed` (default): new bytes, then what was there before. `garbage`: neither new nor old in all of the sector.
   */
  readonly sector?: 'mixed' | 'garbage';
}

/** One write of a replay: bytes of the log that go to the disk. */
interface Step {
  readonly offset: number;
  readonly length: number;
  readonly dataOffset: number;
}

const COPY_BYTES = 4 * 1024 * 1024;

/**
 * Makes the disk as a power cut left it: a copy-on-write overlay `out` (qcow2) of `base`, the disk as it was when
 * recording began, with the recorded writes in it. Costs what was written up to the cut, not the size of the disk.
 *
 * Discards are not replayed: a disk may ignore them.
 * @throws MachineError `bad-log`, or `bad-argument` for a cut that this log cannot have.
 */
export async function replay(logFile: string, base: DiskImage, out: string, cut: PowerCut): Promise<DiskImage> {
  return withDisk({ file: logFile, format: 'raw' }, {}, async (source) => {
    const log = await readWriteLog(source);
    checkCut(log, cut);
    const image = await createOverlay(base, out);
    await withDisk(image, { writable: true }, (disk) => applyCut(log, source, disk, cut));
    return image;
  });
}

/** Carries a cut out on a disk that is as it was when recording began; `source` is the log file. */
export async function applyCut(
  log: WriteLog,
  source: Pick<DiskAccess, 'read'>,
  disk: DiskAccess,
  cut: PowerCut,
): Promise<void> {
  checkCut(log, cut);
  const lost = new Set(cut.lost);
  const done = log.entries.slice(0, cut.entries).filter((entry) => entry.kind === 'write' && !lost.has(entry.index));
  for (const entry of done) await copy(source, disk, entry);
  const next = log.entries[cut.entries];
  if (cut.torn !== undefined && next !== undefined) await tear(log.sectorBytes, source, disk, next, cut.torn);
}

async function tear(
  sectorBytes: number,
  source: Pick<DiskAccess, 'read'>,
  disk: DiskAccess,
  entry: LogEntry,
  { bytes, sector = 'mixed' }: Tear,
): Promise<void> {
  await copy(source, disk, { ...entry, length: bytes });
  const within = bytes % sectorBytes;
  if (sector === 'mixed' || within === 0) return;
  const start = bytes - within;
  const written = await source.read(entry.dataOffset + start, sectorBytes);
  const before = await disk.read(entry.offset + start, sectorBytes);
  await disk.write(entry.offset + start, garbage(written, before));
}

/** The same garbage each time, and at no place the byte that was there or the one that was to come. */
function garbage(written: Uint8Array, before: Uint8Array): Uint8Array {
  return written.map((byte, index) => {
    const candidates = [(byte + 0x5a) & 0xff, (byte + 0xa5) & 0xff];
    return candidates.find((candidate) => candidate !== before[index]) ?? 0;
  });
}

async function copy(source: Pick<DiskAccess, 'read'>, disk: DiskAccess, step: Step): Promise<void> {
  for (let at = 0; at < step.length; at += COPY_BYTES) {
    const length = Math.min(COPY_BYTES, step.length - at);
    await disk.write(step.offset + at, await source.read(step.dataOffset + at, length));
  }
}

function checkCut(log: WriteLog, { entries, torn, lost = [], flushesFrom = 0 }: PowerCut): void {
  if (!Number.isSafeInteger(entries) || entries < 0 || entries > log.entries.length) {
    throw impossible(`after ${entries} entries: the log has ${log.entries.length}`);
  }
  const next = log.entries[entries];
  if (torn !== undefined) {
    if (next?.kind !== 'write') throw impossible(`within entry ${entries}: it is no write`);
    if (!Number.isSafeInteger(torn.bytes) || torn.bytes < 0 || torn.bytes > next.length) {
      throw impossible(`${torn.bytes} bytes into entry ${entries}: it has ${next.length}`);
    }
  }
  const losable = new Set(volatileWrites(log, entries, { flushesFrom }).map((entry) => entry.index));
  const kept = lost.find((index) => !losable.has(index));
  if (kept !== undefined) throw impossible(`and lose entry ${kept}: it is no write, or was durable by then`);
}

function impossible(what: string): MachineError {
  return new MachineError('bad-argument', `cannot cut power ${what}`);
}
