/** One side of a conversation between the main thread and a worker: what is said comes in order, and can be waited for. */
import type { MessagePort, Transferable } from 'node:worker_threads';

/** What a worker can be asked for. */
export type SessionKind = 'checkpoint' | 'tree';

/** The other side has ended: the thread died, or it hung up before it said what was waited for. */
export class TalkEnded extends Error {
  override readonly name = 'TalkEnded';

  constructor() {
    super('cannot go on: the worker thread has ended');
  }
}

export class Talk {
  readonly #port: MessagePort;
  readonly #heard: unknown[] = [];
  readonly #over = Promise.withResolvers<void>();
  #waiting: PromiseWithResolvers<unknown> | undefined;
  #isOver = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: unknown) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting === undefined) this.#heard.push(message);
      else waiting.resolve(message);
    });
    port.on('close', () => {
      this.#isOver = true;
      this.#over.resolve();
      this.#waiting?.reject(new TalkEnded());
      this.#waiting = undefined;
    });
  }

  /** Resolves when either side has hung up. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  say(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** The next thing that the other side says; one waits at a time. @throws TalkEnded */
  async hear(): Promise<unknown> {
    if (this.#heard.length > 0) return this.#heard.shift();
    if (this.#isOver) throw new TalkEnded();
    this.#waiting = Promise.withResolvers<unknown>();
    return this.#waiting.promise;
  }

  /** Hangs up; what was said before still arrives. */
  end(): void {
    this.#port.close();
  }
}
