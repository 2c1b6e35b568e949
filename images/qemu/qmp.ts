import type { Duplex } from 'node:stream';
import { MachineError } from './error.ts';
import type { MachineEvent } from './events.ts';

/** Longer lines are an error of the other side: QEMU's largest answers here have a few kilobytes. */
const LINE_BYTES_LIMIT = 4 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;

type JsonObject = Readonly<Record<string, unknown>>;

/** A command that QEMU refused. `kind` is QMP's error class, such as `GenericError` or `CommandNotFound`. */
export class QmpCommandError extends MachineError {
  readonly command: string;
  readonly kind: string;

  constructor(command: string, kind: string, description: string) {
    super('qmp-command', `cannot execute QMP command ${command}: ${description}`);
    this.command = command;
    this.kind = kind;
  }
}

/** What one line from QEMU means. */
export type QmpMessage =
  | { readonly type: 'greeting' }
  | { readonly type: 'event'; readonly event: MachineEvent }
  | { readonly type: 'return'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number | undefined; readonly kind: string; readonly description: string };

/** Cuts a byte stream into lines, of a bounded length. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      const line = bytes.toString('utf8', start, end).trim();
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    if (this.#rest.length > LINE_BYTES_LIMIT) {
      throw new MachineError('qmp-protocol', `cannot read QMP: a line is longer than ${LINE_BYTES_LIMIT} bytes`);
    }
    return lines;
  }
}

/** Turns a line into a message; `MachineError` `qmp-protocol` for anything that is none. */
export function parseMessage(line: string): QmpMessage {
  const message = parseObject(line);
  if ('QMP' in message) return { type: 'greeting' };
  const { event, id, error, timestamp, data } = message;
  if (typeof event === 'string') {
    return { type: 'event', event: { name: event, data: isObject(data) ? data : {}, timeMs: timeOf(timestamp) } };
  }
  if (isObject(error)) {
    const kind = String(error['class'] ?? 'GenericError');
    const description = String(error['desc'] ?? 'no description');
    return { type: 'error', id: typeof id === 'number' ? id : undefined, kind, description };
  }
  if ('return' in message && typeof id === 'number') return { type: 'return', id, value: message['return'] };
  throw new MachineError('qmp-protocol', `cannot understand QMP message ${line.slice(0, 200)}`);
}

function parseObject(line: string): JsonObject {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {
    // Reported below, with the line.
  }
  throw new MachineError('qmp-protocol', `cannot parse QMP message ${line.slice(0, 200)}`);
}

function timeOf(timestamp: unknown): number {
  if (!isObject(timestamp)) return 0;
  return Number(timestamp['seconds'] ?? 0) * 1000 + Math.floor(Number(timestamp['microseconds'] ?? 0) / 1000);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The control connection to one QEMU process. */
export class QmpClient {
  readonly #stream: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #onEvent: (event: MachineEvent) => void;
  readonly #greeting = Promise.withResolvers<void>();
  readonly #lines = new LineSplitter();
  #nextId = 1;
  #ended: Error | undefined;

  constructor(stream: Duplex, onEvent: (event: MachineEvent) => void = () => {}) {
    this.#stream = stream;
    this.#onEvent = onEvent;
    // Nobody may be waiting for the greeting when QEMU ends.
    this.#greeting.promise.catch(() => {});
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    // A QEMU that ends resets the connection; what that means is told by end(), which knows why it ended.
    stream.on('error', (error: Error) => this.end(new MachineError('exited', `cannot use QMP: ${error.message}`)));
    stream.on('close', () => this.end(new MachineError('exited', 'cannot use QMP: QEMU closed the connection')));
  }

  /** Waits for the greeting and leaves the negotiation mode; commands work afterwards. */
  async negotiate(): Promise<void> {
    await this.#greeting.promise;
    await this.execute('qmp_capabilities');
  }

  /**
   * Runs one command and gives its result.
   * @throws QmpCommandError where QEMU refuses; MachineError `timeout` or `exited`.
   */
  execute(command: string, args: JsonObject = {}, { timeoutMs = DEFAULT_TIMEOUT_MS } = {}): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { command, resolve, reject });
    const timer = setTimeout(
      () => reject(new MachineError('timeout', `cannot get an answer to ${command} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#pending.delete(id);
    });
  }

  /** No more answers will come: every open command fails with `error`. The first reason given stays. */
  end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#greeting.reject(error);
    for (const { reject } of [...this.#pending.values()]) reject(error);
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#dispatch(parseMessage(line));
    } catch (error) {
      this.end(error instanceof Error ? error : new MachineError('qmp-protocol', String(error)));
      this.#stream.destroy();
    }
  }

  #dispatch(message: QmpMessage): void {
    if (message.type === 'greeting') this.#greeting.resolve();
    else if (message.type === 'event') this.#onEvent(message.event);
    else this.#answer(message);
  }

  #answer(message: Extract<QmpMessage, { type: 'return' | 'error' }>): void {
    // An error without an id answers a line that QEMU could not parse; there is at most one command it can mean.
    const id = message.id ?? this.#pending.keys().next().value;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (pending === undefined) return;
    if (message.type === 'return') pending.resolve(message.value);
    else pending.reject(new QmpCommandError(pending.command, message.kind, message.description));
  }
}
