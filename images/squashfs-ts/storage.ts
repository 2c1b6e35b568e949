import { type Decompress, decompressorOf } from './compression/decompress.ts';
import { corrupt, SquashfsError } from './error.ts';
import { SUPERBLOCK_BYTES } from './limits.ts';
import type { SquashfsSource } from './source.ts';
import type { Superblock } from './superblock.ts';

/** The bytes of an opened image: every read is kept inside what the superblock claims. */
export class Storage {
  readonly superblock: Superblock;
  readonly decompress: Decompress;
  readonly #source: SquashfsSource;

  constructor(source: SquashfsSource, superblock: Superblock) {
    this.#source = source;
    this.superblock = superblock;
    this.decompress = decompressorOf(superblock);
  }

  /** Exactly `length` bytes from `offset`. Throws `corrupt` outside the image, `truncated` when the source has shrunk. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < SUPERBLOCK_BYTES || offset + length > this.superblock.bytesUsed) {
      throw corrupt(`cannot read ${length} bytes at byte ${offset}: outside the image`);
    }
    const bytes = await this.#source.read(offset, length);
    if (bytes.byteLength === length) return bytes;
    throw new SquashfsError('truncated', `cannot read ${length} bytes at byte ${offset}: got ${bytes.byteLength}`);
  }

  /** Like `read`, but shorter where the image ends. */
  readUpTo(offset: number, length: number): Promise<Uint8Array> {
    return this.read(offset, Math.min(length, Math.max(0, this.superblock.bytesUsed - offset)));
  }
}
