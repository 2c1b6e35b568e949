import { crc32 } from 'node:zlib';
import type { DiskAccess } from './disk-access.ts';
import { MachineError } from './error.ts';

/** A place on a disk, in bytes. */
export interface DiskRange {
  readonly offset: number;
  readonly length: number;
}

export interface Partition extends DiskRange {
  readonly name: string;
  /** Counted from 1, as sgdisk and Linux do. */
  readonly number: number;
}

const SECTOR_BYTES = 512;
const SIGNATURE = 'EFI PART';
const HEADER_BYTES_MIN = 92;
/** The usual table has 128 entries of 128 bytes; a disk that says more than this is not believed. */
const ENTRIES_LIMIT = 1024;
const ENTRY_BYTES_LIMIT = 1024;
const ENTRY_BYTES_MIN = 128;

/**
 * The partitions of a disk with 512-byte sectors, from its primary table, whose checksums must hold (UEFI 2.10, §5.3).
 * @throws MachineError `bad-gpt`.
 */
export async function readPartitions(disk: Pick<DiskAccess, 'size' | 'read'>): Promise<Partition[]> {
  if (disk.size < 3 * SECTOR_BYTES) throw bad(`the disk has only ${disk.size} bytes`);
  const header = parseHeader(await disk.read(SECTOR_BYTES, SECTOR_BYTES));
  const tableBytes = header.entries * header.entryBytes;
  const tableOffset = header.tableSector * SECTOR_BYTES;
  if (tableOffset + tableBytes > disk.size) throw bad('its table lies beyond the end of the disk');
  const table = await disk.read(tableOffset, tableBytes);
  if (crc32(table) !== header.tableChecksum) throw bad('the checksum of its entries is wrong');
  const partitions: Partition[] = [];
  for (let index = 0; index < header.entries; index++) {
    const entry = table.subarray(index * header.entryBytes, (index + 1) * header.entryBytes);
    const partition = parseEntry(entry, index + 1, disk.size);
    if (partition !== undefined) partitions.push(partition);
  }
  return partitions;
}

interface Header {
  readonly tableSector: number;
  readonly entries: number;
  readonly entryBytes: number;
  readonly tableChecksum: number;
}

function parseHeader(sector: Buffer): Header {
  if (sector.toString('latin1', 0, SIGNATURE.length) !== SIGNATURE) throw bad('it has no GPT signature');
  const headerBytes = sector.readUInt32LE(12);
  if (headerBytes < HEADER_BYTES_MIN || headerBytes > SECTOR_BYTES) throw bad(`its header says ${headerBytes} bytes`);
  const checked = Buffer.from(sector.subarray(0, headerBytes));
  checked.fill(0, 16, 20);
  if (crc32(checked) !== sector.readUInt32LE(16)) throw bad('the checksum of its header is wrong');
  const tableSector = sector.readBigUInt64LE(72);
  const entries = sector.readUInt32LE(80);
  const entryBytes = sector.readUInt32LE(84);
  if (entries > ENTRIES_LIMIT || entryBytes < ENTRY_BYTES_MIN || entryBytes > ENTRY_BYTES_LIMIT) {
    throw bad(`it says ${entries} entries of ${entryBytes} bytes`);
  }
  return { tableSector: safe(tableSector), entries, entryBytes, tableChecksum: sector.readUInt32LE(88) };
}

function parseEntry(entry: Buffer, number: number, diskBytes: number): Partition | undefined {
  const isUnused = entry.subarray(0, 16).every((byte) => byte === 0);
  if (isUnused) return undefined;
  const first = safe(entry.readBigUInt64LE(32));
  const last = safe(entry.readBigUInt64LE(40));
  const name = entry.toString('utf16le', 56, 128).split('\0')[0] ?? '';
  if (last < first || (last + 1) * SECTOR_BYTES > diskBytes) throw bad(`partition ${name} does not lie on the disk`);
  return { name, number, offset: first * SECTOR_BYTES, length: (last - first + 1) * SECTOR_BYTES };
}

/** A sector number; one beyond 2^44 would not be exact in bytes. */
function safe(sector: bigint): number {
  if (sector > 1n << 44n) throw bad(`it names sector ${sector}`);
  return Number(sector);
}

function bad(reason: string): MachineError {
  return new MachineError('bad-gpt', `cannot read the partition table: ${reason}`);
}

/**
 * Finds a partition by its GPT name.
 * @throws MachineError `no-partition`, naming those that exist; `bad-gpt` also when the name is there twice.
 */
export async function findPartition(disk: Pick<DiskAccess, 'size' | 'read'>, name: string): Promise<Partition> {
  const partitions = await readPartitions(disk);
  const [partition, second] = partitions.filter((candidate) => candidate.name === name);
  if (second !== undefined) throw bad(`there are two partitions named ${name}`);
  if (partition !== undefined) return partition;
  const names = partitions.map((candidate) => candidate.name).join(', ');
  throw new MachineError('no-partition', `cannot find partition ${name}; the disk has: ${names}`);
}

/** Reads bytes of a partition; `offset` counts from its start. */
export async function readPartition(
  disk: DiskAccess,
  name: string,
  { offset = 0, length }: { readonly offset?: number; readonly length: number },
): Promise<Buffer> {
  const partition = await findPartition(disk, name);
  checkInside(partition, offset, length);
  return disk.read(partition.offset + offset, length);
}

/** Overwrites bytes of a partition; `offset` counts from its start. */
export async function writePartition(disk: DiskAccess, name: string, bytes: Uint8Array, offset = 0): Promise<void> {
  const partition = await findPartition(disk, name);
  checkInside(partition, offset, bytes.length);
  await disk.write(partition.offset + offset, bytes);
}

function checkInside(partition: Partition, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= partition.length) return;
  const where = `${length} bytes at ${offset} of partition ${partition.name}`;
  throw new MachineError('out-of-range', `cannot access ${where}: it has ${partition.length} bytes`);
}
