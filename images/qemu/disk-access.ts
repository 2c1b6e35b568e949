import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskImage } from './arguments.ts';
import { MachineError } from './error.ts';
import { NBD_REQUEST_BYTES_LIMIT, NbdClient } from './nbd.ts';
import { describeExit, startTool } from './process.ts';
import { QmpClient } from './qmp.ts';

/** The content of a disk, byte by byte, whatever the format of its image. Offsets and lengths are in bytes. */
export interface DiskAccess {
  readonly size: number;
  /** @throws MachineError `out-of-range` beyond the end of the disk. */
  read(offset: number, length: number): Promise<Buffer>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Ends the access; what was written is in the image file when this resolves. */
  close(): Promise<void>;
}

const SECTOR_BYTES = 512;

/** One read or write at most, so that a wrong length does not take all memory. */
const ACCESS_BYTES_LIMIT = 256 * 1024 * 1024;

/**
 * Opens a disk image that no machine is using: a raw file directly, anything else through `qemu-storage-daemon`.
 * @throws MachineError `cannot-start` with QEMU's reason, for instance that the image is in use.
 */
export function openDisk(image: DiskImage, { writable = false } = {}): Promise<DiskAccess> {
  return image.format === 'raw' ? openRaw(image.file, writable) : openThroughQemu(image, writable);
}

/** Opens a disk for as long as `use` works with it. */
export async function withDisk<T>(
  image: DiskImage,
  options: { readonly writable?: boolean },
  use: (disk: DiskAccess) => Promise<T>,
): Promise<T> {
  const disk = await openDisk(image, options);
  try {
    return await use(disk);
  } finally {
    await disk.close();
  }
}

async function openRaw(file: string, writable: boolean): Promise<DiskAccess> {
  const handle = await open(file, writable ? 'r+' : 'r');
  const { size } = await handle.stat();
  return {
    size,
    read: async (offset, length) => {
      checkAccess(size, offset, length);
      return readExactly(handle, offset, length);
    },
    write: async (offset, bytes) => {
      checkAccess(size, offset, bytes.length);
      await handle.write(bytes, 0, bytes.length, offset);
    },
    close: () => handle.close(),
  };
}

async function readExactly(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  if (bytesRead === length) return bytes;
  throw new MachineError('out-of-range', `cannot read ${length} bytes at ${offset}: only ${bytesRead} are there`);
}

async function openThroughQemu({ file, format }: DiskImage, writable: boolean): Promise<DiskAccess> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-disk-'));
  const socket = join(directory, 'nbd');
  const node = {
    driver: format,
    'node-name': 'disk',
    'read-only': !writable,
    file: { driver: 'file', filename: file, cache: { 'no-flush': true } },
  };
  const tool = await startTool('qemu-storage-daemon', [
    ...['--chardev', 'socket,id=qmp,fd=3', '--monitor', 'chardev=qmp'],
    ...['--blockdev', JSON.stringify(node)],
    ...['--nbd-server', `addr.type=unix,addr.path=${socket}`],
    ...['--export', `type=nbd,id=export,node-name=disk,name=disk,writable=${writable ? 'on' : 'off'}`],
  ]);
  const qmp = new QmpClient(tool.qmp);
  const ended = tool.ended.then(async (exit) => {
    await rm(directory, { recursive: true, force: true });
    return new MachineError('cannot-start', `cannot open ${file}: ${describeExit(exit, tool.stderr())}`);
  });
  try {
    // The greeting comes only after all arguments were carried out.
    await qmp.negotiate();
    const client = await NbdClient.connect(socket, 'disk');
    const close = async () => {
      if (writable) await client.flush();
      client.close();
      await qmp.execute('quit');
      await ended;
    };
    return { size: client.size, read: reader(client), write: writer(client), close };
  } catch (error) {
    tool.kill();
    const failure = await ended;
    throw tool.stderr() === '' ? error : failure;
  }
}

function reader(client: NbdClient): DiskAccess['read'] {
  return async (offset, length) => {
    checkAccess(client.size, offset, length);
    const { start, end } = wholeSectors(offset, length);
    const parts: Buffer[] = [];
    for (let at = start; at < end; at += NBD_REQUEST_BYTES_LIMIT) {
      parts.push(await client.read(at, Math.min(NBD_REQUEST_BYTES_LIMIT, end - at)));
    }
    return Buffer.concat(parts).subarray(offset - start, offset - start + length);
  };
}

function writer(client: NbdClient): DiskAccess['write'] {
  const read = reader(client);
  return async (offset, bytes) => {
    checkAccess(client.size, offset, bytes.length);
    const { start, end } = wholeSectors(offset, bytes.length);
    const isAligned = start === offset && end === offset + bytes.length;
    const whole = isAligned ? bytes : await read(start, end - start);
    if (!isAligned) whole.set(bytes, offset - start);
    for (let at = start; at < end; at += NBD_REQUEST_BYTES_LIMIT) {
      await client.write(at, whole.subarray(at - start, Math.min(at - start + NBD_REQUEST_BYTES_LIMIT, end - start)));
    }
  };
}

function wholeSectors(offset: number, length: number): { readonly start: number; readonly end: number } {
  const start = offset - (offset % SECTOR_BYTES);
  return { start, end: Math.ceil((offset + length) / SECTOR_BYTES) * SECTOR_BYTES };
}

function checkAccess(size: number, offset: number, length: number): void {
  const isWhole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (isWhole && length <= ACCESS_BYTES_LIMIT && offset + length <= size) return;
  throw new MachineError('out-of-range', `cannot access ${length} bytes at ${offset} of a disk of ${size} bytes`);
}
