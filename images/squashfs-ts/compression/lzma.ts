import { safeUint64, viewOf } from '../bytes.ts';
import { corrupt } from '../error.ts';

const HEADER_BYTES = 13;

/**
 * How many bytes an .lzma stream ("LZMA alone") announces. mksquashfs always writes that number, and a decoder that knows it
 * writes no more. The dictionary may be no larger than `dictionaryLimit`, for the decoder allocates it. Throws `corrupt`.
 */
export function lzmaDecompressedBytes(stream: Uint8Array, dictionaryLimit: number): number {
  if (stream.byteLength <= HEADER_BYTES) throw corrupt('cannot decompress: lzma stream ends early');
  const view = viewOf(stream);
  if (view.getUint32(1, true) > dictionaryLimit) throw corrupt('cannot decompress: lzma dictionary too large');
  const size = safeUint64(view, 5);
  if (size === undefined) throw corrupt('cannot decompress: lzma stream of unknown size');
  return size;
}
