/**
 * SHA-256 of a stream without holding up the main thread: a short one here; a long one on libuv's threads (native-hash.c),
 * by way of memory that is used again and again, so that nothing is left to be collected however long it is.
 */
import { createHash } from 'node:crypto';
import { letGo } from './let-go.ts';
import { addonExports } from './native/native.ts';

/** What is hashed at once elsewhere, bytes; what is shorter is hashed here. */
const slabBytes = 1 << 18;

/** What native-hash.c exports. */
interface Hashing {
  hashNew(): object;
  /** One at a time; the bytes stay as they are until it resolves. */
  hashUpdate(hash: object, bytes: Uint8Array): Promise<void>;
  hashDigest(hash: object): string;
}

let loaded: Hashing | undefined;

function hashing(): Hashing {
  loaded ??= addonExports() as Hashing;
  return loaded;
}

export class Hasher {
  /** One is filled while the other is hashed. */
  #filling: Uint8Array | undefined;
  #other: Uint8Array | undefined;
  /** In the one that is being filled, or in `#start`. */
  #bytes = 0;
  #start: Uint8Array[] = [];
  #hash: object | undefined;
  #underway: Promise<void> | undefined;

  /** Takes a copy of `piece`. Resolves when there is room for more. @throws NativeError */
  async update(piece: Uint8Array): Promise<void> {
    if (this.#filling === undefined) {
      if (this.#bytes + piece.length <= slabBytes) {
        this.#start.push(Uint8Array.from(piece));
        this.#bytes += piece.length;
        return;
      }
      await this.#grow();
    }
    for (let at = 0; at < piece.length; ) {
      const taken = piece.subarray(at, at + slabBytes - this.#bytes);
      this.#filling?.set(taken, this.#bytes);
      this.#bytes += taken.length;
      at += taken.length;
      if (this.#bytes === slabBytes) await this.#send();
    }
  }

  /** Of all that came, in lower-case hex. @throws NativeError */
  async digest(): Promise<string> {
    if (this.#hash === undefined) {
      const hash = createHash('sha256');
      for (const piece of this.#start) hash.update(piece);
      return hash.digest('hex');
    }
    await this.#send();
    await this.#underway;
    return hashing().hashDigest(this.#hash);
  }

  async #grow(): Promise<void> {
    this.#hash = hashing().hashNew();
    this.#filling = new Uint8Array(slabBytes);
    this.#other = new Uint8Array(slabBytes);
    const start = this.#start;
    this.#start = [];
    this.#bytes = 0;
    for (const piece of start) await this.update(piece);
  }

  async #send(): Promise<void> {
    await this.#underway;
    if (this.#hash === undefined || this.#filling === undefined) return;
    this.#underway = hashing().hashUpdate(this.#hash, this.#filling.subarray(0, this.#bytes));
    // Whoever gives up half-way does not wait for it.
    this.#underway.catch(() => {});
    letGo(this.#bytes);
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#bytes = 0;
  }
}
