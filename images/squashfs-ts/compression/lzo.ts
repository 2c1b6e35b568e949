import { corrupt } from '../error.ts';
import { copyBack, copyLiterals } from './copy.ts';

/** What came before an instruction decides what its lowest codes mean. */
const AFTER_COPY = 0;
const AFTER_RUN = 4;

class Lzo {
  readonly #input: Uint8Array;
  readonly #limit: number;
  readonly #output: Uint8Array;
  #at = 0;
  #done = 0;

  constructor(input: Uint8Array, limit: number) {
    this.#input = input;
    this.#limit = limit;
    this.#output = new Uint8Array(limit);
  }

  #byte(): number {
    const value = this.#input[this.#at];
    if (value === undefined) throw corrupt('cannot decompress: lzo block ends early');
    this.#at += 1;
    return value;
  }

  #uint16(): number {
    return this.#byte() + this.#byte() * 256;
  }

  /** A length that did not fit its bits: `base`, 255 for each zero byte, and the first byte that is not zero. */
  #longLength(base: number): number {
    let length = base;
    for (;;) {
      const byte = this.#byte();
      if (byte !== 0) return length + byte;
      length += 255;
    }
  }

  #checkRoom(length: number): void {
    if (length > this.#limit - this.#done)
      throw corrupt(`cannot decompress: lzo block of more than ${this.#limit} bytes`);
  }

  #literals(length: number): void {
    if (length > this.#input.byteLength - this.#at)
      throw corrupt('cannot decompress: lzo literals run out of the block');
    this.#checkRoom(length);
    copyLiterals(this.#output, this.#done, this.#input, this.#at, length);
    this.#at += length;
    this.#done += length;
  }

  #copy(distance: number, length: number): void {
    if (distance > this.#done) throw corrupt(`cannot decompress: lzo copy from ${distance} bytes back`);
    this.#checkRoom(length);
    copyBack(this.#output, this.#done, distance, length);
    this.#done += length;
  }

  /** One instruction of 64 or more, or one below 16 that copies. Returns how many literals follow, from 0 to 3. */
  #shortCopy(code: number, state: number): number {
    const low = code >> 2;
    if (code >= 64) this.#copy((low & 7) + this.#byte() * 8 + 1, (code >> 5) + 1);
    else if (state === AFTER_RUN) this.#copy(low + this.#byte() * 4 + 2049, 3);
    else this.#copy(low + this.#byte() * 4 + 1, 2);
    return code & 3;
  }

  /** An instruction from 32 to 63: up to 16 KiB back. */
  #middleCopy(code: number): number {
    const bits = code & 31;
    const length = (bits === 0 ? this.#longLength(31) : bits) + 2;
    const word = this.#uint16();
    this.#copy((word >> 2) + 1, length);
    return word & 3;
  }

  /** An instruction from 16 to 31: 16 to 48 KiB back, or, with no distance at all, the end. */
  #farCopy(code: number): number | undefined {
    const bits = code & 7;
    const length = (bits === 0 ? this.#longLength(7) : bits) + 2;
    const word = this.#uint16();
    const distance = ((code & 8) << 11) + (word >> 2);
    if (distance === 0) return undefined;
    this.#copy(distance + 16_384, length);
    return word & 3;
  }

  /** The first instruction may be a run of literals of a form that is used nowhere else. */
  #start(): number {
    const first = this.#input[0] ?? 0;
    if (first <= 17) return AFTER_COPY;
    this.#at = 1;
    this.#literals(first - 17);
    return Math.min(first - 17, AFTER_RUN);
  }

  decompress(): Uint8Array {
    let state = this.#start();
    for (;;) {
      const code = this.#byte();
      if (code < 16 && state === AFTER_COPY) {
        this.#literals((code === 0 ? this.#longLength(15) : code) + 3);
        state = AFTER_RUN;
        continue;
      }
      const literals =
        code >= 64 || code < 16
          ? this.#shortCopy(code, state)
          : code >= 32
            ? this.#middleCopy(code)
            : this.#farCopy(code);
      if (literals === undefined) break;
      this.#literals(literals);
      state = literals;
    }
    if (this.#at !== this.#input.byteLength) throw corrupt('cannot decompress: lzo block goes on after its end');
    return this.#output.subarray(0, this.#done);
  }
}

/**
 * Decompresses one LZO1X block, at most `limit` bytes; every level of mksquashfs -comp lzo writes this one format.
 * Throws `corrupt`.
 */
export function lzoDecompress(input: Uint8Array, limit: number): Uint8Array {
  return new Lzo(input, limit).decompress();
}
