import { crc32 } from 'node:zlib';
import { decodeEntries, encodeEntries } from './entries.ts';
import { EnvError, quoted } from './errors.ts';

/**
 * One environment image: CRC-32 (little endian), perhaps a flag byte, the list of entries, padding. The checksum covers
 * everything after the header, padding included, but not the flag byte. An image does not say how long it is, nor which
 * flavour: the length is that of the file, and the flavour is the one whose checksum fits.
 */

/** `plain`: 4 byte header. `flag`: 5 byte header, as U-Boot has when it is built for redundant environments. */
export type Flavour = 'plain' | 'flag';

/** What fills the image after the list: 0xff as `mkenvimage` and snapd, 0x00 as U-Boot's own `env export`. */
export type Padding = 0x00 | 0xff;

/** The content of an image; it has all that is needed to write an image of the same shape. */
export interface EnvImage {
  readonly vars: ReadonlyMap<string, string>;
  /** Length of the whole image in bytes, header and padding included. */
  readonly size: number;
  readonly flavour: Flavour;
  /** The flag byte, 0 to 255; always 0 where the flavour has none. */
  readonly flag: number;
}

export interface ParseOptions {
  /** Accept only this flavour; without it the five byte header is tried first, then the four byte one. */
  readonly flavour?: Flavour | undefined;
  /** Skip malformed entries. The checksum must be right all the same. */
  readonly bestEffort?: boolean | undefined;
  /** What the bytes are called in messages, for instance the path they were read from. */
  readonly name?: string | undefined;
}

/** CRC and the two NULs of an empty list. */
export const MIN_SIZE = 6;
/** Far above every real image (the largest U-Boot default is 256 KiB); bounds what is read and made. */
export const MAX_SIZE = 1024 * 1024;

const CRC_SIZE = 4;
const HEADER_SIZE: Readonly<Record<Flavour, number>> = { plain: CRC_SIZE, flag: CRC_SIZE + 1 };

interface Checksum {
  readonly stored: number;
  readonly computed: number;
}

function checksum(bytes: Uint8Array, flavour: Flavour): Checksum {
  const stored = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  return { stored, computed: crc32(bytes.subarray(HEADER_SIZE[flavour])) };
}

function checkSize(size: number, smallest: number): void {
  if (!Number.isInteger(size) || size < smallest) {
    throw new EnvError('too-small', `cannot make an environment image of ${size} bytes: the smallest has ${smallest}`);
  }
  if (size > MAX_SIZE) {
    throw new EnvError('too-large', `cannot make an environment image of ${size} bytes: the largest has ${MAX_SIZE}`);
  }
}

/**
 * The flavour whose checksum fits, or undefined where none does. Five bytes are tried first, as snapd does.
 * For a new image that must look like a reference image: `detectFlavour(reference) ?? 'flag'`.
 */
export function detectFlavour(bytes: Uint8Array): Flavour | undefined {
  if (bytes.length < MIN_SIZE || bytes.length > MAX_SIZE) return undefined;
  const flavours: readonly Flavour[] = ['flag', 'plain'];
  return flavours.find((flavour) => {
    const { stored, computed } = checksum(bytes, flavour);
    return stored === computed;
  });
}

function parse(bytes: Uint8Array, { flavour, bestEffort = false }: ParseOptions): EnvImage {
  if (bytes.length < MIN_SIZE) throw new EnvError('too-small', 'smaller than expected environment block');
  if (bytes.length > MAX_SIZE) throw new EnvError('too-large', `larger than ${MAX_SIZE} bytes`);
  // Where no checksum fits, the message has the numbers of the second attempt, as snapd's.
  const shape = flavour ?? detectFlavour(bytes) ?? 'plain';
  const { stored, computed } = checksum(bytes, shape);
  if (stored !== computed) throw new EnvError('bad-crc', `bad CRC ${stored} != ${computed}`);
  const vars = decodeEntries(bytes.subarray(HEADER_SIZE[shape]), bestEffort);
  return { vars, size: bytes.length, flavour: shape, flag: shape === 'flag' ? (bytes[CRC_SIZE] ?? 0) : 0 };
}

/**
 * Reads an image. The whole of `bytes` is the image: cut it to the right length first.
 * @throws EnvError `too-small`, `too-large`, `bad-crc`, `bad-entry`; the messages are snapd's, with the name given
 */
export function parseEnv(bytes: Uint8Array, options: ParseOptions = {}): EnvImage {
  try {
    return parse(bytes, options);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    const what = options.name === undefined ? 'environment image' : quoted(options.name);
    throw new EnvError(error.code, `cannot open ${what}: ${error.message}`);
  }
}

/**
 * Writes an image of `image.size` bytes, with `image.flag` in the flag byte.
 * @throws EnvError `overflow` before anything is made if the variables do not fit; `bad-flag`, `bad-name`, `bad-value`,
 * `too-small`, `too-large` for an `image` that did not come from this package
 */
export function serializeEnv(image: EnvImage, { padding = 0xff }: { readonly padding?: Padding } = {}): Uint8Array {
  const header = HEADER_SIZE[image.flavour];
  checkSize(image.size, header + 2);
  if (!Number.isInteger(image.flag) || image.flag < 0 || image.flag > 0xff) {
    throw new EnvError('bad-flag', `cannot write flag ${image.flag}: it is one byte, 0 to 255`);
  }
  const entries = encodeEntries(image.vars);
  const needed = header + entries.length;
  if (needed > image.size) {
    const message = `cannot write environment: it needs ${needed} bytes and the image has ${image.size}; remove variables`;
    throw new EnvError('overflow', message);
  }
  const bytes = new Uint8Array(image.size).fill(padding);
  if (image.flavour === 'flag') bytes[CRC_SIZE] = image.flag;
  bytes.set(entries, header);
  new DataView(bytes.buffer).setUint32(0, crc32(bytes.subarray(header)), true);
  return bytes;
}

/**
 * A new empty image, `size` in bytes.
 * @throws EnvError `too-small`, `too-large`
 */
export function createEnv({ size, flavour }: { readonly size: number; readonly flavour: Flavour }): EnvImage {
  checkSize(size, HEADER_SIZE[flavour] + 2);
  return { vars: new Map(), size, flavour, flag: 0 };
}
