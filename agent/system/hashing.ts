/**
 * SHA-256 of a stream without holding up the main thread: a short one here, since starting a thread costs more; a long one in
 * a worker, to which it goes in batches, and never more than a few ahead.
 */
import { createHash } from 'node:crypto';
import type { HashSaid } from './hash-session.ts';
import type { Talk } from './worker-talk.ts';
import { talkTo } from './workers.ts';

/** What goes to the worker at once, bytes; what is shorter never goes there. */
const batchBytes = 1 << 20;
/** Batches that the worker may have before it has said that it took them. */
const maxAhead = 2;

/** Whoever makes one ends it, also where it never asks for the digest. */
export class Hasher {
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #ahead = 0;
  #talk: Talk | undefined;

  /** Takes a copy of `piece`. Resolves when there is room for more. @throws TalkEnded */
  async update(piece: Uint8Array): Promise<void> {
    this.#pieces.push(Uint8Array.from(piece));
    this.#bytes += piece.length;
    if (this.#bytes >= batchBytes) await this.#send();
  }

  /** Of all that came, in lower-case hex. @throws TalkEnded */
  async digest(): Promise<string> {
    if (this.#talk === undefined) {
      const hash = createHash('sha256');
      for (const piece of this.#pieces) hash.update(piece);
      return hash.digest('hex');
    }
    if (this.#bytes > 0) await this.#send();
    this.#talk.say('end' satisfies HashSaid);
    for (; this.#ahead > 0; this.#ahead--) await this.#talk.hear();
    return String(await this.#talk.hear());
  }

  end(): void {
    this.#talk?.end();
  }

  async #send(): Promise<void> {
    this.#talk ??= talkTo('hash');
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    this.#talk.say(
      pieces satisfies HashSaid,
      pieces.map(({ buffer }) => buffer),
    );
    for (this.#ahead += 1; this.#ahead > maxAhead; this.#ahead--) await this.#talk.hear();
  }
}
