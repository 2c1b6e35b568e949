import { decodeEntries, encodeEntries } from './entries.ts';
import { EnvError, quoted } from './errors.ts';
import {
  type ByteOrder,
  CRC_SIZE,
  checksumOf,
  detectShape,
  type Flavour,
  HEADER_SIZE,
  MAX_SIZE,
  MIN_SIZE,
  type Shape,
  seal,
} from './shape.ts';

/**
 * One environment image: CRC-32, perhaps a flag byte, the list of entries, padding. The checksum covers everything after
 * the header, padding included, but not the flag byte. An image does not say how long it is: the length is that of the file.
 */

/** What fills the image after the list: 0xff as `mkenvimage` and snapd, 0x00 as U-Boot's own `env export`. */
export type Padding = 0x00 | 0xff;

/** The content of an image; it has all that is needed to write an image of the same shape. */
export interface EnvImage extends Shape {
  readonly vars: ReadonlyMap<string, string>;
  /** Length of the whole image in bytes, header and padding included. */
  readonly size: number;
  /** The flag byte, 0 to 255; always 0 where the flavour has none. */
  readonly flag: number;
}

export interface ParseOptions {
  /** Accept only this flavour; without it the five byte header is tried first, then the four byte one. */
  readonly flavour?: Flavour | undefined;
  /** Accept only this byte order; without it little endian is tried first, then big endian. */
  readonly byteOrder?: ByteOrder | undefined;
  /** Skip malformed entries. The checksum must be right all the same. */
  readonly bestEffort?: boolean | undefined;
  /** What the bytes are called in messages, for instance the path they were read from. */
  readonly name?: string | undefined;
}

function checkSize(size: number, smallest: number): void {
  if (!Number.isInteger(size) || size < smallest) {
    throw new EnvError('too-small', `cannot make an environment image of ${size} bytes: the smallest has ${smallest}`);
  }
  if (size > MAX_SIZE) {
    throw new EnvError('too-large', `cannot make an environment image of ${size} bytes: the largest has ${MAX_SIZE}`);
  }
}

function parse(bytes: Uint8Array, { flavour, byteOrder, bestEffort = false }: ParseOptions): EnvImage {
  if (bytes.length < MIN_SIZE) throw new EnvError('too-small', 'smaller than expected environment block');
  if (bytes.length > MAX_SIZE) throw new EnvError('too-large', `larger than ${MAX_SIZE} bytes`);
  const shape = detectShape(bytes, { flavour, byteOrder });
  if (shape === undefined) {
    // The numbers are those of snapd's last attempt.
    const last: Shape = { flavour: flavour ?? 'plain', byteOrder: byteOrder ?? 'little' };
    const { stored, computed } = checksumOf(bytes, last);
    throw new EnvError('bad-crc', `bad CRC ${stored} != ${computed}`);
  }
  const vars = decodeEntries(bytes.subarray(HEADER_SIZE[shape.flavour]), bestEffort);
  return { ...shape, vars, size: bytes.length, flag: shape.flavour === 'flag' ? (bytes[CRC_SIZE] ?? 0) : 0 };
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
  seal(bytes, image);
  return bytes;
}

/**
 * A new empty image, `size` in bytes.
 * @throws EnvError `too-small`, `too-large`
 */
export function createEnv({
  size,
  flavour,
  byteOrder = 'little',
}: {
  readonly size: number;
  readonly flavour: Flavour;
  readonly byteOrder?: ByteOrder | undefined;
}): EnvImage {
  checkSize(size, HEADER_SIZE[flavour] + 2);
  return { vars: new Map(), size, flavour, byteOrder, flag: 0 };
}
