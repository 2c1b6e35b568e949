import { constants, deflateSync, zstdCompressSync } from 'node:zlib';
import type { Compression } from '../superblock.ts';
import { lz4Pack, lzoPack } from './lz-pack.ts';
import { lzmaPack, xzPack } from './lzma-pack.ts';

/** Compresses a block as images do; what cannot be made shorter comes out longer. */
export const PACKERS: Readonly<Record<Compression, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => deflateSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_windowLog]: 12 } }),
  xz: xzPack,
  lzma: lzmaPack,
  lz4: lz4Pack,
  lzo: lzoPack,
};
