import { constants, crc32, deflateSync, zstdCompressSync } from 'node:zlib';
import { lzma, xz } from '@napi-rs/lzma';
import type { Compression } from '../superblock.ts';
import { lz4Pack, lzoPack } from './lz-pack.ts';

/** An .xz stream whose dictionary is 8 KiB: the library always announces 8 MiB, which no squashfs has. */
function xzPack(bytes: Uint8Array): Uint8Array {
  const stream = xz.compressSync(bytes);
  // Block header: size, flags, filter, size of properties, dictionary, padding, and a CRC over all of it.
  stream[16] = 2;
  stream.writeUInt32LE(crc32(stream.subarray(12, 20)), 20);
  return stream;
}

/** An .lzma stream with a dictionary of 8 KiB and its size, as mksquashfs writes it. */
function lzmaPack(bytes: Uint8Array): Uint8Array {
  const stream = lzma.compressSync(bytes);
  stream.writeUInt32LE(8192, 1);
  stream.writeBigUInt64LE(BigInt(bytes.byteLength), 5);
  return stream;
}

/** Compresses up to 8 KiB as an image does; some of them come out longer than they were. */
export const PACKERS: Readonly<Record<Compression, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => deflateSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_windowLog]: 12 } }),
  xz: xzPack,
  lzma: lzmaPack,
  lz4: lz4Pack,
  lzo: lzoPack,
};
