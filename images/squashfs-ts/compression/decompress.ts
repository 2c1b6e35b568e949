import { promisify } from 'node:util';
import { constants, inflate, inflateSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { plain } from '../bytes.ts';
import { corrupt, SquashfsError } from '../error.ts';
import { METADATA_BYTES } from '../limits.ts';
import type { Compression, Superblock } from '../superblock.ts';
import { lz4Decompress } from './lz4.ts';
import { lzmaDecompressedBytes } from './lzma.ts';
import { lzoDecompress } from './lzo.ts';
import { xzDecompressedBytes } from './xz.ts';

/** Decompresses one block; rejects when the result would be longer than `limit` bytes. */
export type Decompress = (block: Uint8Array, limit: number) => Promise<Uint8Array>;

/** A decoder: what it returns may be a Buffer. */
type Decoder = (block: Uint8Array, limit: number) => Uint8Array | Promise<Uint8Array>;

/** Up to this size a block is decompressed at once: a way through the thread pool and back takes longer than the work. */
const AT_ONCE_BYTES = METADATA_BYTES;

/** The least buffer zlib takes. */
const MIN_CHUNK_BYTES = 64;

const inflateAsync = promisify(inflate);
const zstdAsync = promisify<Uint8Array, object, Uint8Array>(zstdDecompress);

function gzipDecoder(): Decoder {
  return (block, limit) => {
    const options = { maxOutputLength: limit, chunkSize: Math.max(limit, MIN_CHUNK_BYTES) };
    return limit <= AT_ONCE_BYTES ? inflateSync(block, options) : inflateAsync(block, options);
  };
}

function zstdDecoder(historyLimit: number): Decoder {
  const params = { [constants.ZSTD_d_windowLogMax]: Math.log2(historyLimit) };
  return (block, limit) => {
    const options = { maxOutputLength: limit, chunkSize: Math.max(limit, MIN_CHUNK_BYTES), params };
    return limit <= AT_ONCE_BYTES ? zstdDecompressSync(block, options) : zstdAsync(block, options);
  };
}

/** The part of @napi-rs/lzma that one format needs. */
interface Library {
  decompress(block: Uint8Array): Promise<Uint8Array>;
  decompressSync(block: Uint8Array): Uint8Array;
}

const LIBRARIES = { xz: () => import('@napi-rs/lzma/xz'), lzma: () => import('@napi-rs/lzma/lzma') };
const loaded = new Map<keyof typeof LIBRARIES, Promise<Library>>();

/** Loads the native decoder with the first image that needs it: others need neither its memory nor its file. */
function libraryOf(format: keyof typeof LIBRARIES): Promise<Library> {
  const known = loaded.get(format);
  if (known !== undefined) return known;
  const loading = LIBRARIES[format]().catch((cause: unknown) => {
    const what = `cannot read ${format} images: the native part of @napi-rs/lzma`;
    throw new SquashfsError('unsupported-compression', `${what} is not installed for this platform and Node version`, {
      cause,
    });
  });
  loaded.set(format, loading);
  return loading;
}

/** xz and lzma: the library takes no limit, so the size that will come out is found from the stream's headers first. */
function lzmaDecoder(format: keyof typeof LIBRARIES, sizeOf: (block: Uint8Array) => number): Decoder {
  return async (block, limit) => {
    const library = await libraryOf(format);
    const size = sizeOf(block);
    if (size > limit) throw corrupt(`cannot decompress: ${size} bytes where at most ${limit} belong`);
    const result = size <= AT_ONCE_BYTES ? library.decompressSync(block) : await library.decompress(block);
    if (result.byteLength !== size) throw corrupt(`cannot decompress: ${format} stream of another size than announced`);
    return result;
  };
}

function decoderOf(compression: Compression, blockSize: number): Decoder {
  // What a decoder may allocate as history; the kernel gives it no more either.
  const historyLimit = Math.max(blockSize, METADATA_BYTES);
  switch (compression) {
    case 'gzip':
      return gzipDecoder();
    case 'zstd':
      return zstdDecoder(historyLimit);
    case 'xz':
      return lzmaDecoder('xz', (block) => xzDecompressedBytes(block, historyLimit));
    case 'lzma':
      return lzmaDecoder('lzma', (block) => lzmaDecompressedBytes(block, historyLimit));
    case 'lzo':
      return lzoDecompress;
    case 'lz4':
      return lz4Decompress;
  }
}

/** The decompression of an image. What is returned rejects with `corrupt`, whatever the decoder says. */
export function decompressorOf(superblock: Pick<Superblock, 'compression' | 'blockSize'>): Decompress {
  const decode = decoderOf(superblock.compression, superblock.blockSize);
  return async (block, limit) => {
    try {
      return plain(await decode(block, limit));
    } catch (error) {
      if (error instanceof SquashfsError) throw error;
      throw corrupt(`cannot decompress a block of ${block.byteLength} bytes`, error);
    }
  };
}
