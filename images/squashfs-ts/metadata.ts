import { viewOf } from './bytes.ts';
import { Cache } from './cache.ts';
import { corrupt } from './error.ts';
import { CACHED_METADATA_BLOCKS, METADATA_BYTES } from './limits.ts';
import type { Place } from './place.ts';
import type { Storage } from './storage.ts';

const HEADER_BYTES = 2;
const UNCOMPRESSED = 0x8000;

interface MetadataBlock {
  readonly bytes: Uint8Array;
  /** Where the next block of the table begins. */
  readonly next: number;
}

/** Byte range of the image that holds the metadata blocks of one table. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** The metadata blocks of an image, decompressed on demand; the ones used last are kept. */
export class Metadata {
  readonly #storage: Storage;
  readonly #blocks = new Cache<number, MetadataBlock>(CACHED_METADATA_BLOCKS);

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The block that begins at byte `at` of the image and ends inside `region`. Throws `corrupt`. */
  async block(at: number, region: Region): Promise<MetadataBlock> {
    if (at < region.start || at + HEADER_BYTES >= region.end) {
      throw corrupt(`cannot read metadata at byte ${at}: outside its table (${region.start} to ${region.end})`);
    }
    const block = await this.#blocks.get(at, () => this.#load(at));
    if (block.next > region.end) throw corrupt(`cannot read metadata at byte ${at}: block runs out of its table`);
    return block;
  }

  async #load(at: number): Promise<MetadataBlock> {
    // One read for header and content: reading a few bytes too many is cheaper than reading twice.
    const raw = await this.#storage.readUpTo(at, HEADER_BYTES + METADATA_BYTES);
    const header = viewOf(raw).getUint16(0, true);
    const size = header & 0x7fff;
    if (size === 0 || size > METADATA_BYTES || HEADER_BYTES + size > raw.byteLength) {
      throw corrupt(`cannot read metadata at byte ${at}: impossible block size ${size}`);
    }
    const stored = raw.subarray(HEADER_BYTES, HEADER_BYTES + size);
    const next = at + HEADER_BYTES + size;
    if ((header & UNCOMPRESSED) !== 0) return { bytes: stored.slice(), next };
    return { bytes: await this.#storage.decompress(stored, METADATA_BYTES), next };
  }

  /** Reads on from a place in a table. */
  cursor(region: Region, place: Place): MetadataCursor {
    return new MetadataCursor(this, region, place);
  }
}

/** Reads a table forwards, across the borders of its blocks. */
export class MetadataCursor {
  readonly #metadata: Metadata;
  readonly #region: Region;
  #block: number;
  #offset: number;
  #loaded: MetadataBlock | undefined;

  constructor(metadata: Metadata, region: Region, place: Place) {
    this.#metadata = metadata;
    this.#region = region;
    this.#block = region.start + place.block;
    this.#offset = place.offset;
  }

  /** Where the next read begins. */
  get place(): Place {
    return { block: this.#block - this.#region.start, offset: this.#offset };
  }

  /** The next `length` bytes if they lie in the block read last: loops over small parts need not wait for each. */
  take(length: number): Uint8Array | undefined {
    const bytes = this.#loaded?.bytes;
    if (bytes === undefined || this.#offset + length > bytes.byteLength) return undefined;
    this.#offset += length;
    return bytes.subarray(this.#offset - length, this.#offset);
  }

  /** The next `length` bytes; a view of a cached block where possible, so not to be written to. Throws `corrupt`. */
  async read(length: number): Promise<Uint8Array> {
    // Behind the last byte of a table there is still room for nothing.
    if (length === 0) return new Uint8Array(0);
    const available = await this.#available();
    const whole = this.take(length);
    if (whole !== undefined) return whole;
    const result = new Uint8Array(length);
    result.set(available);
    this.#offset += available.byteLength;
    for (let done = available.byteLength; done < length; ) {
      const part = (await this.#available()).subarray(0, length - done);
      result.set(part, done);
      done += part.byteLength;
      this.#offset += part.byteLength;
    }
    return result;
  }

  /** What is left of the current block, or the next block where nothing is left; never empty. */
  async #available(): Promise<Uint8Array> {
    this.#loaded ??= await this.#metadata.block(this.#block, this.#region);
    const { bytes, next } = this.#loaded;
    if (this.#offset < bytes.byteLength) return bytes.subarray(this.#offset);
    // Only a full block can be followed by another: a place behind the end of a short one is a forgery or damage.
    if (this.#offset > METADATA_BYTES || bytes.byteLength < METADATA_BYTES) {
      throw corrupt(`cannot read metadata at byte ${this.#block}: no byte ${this.#offset} in the block`);
    }
    this.#block = next;
    this.#offset = 0;
    this.#loaded = await this.#metadata.block(next, this.#region);
    if (this.#loaded.bytes.byteLength === 0) throw corrupt(`cannot read metadata at byte ${next}: empty block`);
    return this.#loaded.bytes;
  }
}
