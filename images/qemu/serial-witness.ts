import { open } from 'node:fs/promises';
import type { Console } from './console.ts';

/** A pty holds some kilobytes; more than this cannot be missing at the end of a run. */
const MISSED_BYTES_LIMIT = 16 * 1024 * 1024;

/**
 * Sees to it that the console gets every byte of a run. When QEMU ends, the kernel throws away what the pty still holds;
 * QEMU's own log has it.
 */
export class SerialWitness {
  readonly #log: string;
  readonly #console: Console;
  #position: number;
  #isOver = false;

  private constructor(log: string, console: Console, position: number) {
    this.#log = log;
    this.#console = console;
    this.#position = position;
  }

  /** To be called before QEMU starts: a run begins where the log ends. Makes the log if need be. */
  static async begin(log: string, console: Console): Promise<SerialWitness> {
    const handle = await open(log, 'a');
    const { size } = await handle.stat();
    await handle.close();
    return new SerialWitness(log, console, size);
  }

  /** Takes what came through the pty. */
  receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#position += bytes.length;
    this.#console.feed(bytes);
  }

  /** To be called when QEMU has ended. */
  async finish(): Promise<void> {
    this.#isOver = true;
    const missed = await this.#readMissed().catch((error: unknown) => {
      // The machine's folder was removed while it ran: then nobody wants to know.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    this.#console.feed(missed);
  }

  async #readMissed(): Promise<Buffer> {
    const handle = await open(this.#log, 'r');
    try {
      const length = Math.min((await handle.stat()).size - this.#position, MISSED_BYTES_LIMIT);
      const bytes = Buffer.alloc(Math.max(0, length));
      await handle.read(bytes, 0, bytes.length, this.#position);
      return bytes;
    } finally {
      await handle.close();
    }
  }
}
