/** The ready-made images that `init` copies to hf-mark: the boot script imports them as a U-Boot environment. */
import { crc32 } from 'node:zlib';

const MARK_SIZE = 4096;

/** An environment of one variable, `snap_mark`, without flag byte: little-endian CRC-32 of the rest, `name=value`, NULs. */
export function markImage(name: string): Uint8Array {
  const image = Buffer.alloc(MARK_SIZE);
  image.write(`snap_mark=${name}`, 4);
  image.writeUInt32LE(crc32(image.subarray(4)), 0);
  return image;
}
