import { corrupt } from '../error.ts';
import { copyBack, copyLiterals } from './copy.ts';

const MIN_MATCH = 4;
/** A length of 15 in the token goes on in the bytes that follow. */
const LONG = 15;

/**
 * Decompresses one LZ4 block (no frame around it), at most `limit` bytes. A block is a row of sequences: a token, literals,
 * and a copy of earlier output; the last sequence ends with its literals. Throws `corrupt`.
 */
export function lz4Decompress(input: Uint8Array, limit: number): Uint8Array {
  const output = new Uint8Array(limit);
  const end = input.byteLength;
  let at = 0;
  let done = 0;

  const byte = (): number => {
    const value = input[at];
    if (value === undefined) throw corrupt('cannot decompress: lz4 block ends early');
    at += 1;
    return value;
  };
  /** 4 bits of a token, and where they are all set the bytes up to the first that is not 255. */
  const lengthOf = (bits: number): number => {
    let length = bits;
    if (bits < LONG) return length;
    for (let more = 255; more === 255; ) {
      more = byte();
      length += more;
    }
    return length;
  };
  const checkRoom = (length: number): void => {
    if (length > limit - done) throw corrupt(`cannot decompress: lz4 block of more than ${limit} bytes`);
  };

  for (;;) {
    const token = byte();
    const literals = lengthOf(token >> 4);
    if (literals > end - at) throw corrupt('cannot decompress: lz4 literals run out of the block');
    checkRoom(literals);
    copyLiterals(output, done, input, at, literals);
    at += literals;
    done += literals;
    if (at === end) return output.subarray(0, done);
    const distance = byte() + byte() * 256;
    const length = lengthOf(token & 15) + MIN_MATCH;
    if (distance === 0 || distance > done) throw corrupt(`cannot decompress: lz4 copy from ${distance} bytes back`);
    checkRoom(length);
    copyBack(output, done, distance, length);
    done += length;
  }
}
