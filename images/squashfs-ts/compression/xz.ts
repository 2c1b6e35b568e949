import { viewOf } from '../bytes.ts';
import { corrupt } from '../error.ts';

const HEADER = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const FOOTER_BYTES = 12;
const LZMA2 = 0x21;
/** Branch filters of mksquashfs -Xbcj (x86, powerpc, ia64, arm, armthumb, sparc) and arm64; none changes the size. */
const BRANCH_FILTERS = [0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a];
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const value = this.#bytes[this.at];
    if (value === undefined) throw corrupt('cannot decompress: xz stream ends early');
    this.at += 1;
    return value;
  }

  /** Big-endian, as LZMA2 chunk headers are. */
  uint16(): number {
    return this.byte() * 256 + this.byte();
  }

  /** The format's variable-length integer; 5 bytes are enough for any block of ours. */
  vli(): number {
    let value = 0;
    for (let shift = 0; shift < 5; shift += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    throw corrupt('cannot decompress: xz number too large');
  }
}

/** Bytes of the dictionary that the decoder would allocate for this LZMA2 property byte. */
function dictionaryBytes(property: number): number {
  if (property > 40) throw corrupt('cannot decompress: impossible xz dictionary');
  return (2 + (property & 1)) * 2 ** (Math.floor(property / 2) + 11);
}

/** Checks the block header's filters and leaves the reader on the first chunk. */
function skipBlockHeader(reader: Reader, dictionaryLimit: number): void {
  const start = reader.at;
  const end = start + (reader.byte() + 1) * 4;
  const flags = reader.byte();
  if ((flags & 0x3c) !== 0) throw corrupt('cannot decompress: unknown xz block flags');
  if ((flags & 0x40) !== 0) reader.vli();
  if ((flags & 0x80) !== 0) reader.vli();
  for (let left = (flags & 3) + 1; left > 0; left -= 1) {
    const filter = reader.vli();
    const propertyBytes = reader.vli();
    if (left > 1 ? !BRANCH_FILTERS.includes(filter) || propertyBytes > 4 : filter !== LZMA2 || propertyBytes !== 1) {
      throw corrupt(`cannot decompress: xz filter ${filter} is not allowed here`);
    }
    if (left > 1) reader.at += propertyBytes;
    else if (dictionaryBytes(reader.byte()) > dictionaryLimit)
      throw corrupt('cannot decompress: xz dictionary too large');
  }
  if (reader.at > end - 4) throw corrupt('cannot decompress: xz block header too short');
  reader.at = end;
}

/** Sums the sizes that the chunk headers announce: the decoder writes exactly those. */
function chunksBytes(reader: Reader): number {
  let total = 0;
  for (let control = reader.byte(); control !== 0; control = reader.byte()) {
    if (control >= 0x80) {
      total += (control & 0x1f) * 65536 + reader.uint16() + 1;
      const packed = reader.uint16() + 1;
      reader.at += packed + (control >= 0xc0 ? 1 : 0);
    } else if (control <= 2) {
      const size = reader.uint16() + 1;
      total += size;
      reader.at += size;
    } else {
      throw corrupt('cannot decompress: unknown LZMA2 chunk');
    }
  }
  return total;
}

/** Nothing may follow the block but the index of one record and the footer: no second block, no second stream. */
function checkIndex(stream: Uint8Array, reader: Reader): void {
  const start = reader.at;
  if (reader.byte() !== 0 || reader.vli() !== 1) throw corrupt('cannot decompress: more than one xz block');
  const footer = stream.byteLength - FOOTER_BYTES;
  if (footer < start || (viewOf(stream).getUint32(footer + 4, true) + 1) * 4 !== footer - start) {
    throw corrupt('cannot decompress: xz index does not end the stream');
  }
}

/**
 * How many bytes an .xz stream of one block decompresses to, found without decompressing: the decoder we use takes no limit,
 * so the limit is kept here. Accepts what squashfs images hold: one stream, one block, optional branch filters, LZMA2 with
 * a dictionary of at most `dictionaryLimit` bytes (the kernel refuses larger ones too). Throws `corrupt` on all else.
 */
export function xzDecompressedBytes(stream: Uint8Array, dictionaryLimit: number): number {
  if (HEADER.some((byte, i) => stream[i] !== byte)) throw corrupt('cannot decompress: not an xz stream');
  const check = CHECK_BYTES[stream[7] ?? 255];
  if (check === undefined) throw corrupt('cannot decompress: unknown xz check');
  const reader = new Reader(stream, 12);
  skipBlockHeader(reader, dictionaryLimit);
  const total = chunksBytes(reader);
  reader.at += ((4 - (reader.at % 4)) % 4) + check;
  checkIndex(stream, reader);
  return total;
}
