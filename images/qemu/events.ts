import { MachineError } from './error.ts';

/** Something QEMU announced: RESET, SHUTDOWN, WATCHDOG, STOP, RESUME, GUEST_PANICKED, ... */
export interface MachineEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch, by QEMU's clock. */
  readonly timeMs: number;
}

export interface EventWait {
  readonly timeoutMs?: number;
  /** Only events at this place of the log or later: `events.length` as it was before the action. Default 0: all. */
  readonly after?: number;
  readonly where?: (event: MachineEvent) => boolean;
}

interface Waiter {
  readonly matches: (event: MachineEvent, index: number) => boolean;
  readonly resolve: (event: MachineEvent) => void;
  readonly reject: (error: Error) => void;
}

/** Later events are not kept; a guest that resets for ever must not take all memory. */
const EVENTS_LIMIT = 100_000;
const DEFAULT_TIMEOUT_MS = 60_000;

/** Every event of a machine, over all its runs, in order. */
export class EventLog {
  readonly #events: MachineEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  #ended: Error | undefined = new MachineError('not-running', 'the machine is off');

  /** How many events there are so far; pass it as `after` to wait only for later ones. */
  get length(): number {
    return this.#events.length;
  }

  /** A copy of the log. */
  list(): readonly MachineEvent[] {
    return [...this.#events];
  }

  /** A new run begins. */
  open(): void {
    this.#ended = undefined;
  }

  append(event: MachineEvent): void {
    if (this.#events.length >= EVENTS_LIMIT) return;
    const index = this.#events.push(event) - 1;
    for (const waiter of [...this.#waiters]) {
      if (waiter.matches(event, index)) waiter.resolve(event);
    }
  }

  /**
   * The first event of that name in the log or, if there is none yet, the next one of this run.
   * @throws MachineError `timeout`, `exited` when QEMU ends first, `not-running` before the first run.
   */
  wait(name: string, { timeoutMs = DEFAULT_TIMEOUT_MS, after = 0, where }: EventWait = {}): Promise<MachineEvent> {
    const matches = (event: MachineEvent, index: number) =>
      index >= after && event.name === name && (where === undefined || where(event));
    const past = this.#events.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<MachineEvent>();
    const waiter: Waiter = { matches, resolve, reject };
    this.#waiters.add(waiter);
    const timer = setTimeout(() => {
      const seen = this.#events.slice(after).map((event) => event.name);
      const list = seen.length === 0 ? 'no event' : seen.slice(-10).join(' ');
      reject(new MachineError('timeout', `cannot see event ${name} within ${timeoutMs} ms; seen: ${list}`));
    }, timeoutMs);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    });
  }

  /** QEMU has ended: nothing more will come in this run. */
  end(error: Error): void {
    this.#ended = error;
    for (const waiter of [...this.#waiters]) waiter.reject(error);
  }
}
