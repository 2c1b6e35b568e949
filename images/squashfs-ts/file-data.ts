import { BlockLists, type StoredBlock, storedBlockOf } from './block-list.ts';
import { safeUint64, viewOf } from './bytes.ts';
import { Cache } from './cache.ts';
import { corrupt } from './error.ts';
import type { FileInode } from './inode.ts';
import { CACHED_DATA_BLOCKS, CACHED_FRAGMENT_BLOCKS } from './limits.ts';
import { readAhead } from './read-ahead.ts';
import { readTable } from './table.ts';
import type { Volume } from './volume.ts';

const FRAGMENT_ENTRY_BYTES = 16;

/** Bytes of a file: from `from` up to, not including, `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Gives the bytes of a block, of which there are `length`. */
type Load = (block: StoredBlock, length: number) => Promise<Uint8Array>;

/** The content of files: their own blocks, and the tails that share fragment blocks. */
export class FileData {
  readonly #volume: Volume;
  readonly #lists: BlockLists;
  readonly #fragments = new Cache<number, Uint8Array>(CACHED_FRAGMENT_BLOCKS);
  readonly #blocks = new Cache<string, Uint8Array>(CACHED_DATA_BLOCKS);

  constructor(volume: Volume) {
    this.#volume = volume;
    this.#lists = new BlockLists(volume);
  }

  /** The content in order, at most a block at a time; the pieces belong to the caller. Throws `corrupt`. */
  pieces(file: FileInode, range: ByteRange): AsyncGenerator<Uint8Array> {
    return this.#pieces(file, range, (block, length) => this.#block(block, length));
  }

  /** The bytes of a range that lies in the file. The blocks used last are kept for the next call. Throws `corrupt`. */
  async bytes(file: FileInode, range: ByteRange): Promise<Uint8Array> {
    // Two files may claim one place with other sizes: what was made of it for one is not for the other.
    const load: Load = (block, length) =>
      this.#blocks.get(`${block.at} ${block.size} ${block.compressed} ${length}`, () => this.#block(block, length));
    const result = new Uint8Array(range.to - range.from);
    let done = 0;
    for await (const piece of this.#pieces(file, range, load)) {
      result.set(piece, done);
      done += piece.byteLength;
    }
    return result;
  }

  async *#pieces(file: FileInode, { from, to }: ByteRange, load: Load): AsyncGenerator<Uint8Array> {
    if (from >= to) return;
    const { blockSize } = this.#volume.storage.superblock;
    const full = Math.floor(file.size / blockSize);
    const hasOwnTail = file.fragment === undefined && file.size % blockSize > 0;
    const count = full + (hasOwnTail ? 1 : 0);
    let start = Math.floor(from / blockSize) * blockSize;
    const blocks = this.#lists.blocks(file, start / blockSize, Math.min(count, Math.ceil(to / blockSize)));
    yield* readAhead(blocks, async (block) => {
      const length = Math.min(blockSize, file.size - start);
      const first = Math.max(0, from - start);
      const end = Math.min(length, to - start);
      start += blockSize;
      // A block of size 0 is a hole.
      return block.size === 0 ? new Uint8Array(end - first) : (await load(block, length)).subarray(first, end);
    });
    if (file.fragment === undefined || start >= to) return;
    const { index, offset } = file.fragment;
    const skipped = Math.max(0, from - start);
    yield await this.#tail(index, offset + skipped, to - start - skipped);
  }

  async #block(block: StoredBlock, length: number): Promise<Uint8Array> {
    const bytes = await this.#stored(block, length);
    if (bytes.byteLength === length) return bytes;
    throw corrupt(`cannot read block at byte ${block.at}: ${bytes.byteLength} bytes where ${length} belong`);
  }

  /** A stored block of at most `limit` bytes once decompressed. */
  async #stored({ at, size, compressed }: StoredBlock, limit: number): Promise<Uint8Array> {
    const { blockSize, inodeTableStart } = this.#volume.storage.superblock;
    if (size === 0 || size > blockSize || at + size > inodeTableStart) {
      throw corrupt(`cannot read block at byte ${at}: ${size} bytes do not fit there`);
    }
    const stored = await this.#volume.storage.read(at, size);
    return compressed ? this.#volume.storage.decompress(stored, limit) : stored;
  }

  async #tail(index: number, offset: number, length: number): Promise<Uint8Array> {
    const block = await this.#fragments.get(index, () => this.#fragmentBlock(index));
    if (offset + length > block.byteLength) {
      throw corrupt(`cannot read fragment ${index}: ${length} bytes at ${offset} are outside`);
    }
    return Uint8Array.prototype.slice.call(block, offset, offset + length);
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
    return this.#stored(storedBlockOf(at, entry.getUint32(8, true)), blockSize);
  }
}
