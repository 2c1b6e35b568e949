/** What QEMU's blklogwrites recorded: every write and flush in order, in the form of the kernel's dm-log-writes. */

export interface LogEntry {
  readonly sector: number;
  readonly flush: boolean;
  /** Empty for a flush alone and for a discard. */
  readonly data: Buffer;
}

const SECTOR = 512;
const FLUSH = 1;
const DISCARD = 4;

/** Reads a log with 512-byte sectors whose superblock is up to date. */
export function parseWriteLog(log: Buffer): LogEntry[] {
  const count = log.length === 0 ? 0 : Number(log.readBigUInt64LE(16));
  const entries: LogEntry[] = [];
  for (let at = SECTOR; entries.length < count; ) {
    const [sector, sectors, flags] = [0, 8, 16].map((field) => Number(log.readBigUInt64LE(at + field)));
    const length = (Number(flags) & DISCARD) === 0 ? Number(sectors) * SECTOR : 0;
    const data = log.subarray(at + SECTOR, at + SECTOR + length);
    entries.push({ sector: Number(sector), flush: (Number(flags) & FLUSH) !== 0, data });
    at += SECTOR + length;
  }
  return entries;
}
