/**
 * SQLite's write-ahead log as it is on the medium, read before SQLite does: SQLite takes what is whole from the front and says
 * nothing about the rest (https://www.sqlite.org/fileformat2.html#walformat).
 */

const headBytes = 32;
const frameHeadBytes = 24;
const magic = 0x377f0682;
const formatVersion = 3007000;

export interface Frame {
  readonly page: number;
  readonly content: Uint8Array;
}

export interface LogPicture {
  /** The first salt; one more with each time that the log starts over. */
  readonly salt: number;
  readonly pageBytes: number;
  /** How many frames, counted from the front, are whole and committed: what SQLite will use. */
  readonly frames: number;
  /** The pages in those. */
  readonly pages: ReadonlySet<number>;
  /** Commits that end behind them, in frames that look like this log's: they cannot be used. */
  readonly unusable: number;
  /** All frames that say they are this log's, whole or not: for a look at what is lost, never to be believed. */
  readonly claimed: readonly Frame[];
}

/** @returns undefined where its head is no head of a log: SQLite then takes nothing from it */
export function readLog(bytes: Uint8Array): LogPicture | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headBytes) return undefined;
  const isLittle = view.getUint32(0) === magic;
  const pageBytes = view.getUint32(8);
  const isKnown = (isLittle || view.getUint32(0) === magic + 1) && view.getUint32(4) === formatVersion;
  if (!isKnown || pageBytes < 512 || pageBytes > 65_536) return undefined;
  const sum = new Checksum(view, isLittle);
  sum.add(0, 24);
  if (!sum.is(24)) return undefined;
  return { salt: view.getUint32(16), pageBytes, ...readFrames(view, sum, pageBytes) };
}

function readFrames(view: DataView, sum: Checksum, pageBytes: number) {
  const frameBytes = frameHeadBytes + pageBytes;
  const claimed: Frame[] = [];
  let frames = 0;
  let unusable = 0;
  let isWhole = true;
  for (let n = 0; headBytes + (n + 1) * frameBytes <= view.byteLength; n++) {
    const at = headBytes + n * frameBytes;
    const page = view.getUint32(at);
    const salts = [0, 4].filter((half) => view.getUint32(at + 8 + half) === view.getUint32(16 + half)).length;
    // One from before the log started over has neither; one that was damaged there still has the other.
    const isOurs = salts > 0;
    const isCommit = view.getUint32(at + 4) !== 0;
    if (isWhole) {
      sum.add(at, 8);
      sum.add(at + frameHeadBytes, pageBytes);
      isWhole = salts === 2 && page !== 0 && sum.is(at + 16);
    }
    if (isWhole && isCommit) frames = n + 1;
    if (!isWhole && isOurs && isCommit) unusable += 1;
    if (isOurs && page !== 0) {
      const content = new Uint8Array(view.buffer, view.byteOffset + at + frameHeadBytes, pageBytes);
      claimed.push({ page, content });
    }
  }
  const pages = new Set<number>();
  for (let n = 0; n < frames; n++) pages.add(view.getUint32(headBytes + n * frameBytes));
  return { frames, unusable, pages, claimed };
}

/** The log's running checksum: each frame's goes on from the one before it. */
class Checksum {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  #a = 0;
  #b = 0;

  constructor(view: DataView, isLittle: boolean) {
    this.#view = view;
    this.#isLittle = isLittle;
  }

  add(offset: number, length: number): void {
    for (let at = offset; at < offset + length; at += 8) {
      this.#a = (this.#a + this.#view.getUint32(at, this.#isLittle) + this.#b) >>> 0;
      this.#b = (this.#b + this.#view.getUint32(at + 4, this.#isLittle) + this.#a) >>> 0;
    }
  }

  is(offset: number): boolean {
    return this.#a === this.#view.getUint32(offset) && this.#b === this.#view.getUint32(offset + 4);
  }
}
