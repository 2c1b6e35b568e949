/**
 * Group commit: one sync of the log at a time, on another thread, and everybody who was written before it began is on the
 * medium after it. When a sync fails, nobody knows what the medium has; then somebody has to look.
 */

export interface GroupPorts {
  /** Brings all that was written to the log so far onto the medium. */
  sync(): Promise<void>;
  /**
   * Finds out what the medium has after a sync failed, and makes it last: everything up to the frame that this resolves to.
   * Rejects where that cannot be found out.
   */
  look(error: unknown): Promise<number>;
}

interface Waiting {
  /** The last frame of the log that has to be there. */
  readonly frame: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Group {
  readonly #ports: GroupPorts;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;

  constructor(ports: GroupPorts) {
    this.#ports = ports;
  }

  /** Resolves when the log is on the medium up to `frame`, which was written before this was called. */
  add(frame: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ frame, resolve, reject });
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    return promise;
  }

  /** Resolves when nobody waits any more, however that went. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Whatever is committed in this turn of the event loop goes with the first one.
    await Promise.resolve();
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      try {
        await this.#ports.sync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        await this.#settle(batch, error);
      }
    }
  }

  /** Nobody who was written before now can rely on a later sync: it may succeed over pages that the kernel has given up. */
  async #settle(batch: readonly Waiting[], error: unknown): Promise<void> {
    const doubtful = [...batch, ...this.#take()];
    try {
      const last = await this.#ports.look(error);
      for (const { frame, resolve, reject } of doubtful) frame <= last ? resolve() : reject(error);
    } catch (worse) {
      for (const { reject } of doubtful) reject(worse);
    }
  }

  #take(): Waiting[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }
}
