import { promisify } from 'node:util';
import { constants, inflate, zstdDecompress } from 'node:zlib';
import { plain } from './bytes.ts';
import { corrupt, SquashfsError } from './error.ts';
import { METADATA_BYTES } from './limits.ts';
import type { Compression, Superblock } from './superblock.ts';
import { xzDecompressedBytes } from './xz.ts';

/** Decompresses one block; rejects when the result would be longer than `limit` bytes. */
export type Decompress = (block: Uint8Array, limit: number) => Promise<Uint8Array>;

const inflateAsync = promisify(inflate);
const zstdAsync = promisify<Uint8Array, object, Uint8Array>(zstdDecompress);

type XzDecompress = (input: Uint8Array) => Promise<Uint8Array>;
let xzLoaded: Promise<XzDecompress> | undefined;

/** Loads the native decoder with the first xz image only: others need neither its memory nor its file. */
function loadXz(): Promise<XzDecompress> {
  xzLoaded ??= import('@napi-rs/lzma/xz').then(
    (module) => module.decompress,
    (cause: unknown) => {
      throw new SquashfsError(
        'unsupported-compression',
        'cannot read xz images: the native part of @napi-rs/lzma is not installed for this platform and Node version',
        { cause },
      );
    },
  );
  return xzLoaded;
}

function forBlockSize(compression: Compression, blockSize: number): Decompress {
  // What a decoder may allocate as history; the kernel gives it no more either.
  const historyLimit = Math.max(blockSize, METADATA_BYTES);
  switch (compression) {
    case 'gzip':
      return (block, limit) => inflateAsync(block, { maxOutputLength: limit, chunkSize: limit });
    case 'zstd': {
      const params = { [constants.ZSTD_d_windowLogMax]: Math.log2(historyLimit) };
      return (block, limit) => zstdAsync(block, { maxOutputLength: limit, chunkSize: limit, params });
    }
    case 'xz':
      return async (block, limit) => {
        const decompress = await loadXz();
        const size = xzDecompressedBytes(block, historyLimit);
        if (size > limit) throw corrupt(`cannot decompress: ${size} bytes where at most ${limit} belong`);
        const result = await decompress(block);
        if (result.byteLength !== size) throw corrupt('cannot decompress: xz stream of another size than announced');
        return result;
      };
    case 'lzma':
    case 'lzo':
    case 'lz4':
      throw new SquashfsError('unsupported-compression', `cannot read squashfs: ${compression} is not supported`);
  }
}

/**
 * The decompression of an image. Throws `unsupported-compression` for lzma, lzo and lz4; the function returned rejects with
 * `corrupt`, whatever the decoder says.
 */
export function decompressorOf(superblock: Pick<Superblock, 'compression' | 'blockSize'>): Decompress {
  const decompress = forBlockSize(superblock.compression, superblock.blockSize);
  return async (block, limit) => {
    try {
      return plain(await decompress(block, limit));
    } catch (error) {
      if (error instanceof SquashfsError) throw error;
      throw corrupt(`cannot decompress a block of ${block.byteLength} bytes`, error);
    }
  };
}
