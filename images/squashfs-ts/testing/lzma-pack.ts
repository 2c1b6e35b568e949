import { crc32 } from 'node:zlib';
import { fields } from './forge.ts';

/** LZMA with literals only: small, quick, and in no need of the 90 MiB that a real encoder takes. */

const TOP = 2 ** 24;
const PROPERTIES = 0x5d; // lc 3, lp 0, pb 2, as everywhere
const DICTIONARY_BYTES = 8192;
/** Bytes that go into one LZMA2 chunk, so that what comes out fits its 16 bits. */
const CHUNK_BYTES = 32_768;

class RangeEncoder {
  readonly output: number[] = [];
  #low = 0;
  #range = 0xffffffff;
  #cache = 0;
  #pending = 1;

  #shift(): void {
    if (this.#low < 0xff000000 || this.#low > 0xffffffff) {
      const carry = this.#low > 0xffffffff ? 1 : 0;
      this.output.push((this.#cache + carry) & 255);
      for (; this.#pending > 1; this.#pending -= 1) this.output.push((255 + carry) & 255);
      this.#pending = 0;
      this.#cache = Math.floor(this.#low / TOP) & 255;
    }
    this.#pending += 1;
    this.#low = (this.#low % TOP) * 256;
  }

  bit(probabilities: Uint16Array, index: number, bit: number): void {
    const probability = probabilities[index] ?? 0;
    const bound = (this.#range >>> 11) * probability;
    if (bit === 0) {
      this.#range = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.#low += bound;
      this.#range -= bound;
      probabilities[index] = probability - (probability >> 5);
    }
    while (this.#range < TOP) {
      this.#range *= 256;
      this.#shift();
    }
  }

  finish(): Uint8Array {
    for (let i = 0; i < 5; i += 1) this.#shift();
    return Uint8Array.from(this.output);
  }
}

function literals(input: Uint8Array): Uint8Array {
  const encoder = new RangeEncoder();
  const isMatch = new Uint16Array(4).fill(1024);
  const contexts = new Uint16Array(8 * 0x300).fill(1024);
  let previous = 0;
  for (const [at, byte] of input.entries()) {
    encoder.bit(isMatch, at & 3, 0);
    const context = (previous >> 5) * 0x300;
    let symbol = 1;
    for (let shift = 7; shift >= 0; shift -= 1) {
      const bit = (byte >> shift) & 1;
      encoder.bit(contexts, context + symbol, bit);
      symbol = symbol * 2 + bit;
    }
    previous = byte;
  }
  return encoder.finish();
}

/** An .lzma stream that says its size, as mksquashfs writes it. */
export function lzmaPack(input: Uint8Array): Uint8Array {
  return Buffer.concat([fields([1, PROPERTIES], [4, DICTIONARY_BYTES], [8, input.byteLength]), literals(input)]);
}

function lzma2Chunk(input: Uint8Array): Uint8Array {
  const packed = literals(input);
  const head = Buffer.alloc(6);
  head[0] = 0xe0;
  head.writeUInt16BE(input.byteLength - 1, 1);
  head.writeUInt16BE(packed.byteLength - 1, 3);
  head[5] = PROPERTIES;
  return Buffer.concat([head, packed]);
}

const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.byteLength % 4)) % 4)]);
const checked = (bytes: Uint8Array) => Buffer.concat([bytes, fields([4, crc32(bytes)])]);

function vli(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...vli(Math.floor(value / 128))];
}

/** An .xz stream of one block with a dictionary of 8 KiB and a CRC32. */
export function xzPack(input: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < input.byteLength; at += CHUNK_BYTES)
    chunks.push(lzma2Chunk(input.subarray(at, at + CHUNK_BYTES)));
  const content = Buffer.concat([...chunks, Uint8Array.of(0)]);
  const header = checked(Uint8Array.of(2, 0, 0x21, 1, 2, 0, 0, 0));
  const unpadded = header.byteLength + content.byteLength + 4;
  const index = checked(padded(Uint8Array.from([0, 1, ...vli(unpadded), ...vli(input.byteLength)])));
  const flags = Uint8Array.of(0, 1);
  const backward = Buffer.concat([fields([4, index.byteLength / 4 - 1]), flags]);
  return Buffer.concat([
    Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
    checked(flags),
    header,
    padded(content),
    fields([4, crc32(input)]),
    index,
    fields([4, crc32(backward)]),
    backward,
    Buffer.from('YZ'),
  ]);
}
