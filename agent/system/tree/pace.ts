/** Long synchronous work in pieces: others on the same thread have their turn, and it can be told to stop. */
import { setImmediate as turn } from 'node:timers/promises';

/** How long nobody else may have a turn, milliseconds. */
const sliceMillis = 20;

/** Thrown where the work is to stop. */
export class WorkStopped extends Error {
  override readonly name = 'WorkStopped';

  constructor() {
    super('cannot go on: it was told to stop');
  }
}

export class Pace {
  /** Bytes that were copied so far. */
  bytes = 0;
  #stopped = false;
  #since = performance.now();
  readonly #report: (bytes: number) => void;

  /** @param report called now and then with the bytes so far */
  constructor(report: (bytes: number) => void = () => {}) {
    this.#report = report;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Between two pieces. Nothing is to be waited for where there is time left. @throws WorkStopped */
  step(bytes = 0): Promise<void> | undefined {
    this.bytes += bytes;
    if (this.#stopped) throw new WorkStopped();
    return performance.now() - this.#since < sliceMillis ? undefined : this.#rest();
  }

  async #rest(): Promise<void> {
    this.#report(this.bytes);
    await turn();
    this.#since = performance.now();
    if (this.#stopped) throw new WorkStopped();
  }
}
