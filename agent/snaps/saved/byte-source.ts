/** A stream of bytes, read in the portions that a format asks for. */
import { bad } from './tar-header.ts';

export class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  /** The next at most `limit` bytes; `undefined` at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done === true) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly that many, in pieces. @throws SavedError `not-a-snapshot` where it ends before */
  async *pieces(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      const piece = await this.some(left);
      if (piece === undefined) throw bad('it ends too early');
      left -= piece.length;
      yield piece;
    }
  }

  /** Exactly that many. Callers bound it. @throws SavedError `not-a-snapshot` where it ends before */
  async take(bytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(bytes)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async skip(bytes: number): Promise<void> {
    for await (const _ of this.pieces(bytes));
  }

  /** Ends the stream: nothing more is asked of it. */
  async end(): Promise<void> {
    await this.#pieces.return?.();
  }
}
