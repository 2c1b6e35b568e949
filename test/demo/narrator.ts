/** Tells the story: plain lines with the time since the start, and a sign of life where the device is silent. */
import { clock } from './format.ts';

/** Silence longer than this is broken. */
const SILENCE_MS = 10_000;

export class Narrator {
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #start: number;
  #spokeAt: number;

  constructor(write: (text: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
    this.#start = now();
    this.#spokeAt = this.#start;
  }

  /** Milliseconds since the story began. */
  get elapsedMs(): number {
    return this.#now() - this.#start;
  }

  /** A line of its own, without time. */
  say(line = ''): void {
    this.#write(`${line}\n`);
  }

  /** What is happening just now. */
  note(line: string): void {
    this.#spokeAt = this.#now();
    this.#write(`  ${clock(this.elapsedMs).padStart(6)}  ${line}\n`);
  }

  /** A fact of a case, with a word in front that says what it is. */
  fact(word: string, ...lines: readonly string[]): void {
    for (const [at, line] of lines.entries()) this.say(`  ${(at === 0 ? word : '').padEnd(9)} ${line}`);
  }

  /** Awaits work, and says from time to time that it goes on. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    const began = this.#now();
    const timer = setInterval(() => {
      if (this.#now() - this.#spokeAt >= SILENCE_MS) this.note(`... ${what}, ${clock(this.#now() - began)} so far`);
    }, 1000);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }
}
