import { SquashfsError, type SquashfsErrorCode, SquashfsImage, type WalkEntry } from '../../index.ts';
import type { SquashfsSource } from '../../source.ts';

/** Bounds of what is done with one image. */
const MAX_ENTRIES = 600;
const MAX_BLOCKS = 300;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_FILE_BYTES = 512 * 1024;

/** Reads of the source that one entry, one block or one call may cost, on average. */
const READS_PER_STEP = 16;

/** What came of it. */
export interface Outcome {
  /** The codes that were met. */
  readonly codes: Set<SquashfsErrorCode>;
  /** Whether all of the image could be read; what asks for things that are not there does not count. */
  readable: boolean;
  /** The messages without their numbers. */
  readonly complaints: Set<string>;
  /** Reads of the source. */
  reads: number;
  /** Entries and blocks that came out, and calls that were made. */
  steps: number;
}

/** The image did something that no image may. */
export class Misbehaviour extends Error {
  override readonly name = 'Misbehaviour';
}

function shape(message: string): string {
  return message
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/\{.*\}/g, '{…}')
    .replace(/-?\d[\d.e+]*/g, 'N');
}

class Exercise {
  readonly outcome: Outcome = { codes: new Set(), readable: true, complaints: new Set(), reads: 0, steps: 0 };
  readonly #random: (below: number) => number;
  #bytes = MAX_BYTES;
  #blocks = MAX_BLOCKS;

  constructor(random: (below: number) => number) {
    this.#random = random;
  }

  source(bytes: Uint8Array): SquashfsSource {
    return {
      size: bytes.byteLength,
      read: (offset, length) => {
        this.outcome.reads += 1;
        if (offset < 0 || offset + length > bytes.byteLength) throw new Misbehaviour(`read of ${length} at ${offset}`);
        return Uint8Array.prototype.slice.call(bytes, offset, offset + length);
      },
    };
  }

  /** Errors of the package are an answer like any other; all else is not. */
  async #attempt<T>(call: () => Promise<T>, isAllowed = false): Promise<T | undefined> {
    this.outcome.steps += 1;
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof SquashfsError)) throw error;
      const { codes, complaints } = this.outcome;
      codes.add(error.code);
      if (!isAllowed) this.outcome.readable = false;
      complaints.add(`${error.code}: ${shape(error.message)}`);
      return undefined;
    }
  }

  async #file(image: SquashfsImage, { reference, stat }: WalkEntry): Promise<void> {
    const length = Math.min(stat.size, this.#bytes, MAX_FILE_BYTES);
    let done = 0;
    await this.#attempt(async () => {
      for await (const piece of image.stream(reference, { length })) {
        done += piece.byteLength;
        this.#blocks -= 1;
        this.outcome.steps += 1;
        if (done > length) throw new Misbehaviour(`${done} bytes of ${length}`);
        if (this.#blocks <= 0) return;
      }
      if (done !== length) throw new Misbehaviour(`${done} bytes of ${length}`);
    });
    this.#bytes -= done;
    const offset = this.#random(stat.size + 1);
    const wanted = this.#random(10_000);
    const part = await this.#attempt(() => image.read(reference, { offset, length: wanted }));
    if (part !== undefined && part.byteLength !== Math.min(wanted, stat.size - offset)) {
      throw new Misbehaviour(`${part.byteLength} bytes at ${offset} of ${stat.size}`);
    }
    if (this.#random(8) > 0) return;
    const whole = await this.#attempt(() => image.readFile(reference, { maxBytes: MAX_FILE_BYTES }), true);
    if (whole !== undefined && whole.byteLength !== stat.size)
      throw new Misbehaviour(`${whole.byteLength} of ${stat.size}`);
  }

  async #entry(image: SquashfsImage, entry: WalkEntry): Promise<void> {
    const { path, stat, reference } = entry;
    const components = path.split('/');
    if (components.includes('..') || components.includes('') || path.includes('\0')) throw new Misbehaviour(path);
    if (!Number.isSafeInteger(stat.size) || stat.size < 0) throw new Misbehaviour(`size ${stat.size}`);
    if (stat.type === 'file' && this.#blocks > 0) await this.#file(image, entry);
    if (stat.type === 'directory')
      this.outcome.steps += (await this.#attempt(() => image.list(reference)))?.length ?? 0;
    await this.#attempt(() => image.lxattrs(reference));
    if (this.#random(6) === 0) await this.#path(image, entry);
  }

  /** Reaches the entry by its path; the directories on the way are read entry by entry. */
  async #path(image: SquashfsImage, { path, stat }: WalkEntry): Promise<void> {
    this.outcome.steps += 4 * MAX_ENTRIES;
    await this.#attempt(() => image.list(`${path}/../.`), true);
    await this.#attempt(() => image.xattrs(path), true);
    if (stat.type !== 'file') await this.#attempt(() => image.readFile(path, { maxBytes: MAX_FILE_BYTES }), true);
    const found = await this.#attempt(() => image.stat(path), true);
    if (found !== undefined && stat.type !== 'symlink' && found.inode !== stat.inode)
      throw new Misbehaviour(`another ${path}`);
    await this.#attempt(() => image.reference(stat.inode), true);
  }

  async run(bytes: Uint8Array): Promise<Outcome> {
    const image = await this.#attempt(() => SquashfsImage.open(this.source(bytes)));
    if (image !== undefined) {
      await this.#attempt(async () => {
        const from = this.#random(4) === 0 ? image.superblock.rootInode : undefined;
        for await (const entry of image.walk(from, { maxEntries: MAX_ENTRIES })) {
          this.outcome.steps += 1;
          await this.#entry(image, entry);
        }
      });
      const reference = { block: this.#random(3) * 8194, offset: this.#random(8194) };
      if (this.#random(8) === 0) await this.#attempt(() => image.stat(reference), true);
      await image.close();
    }
    const { reads, steps } = this.outcome;
    if (reads > READS_PER_STEP * steps) throw new Misbehaviour(`${reads} reads in ${steps} steps`);
    return this.outcome;
  }
}

/**
 * Uses all that an image offers. Throws Misbehaviour, or whatever came that is no SquashfsError; that there are errors is
 * no misbehaviour.
 */
export function exercise(bytes: Uint8Array, random: (below: number) => number): Promise<Outcome> {
  return new Exercise(random).run(bytes);
}
