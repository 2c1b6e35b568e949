import { MachineError } from './error.ts';
import { type CommandResult, findResult, shellLine, ubootLine } from './shell.ts';

/** A pattern that was found. */
export interface ConsoleMatch {
  readonly text: string;
  /** What came between the last match and this one. */
  readonly before: string;
  /** The pattern's capture groups, in order. */
  readonly captures: readonly (string | undefined)[];
}

export interface WaitOptions {
  readonly timeoutMs?: number;
}

export interface RunOptions extends WaitOptions {
  /** Leave kernel messages in the output (for `dmesg`); they can then split a marker and spoil the result. */
  readonly keepKernelMessages?: boolean;
}

/** What is found in unread text: a value, and how many characters of it are used up. */
interface Found<T> {
  readonly value: T;
  readonly consumed: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
/** Of unread text the oldest is dropped beyond this; the log file has it all. */
const UNREAD_LIMIT = 8 * 1024 * 1024;
const TAIL = 2000;

/** What a serial port says and hears, in the style of `expect`: each wait goes on where the last one ended. */
export class Console {
  readonly #write: (text: string) => Promise<void>;
  readonly #onText: (text: string) => void;
  #decoder = new TextDecoder();
  #unread = '';
  #tail = '';
  #ended: Error | undefined = new MachineError('not-running', 'the machine is off');
  #wake: () => void = () => {};
  #busy = false;
  #commands = 0;

  /** `write` sends text to the guest; `onText` is told everything the guest says. */
  constructor(write: (text: string) => Promise<void>, onText: (text: string) => void = () => {}) {
    this.#write = write;
    this.#onText = onText;
  }

  /** A new run begins: the console can be waited for again; unread text of the last run stays. */
  open(): void {
    this.#ended = undefined;
    this.#decoder = new TextDecoder();
  }

  /** Takes bytes from the guest. */
  feed(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text === '') return;
    this.#unread = (this.#unread + text).slice(-UNREAD_LIMIT);
    this.#tail = (this.#tail + text).slice(-TAIL);
    this.#onText(text);
    this.#wake();
  }

  /** The guest is gone: what it said so far can still be read; waiting for more fails with this error's message. */
  end(error: Error): void {
    this.#ended = error;
    this.#wake();
  }

  /** Sends text as it is; end commands with `\n`. */
  async send(text: string): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    await this.#write(text);
  }

  /**
   * Waits for a pattern after the last match. Only one wait at a time: for "this or that" use an alternation.
   * @throws MachineError `timeout` or `exited`, with the last the machine said; `console-busy`.
   */
  expect(pattern: string | RegExp, options: WaitOptions = {}): Promise<ConsoleMatch> {
    const find = typeof pattern === 'string' ? stringFinder(pattern) : regExpFinder(pattern);
    return this.#exclusively(() => this.#waitFor(find, `${pattern}`, options));
  }

  /**
   * Runs a command in a root shell on this console, in a subshell: neither `cd` nor `exit` outlives it. Kernel messages
   * are taken out of the output; standard error is part of it.
   */
  run(command: string, options: RunOptions = {}): Promise<CommandResult> {
    const id = this.#newId();
    return this.#command(id, shellLine(id, command), command, options);
  }

  /** Runs a command at U-Boot's prompt. */
  runUboot(command: string, options: WaitOptions = {}): Promise<CommandResult> {
    const id = this.#newId();
    return this.#command(id, ubootLine(id, command), command, { ...options, keepKernelMessages: true });
  }

  #newId(): string {
    this.#commands++;
    return String(this.#commands);
  }

  #command(id: string, line: string, command: string, options: RunOptions): Promise<CommandResult> {
    const { keepKernelMessages = false } = options;
    const find = (text: string): Found<CommandResult> | undefined => {
      const found = findResult(id, text, { keepKernelMessages });
      return found === undefined ? undefined : { value: found.result, consumed: found.consumed };
    };
    return this.#exclusively(async () => {
      await this.send(line);
      return this.#waitFor(find, `the end of command ${command}`, options);
    });
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new MachineError('console-busy', 'cannot wait twice for one console: end the first wait before the next');
    }
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #waitFor<T>(
    find: (text: string) => Found<T> | undefined,
    wanted: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
  ): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, timeoutMs);
    try {
      for (;;) {
        const found = find(this.#unread);
        if (found !== undefined) {
          this.#unread = this.#unread.slice(found.consumed);
          return found.value;
        }
        if (this.#ended !== undefined) throw this.#failure('exited', `${wanted}: ${this.#ended.message}`);
        if (late) throw this.#failure('timeout', `${wanted} within ${timeoutMs} ms`);
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #failure(code: 'exited' | 'timeout', what: string): MachineError {
    return new MachineError(code, `cannot see ${what}; the console ended with:\n${this.#tail}`);
  }
}

function stringFinder(pattern: string): (text: string) => Found<ConsoleMatch> | undefined {
  return (text) => {
    const index = text.indexOf(pattern);
    if (index < 0) return undefined;
    const value = { text: pattern, before: text.slice(0, index), captures: [] };
    return { value, consumed: index + pattern.length };
  };
}

function regExpFinder(pattern: RegExp): (text: string) => Found<ConsoleMatch> | undefined {
  // With `g` or `y` an expression remembers a place of its own.
  const expression = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
  return (text) => {
    const match = expression.exec(text);
    if (match === null) return undefined;
    const [whole, ...captures] = match;
    const value = { text: whole, before: text.slice(0, match.index), captures };
    return { value, consumed: match.index + whole.length };
  };
}
