import { viewOf } from './bytes.ts';
import type { FileInode } from './inode.ts';
import { BLOCKS_BETWEEN_PLACES, REMEMBERED_FILES, REMEMBERED_PLACES } from './limits.ts';
import { keyOf, type Place } from './place.ts';
import type { Volume } from './volume.ts';

/** Words fetched from the inode table at a time, so that a long list is never in memory at once. */
const WORDS_AT_ONCE = 512;

const UNCOMPRESSED = 1 << 24;

/** A block as its word describes it. */
export interface StoredBlock {
  /** Byte of the image where it begins. */
  readonly at: number;
  /** Bytes it takes there; 0 is a hole. Unsigned, so that bits the format does not know make it too large. */
  readonly size: number;
  readonly compressed: boolean;
}

/** What a word of the image says of a block that begins at `at`. */
export function storedBlockOf(at: number, word: number): StoredBlock {
  return { at, size: (word & ~UNCOMPRESSED) >>> 0, compressed: (word & UNCOMPRESSED) === 0 };
}

/** A block whose place is known without reading all words before it. */
interface Landmark {
  readonly block: number;
  /** Where its word is in the inode table. */
  readonly word: Place;
  readonly at: number;
}

/**
 * The lists of blocks of files. A list gives sizes, so a block's place is the sum of all before it: every 1024 blocks that
 * sum is remembered, for the files used last.
 */
export class BlockLists {
  readonly #volume: Volume;
  readonly #landmarks = new Map<string, Landmark[]>();

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  /** The blocks of a file with the numbers from `from` up to, not including, `to`. Throws `corrupt`. */
  async *blocks(file: FileInode, from: number, to: number): AsyncGenerator<StoredBlock> {
    if (from >= to) return;
    const { inodeTableStart, directoryTableStart } = this.#volume.storage.superblock;
    const region = { start: inodeTableStart, end: directoryTableStart };
    const landmarks = this.#landmarksOf(file);
    // They lie so far apart, without a gap, so the last one that is not behind `from` has this number.
    const last = Math.min(Math.floor(from / BLOCKS_BETWEEN_PLACES), landmarks.length - 1);
    let { block, word: place, at } = landmarks[last] ?? { block: 0, word: file.blockSizes, at: file.start };
    const cursor = this.#volume.metadata.cursor(region, place);
    while (block < to) {
      const count = Math.min(WORDS_AT_ONCE, to - block);
      const view = viewOf(await cursor.read(count * 4));
      for (let i = 0; i < count; i += 1) {
        const stored = storedBlockOf(at, view.getUint32(i * 4, true));
        if (block >= from) yield stored;
        block += 1;
        at += stored.size;
      }
      place = cursor.place;
      if (block === landmarks.length * BLOCKS_BETWEEN_PLACES && landmarks.length < REMEMBERED_PLACES) {
        landmarks.push({ block, word: place, at });
      }
    }
  }

  #landmarksOf(file: FileInode): Landmark[] {
    // Only in forged images do two files share a list; then they need not begin in the same place.
    const key = `${keyOf(file.blockSizes)} ${file.start}`;
    const known = this.#landmarks.get(key);
    const landmarks = known ?? [{ block: 0, word: file.blockSizes, at: file.start }];
    // A Map keeps insertion order: the file used last goes to its end, the one not used for longest leaves.
    this.#landmarks.delete(key);
    this.#landmarks.set(key, landmarks);
    for (const oldest of this.#landmarks.keys()) {
      if (this.#landmarks.size <= REMEMBERED_FILES) break;
      this.#landmarks.delete(oldest);
    }
    return landmarks;
  }
}
