import type { DiskAccess } from './disk-access.ts';
import { MachineError } from './error.ts';
import type { DiskRange } from './gpt.ts';

/*
 * The format of Linux's dm-log-writes, which QEMU's blklogwrites produces: a superblock, then entries, each a header in a
 * sector of its own and then its data. Little endian. Linux, drivers/md/dm-log-writes.c.
 */
const MAGIC = 0x6a736677736872n;
const VERSION = 1n;
const HEADER_BYTES = 32;
const FLAG = { flush: 1n, fua: 2n, discard: 4n, mark: 8n } as const;

const ENTRIES_LIMIT = 1_000_000;
const SECTOR_BYTES_MIN = 512;
const SECTOR_BYTES_LIMIT = 4096;

/** One thing a guest did to its disk. `offset` and `length` are bytes of the disk. */
export interface LogEntry extends DiskRange {
  readonly index: number;
  /** A write has data; a flush, a discard and a mark have none. A flush has length 0. */
  readonly kind: 'write' | 'flush' | 'discard' | 'mark';
  /** What was written before this entry is durable. A write can carry a flush as well. */
  readonly flush: boolean;
  /** This write is durable itself ("force unit access"). */
  readonly fua: boolean;
  /** Where the data of a write begins in the log file. */
  readonly dataOffset: number;
}

export interface WriteLog {
  readonly sectorBytes: number;
  readonly entries: readonly LogEntry[];
}

/**
 * Reads the entries of a write log; data is left in the file. Reading while the machine still runs gives what was
 * complete by then.
 * @throws MachineError `bad-log` for anything that is no such log, or one with over a million entries.
 */
export async function readWriteLog(log: Pick<DiskAccess, 'size' | 'read'>): Promise<WriteLog> {
  const { count, sectorBytes } = await readSuperblock(log);
  const entries: LogEntry[] = [];
  let position = sectorBytes;
  for (let index = 0; index < count; index++) {
    if (position + HEADER_BYTES > log.size) throw bad(`entry ${index} of ${count} is not there`);
    const entry = parseEntry(await log.read(position, HEADER_BYTES), index, sectorBytes, position);
    const dataBytes = entry.kind === 'write' ? entry.length : 0;
    if (entry.dataOffset + dataBytes > log.size) throw bad(`the data of entry ${index} is not all there`);
    entries.push(entry);
    position = entry.dataOffset + dataBytes;
  }
  return { sectorBytes, entries };
}

async function readSuperblock(log: Pick<DiskAccess, 'size' | 'read'>): Promise<{ count: number; sectorBytes: number }> {
  if (log.size < SECTOR_BYTES_MIN) throw bad(`it has only ${log.size} bytes`);
  const bytes = await log.read(0, SECTOR_BYTES_MIN);
  if (bytes.readBigUInt64LE(0) !== MAGIC) throw bad('it does not begin as one');
  if (bytes.readBigUInt64LE(8) !== VERSION) throw bad(`its version is ${bytes.readBigUInt64LE(8)}`);
  const count = bytes.readBigUInt64LE(16);
  if (count > ENTRIES_LIMIT) throw bad(`it says ${count} entries`);
  const sectorBytes = bytes.readUInt32LE(24);
  const isPower = (sectorBytes & (sectorBytes - 1)) === 0;
  if (!isPower || sectorBytes < SECTOR_BYTES_MIN || sectorBytes > SECTOR_BYTES_LIMIT) {
    throw bad(`its sectors have ${sectorBytes} bytes`);
  }
  return { count: Number(count), sectorBytes };
}

function parseEntry(header: Buffer, index: number, sectorBytes: number, position: number): LogEntry {
  const flags = header.readBigUInt64LE(16);
  const has = (flag: bigint) => (flags & flag) !== 0n;
  const offset = Number(header.readBigUInt64LE(0)) * sectorBytes;
  const length = Number(header.readBigUInt64LE(8)) * sectorBytes;
  if (!Number.isSafeInteger(offset + length)) throw bad(`entry ${index} lies at ${offset}`);
  const kind = has(FLAG.mark) ? 'mark' : has(FLAG.discard) ? 'discard' : length > 0 ? 'write' : 'flush';
  const dataOffset = position + sectorBytes;
  return { index, kind, offset, length, flush: has(FLAG.flush), fua: has(FLAG.fua), dataOffset };
}

function bad(reason: string): MachineError {
  return new MachineError('bad-log', `cannot read the write log: ${reason}`);
}

/** The writes that touch a range of the disk, for instance a partition. */
export function writesTo(log: WriteLog, { offset, length }: DiskRange): LogEntry[] {
  return log.entries.filter(
    (entry) => entry.kind === 'write' && entry.offset < offset + length && offset < entry.offset + entry.length,
  );
}

/**
 * Of the first `count` entries, the writes that no flush and no FUA has made durable: a power cut may lose any of them.
 *
 * For a guest that cannot flush, such as U-Boot, QEMU plays a disk without a cache and adds flushes of its own. A real disk
 * does not: say in `flushesFrom` at which entry the first guest that flushes (Linux) began; flushes before do not count.
 */
export function volatileWrites(log: WriteLog, count: number, { flushesFrom = 0 } = {}): LogEntry[] {
  const before = log.entries.slice(0, count);
  const lastFlush = before.findLastIndex((entry) => entry.flush && entry.index >= flushesFrom);
  // The flush that a write carries comes before its own data, so that write is still volatile.
  return before.filter((entry) => entry.kind === 'write' && !isDurable(entry, flushesFrom) && entry.index >= lastFlush);
}

function isDurable({ fua, index }: LogEntry, flushesFrom: number): boolean {
  return fua && index >= flushesFrom;
}
