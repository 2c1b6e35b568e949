import { safeUint64, viewOf } from './bytes.ts';
import { Cache } from './cache.ts';
import { corrupt } from './error.ts';
import type { FileInode } from './inode.ts';
import { CACHED_FRAGMENT_BLOCKS } from './limits.ts';
import { readTable } from './table.ts';
import type { Volume } from './volume.ts';

const UNCOMPRESSED = 1 << 24;
const FRAGMENT_ENTRY_BYTES = 16;

/** Block sizes fetched from the inode table at a time, so that a long list is never in memory at once. */
const SIZES_AT_ONCE = 512;

/** Stored bytes of a block; unsigned, so that bits the format does not know make it too large. */
function storedBytes(word: number): number {
  return (word & ~UNCOMPRESSED) >>> 0;
}

/** The content of files: their own blocks, and the tails that share fragment blocks. */
export class FileData {
  readonly #volume: Volume;
  readonly #fragments = new Cache<Uint8Array>(CACHED_FRAGMENT_BLOCKS);

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  /** The content in order, one piece for each block; the pieces belong to the caller. Throws `corrupt`. */
  async *blocks(file: FileInode): AsyncGenerator<Uint8Array> {
    const { blockSize } = this.#volume.storage.superblock;
    const tail = file.size % blockSize;
    const inFragment = file.fragment !== undefined && tail > 0;
    const count = Math.floor(file.size / blockSize) + (tail > 0 && !inFragment ? 1 : 0);
    let at = file.start;
    let index = 0;
    for await (const word of this.#sizes(file, count)) {
      const length = index === count - 1 && !inFragment && tail > 0 ? tail : blockSize;
      yield await this.#block(at, word, length);
      at += storedBytes(word);
      index += 1;
    }
    if (file.fragment !== undefined && tail > 0) yield await this.#tail(file.fragment, tail);
  }

  /** The words that describe the blocks: stored size, and a bit for "not compressed". */
  async *#sizes(file: FileInode, count: number): AsyncGenerator<number> {
    const { inodeTableStart, directoryTableStart } = this.#volume.storage.superblock;
    const region = { start: inodeTableStart, end: directoryTableStart };
    const cursor = this.#volume.metadata.cursor(region, file.blockSizes);
    for (let done = 0; done < count; ) {
      const part = Math.min(SIZES_AT_ONCE, count - done);
      const view = viewOf(await cursor.read(part * 4));
      for (let i = 0; i < part; i += 1) yield view.getUint32(i * 4, true);
      done += part;
    }
  }

  async #block(at: number, word: number, length: number): Promise<Uint8Array> {
    // A block of size 0 is a hole.
    const block = word === 0 ? new Uint8Array(length) : await this.#stored(at, word, length);
    if (block.byteLength === length) return block;
    throw corrupt(`cannot read block at byte ${at}: ${block.byteLength} bytes where ${length} belong`);
  }

  /** A stored block of at most `limit` bytes once decompressed. */
  async #stored(at: number, word: number, limit: number): Promise<Uint8Array> {
    const { blockSize, inodeTableStart } = this.#volume.storage.superblock;
    const size = storedBytes(word);
    if (size === 0 || size > blockSize || at + size > inodeTableStart) {
      throw corrupt(`cannot read block at byte ${at}: ${size} bytes do not fit there`);
    }
    const stored = await this.#volume.storage.read(at, size);
    return (word & UNCOMPRESSED) !== 0 ? stored : this.#volume.storage.decompress(stored, limit);
  }

  async #tail(fragment: { readonly index: number; readonly offset: number }, length: number): Promise<Uint8Array> {
    const block = await this.#fragments.get(fragment.index, () => this.#fragmentBlock(fragment.index));
    if (fragment.offset + length > block.byteLength) {
      throw corrupt(`cannot read fragment ${fragment.index}: ${length} bytes at ${fragment.offset} are outside`);
    }
    return Uint8Array.prototype.slice.call(block, fragment.offset, fragment.offset + length);
  }

  async #fragmentBlock(index: number): Promise<Uint8Array> {
    const { fragmentCount, fragmentTableStart, blockSize } = this.#volume.storage.superblock;
    if (index >= fragmentCount || fragmentTableStart === undefined) {
      throw corrupt(`cannot read fragment ${index}: there are ${fragmentCount}`);
    }
    const range = { start: fragmentTableStart, from: index * FRAGMENT_ENTRY_BYTES, length: FRAGMENT_ENTRY_BYTES };
    const entry = viewOf(await readTable(this.#volume, range));
    const at = safeUint64(entry, 0);
    if (at === undefined) throw corrupt(`cannot read fragment ${index}: impossible offset`);
    return this.#stored(at, entry.getUint32(8, true), blockSize);
  }
}
