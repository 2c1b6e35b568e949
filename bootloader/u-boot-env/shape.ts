import { crc32 } from 'node:zlib';

/**
 * What an image does not say of itself: how long its header is, and in which byte order its checksum is stored. Both are
 * found by what verifies.
 */

/** `plain`: 4 byte header. `flag`: 5 byte header, as U-Boot has when it is built for redundant environments. */
export type Flavour = 'plain' | 'flag';

/** Order of the bytes of the checksum: that of the processor U-Boot was built for. Nothing else in an image has one. */
export type ByteOrder = 'little' | 'big';

export interface Shape {
  readonly flavour: Flavour;
  readonly byteOrder: ByteOrder;
}

/** CRC and the two NULs of an empty list. */
export const MIN_SIZE = 6;
/** Far above every real image (the largest U-Boot default is 256 KiB); bounds the memory that hostile bytes can cost. */
export const MAX_SIZE: number = 16 * 1024 * 1024;

export const CRC_SIZE = 4;
export const HEADER_SIZE: Readonly<Record<Flavour, number>> = { plain: CRC_SIZE, flag: CRC_SIZE + 1 };

/** As snapd tries them, and then the same in the other byte order. */
const SHAPES: readonly Shape[] = [
  { flavour: 'flag', byteOrder: 'little' },
  { flavour: 'plain', byteOrder: 'little' },
  { flavour: 'flag', byteOrder: 'big' },
  { flavour: 'plain', byteOrder: 'big' },
];

/** The checksum that an image has and the one it should have. At least `CRC_SIZE` bytes. */
export function checksumOf(bytes: Uint8Array, { flavour, byteOrder }: Shape): { stored: number; computed: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { stored: view.getUint32(0, byteOrder === 'little'), computed: crc32(bytes.subarray(HEADER_SIZE[flavour])) };
}

/** Writes the checksum of everything after the header. */
export function seal(bytes: Uint8Array, { flavour, byteOrder }: Shape): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(0, crc32(bytes.subarray(HEADER_SIZE[flavour])), byteOrder === 'little');
}

/**
 * The shape whose checksum fits, or undefined where none does; `known` leaves only shapes with that flavour and that byte
 * order. For a new image that must look like a reference image: `detectShape(reference) ?? { flavour: 'flag' }`.
 */
export function detectShape(
  bytes: Uint8Array,
  known: { readonly flavour?: Flavour | undefined; readonly byteOrder?: ByteOrder | undefined } = {},
): Shape | undefined {
  if (bytes.length < MIN_SIZE || bytes.length > MAX_SIZE) return undefined;
  return SHAPES.find((shape) => {
    if (shape.flavour !== (known.flavour ?? shape.flavour)) return false;
    if (shape.byteOrder !== (known.byteOrder ?? shape.byteOrder)) return false;
    const { stored, computed } = checksumOf(bytes, shape);
    return stored === computed;
  });
}
