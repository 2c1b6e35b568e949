/**
 * A connection to a message bus: calls with a deadline, signals, and an end that is noticed. The only file that knows the
 * D-Bus library, which is dormant and may have to be exchanged.
 */
import { Message, type MessageBus, MessageType, sessionBus, Variant } from 'dbus-next';
import { SystemdError, type SystemdErrorCode } from './systemd-error.ts';

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** D-Bus signature of the arguments; none if not given. */
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

export interface BusSignal {
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

export interface BusConnection {
  /** The answer's values. Throws SystemdError. */
  call(call: BusCall): Promise<readonly unknown[]>;
  /** Whether the connection has ended; its calls are refused then. */
  readonly ended: boolean;
  /** Rejects when the connection ends. */
  readonly lost: Promise<never>;
  close(): void;
}

export interface BusOptions {
  readonly address: string;
  readonly timeoutMs: number;
  readonly onSignal: (signal: BusSignal) => void;
}

const CODE_OF_ERROR: Readonly<Record<string, SystemdErrorCode>> = {
  'org.freedesktop.systemd1.NoSuchUnit': 'no-such-unit',
  'org.freedesktop.DBus.Error.InvalidArgs': 'failed',
  'org.freedesktop.DBus.Error.AccessDenied': 'refused',
  'org.freedesktop.DBus.Error.AuthFailed': 'refused',
  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired': 'refused',
  'org.freedesktop.DBus.Error.ServiceUnknown': 'unavailable',
  'org.freedesktop.DBus.Error.NameHasNoOwner': 'unavailable',
  'org.freedesktop.DBus.Error.NoReply': 'unavailable',
  'org.freedesktop.DBus.Error.Disconnected': 'unavailable',
};

function errorFrom(error: unknown, action: string): SystemdError {
  if (error instanceof SystemdError) return error;
  const type = error instanceof Error && 'type' in error ? String(error.type) : '';
  const text = error instanceof Error && 'text' in error ? String(error.text) : String(error);
  const code = CODE_OF_ERROR[type] ?? (type === '' ? 'unavailable' : 'failed');
  return new SystemdError(code, `cannot ${action}: ${type === '' ? text : `${text} (${type})`}`, { cause: error });
}

/** Wraps a value with its type, where a call takes a variant. */
export function variant(signature: string, value: unknown): unknown {
  return new Variant(signature, value);
}

/** What is inside a variant of an answer. */
export function unwrap(value: unknown): unknown {
  return value instanceof Variant ? value.value : value;
}

class Connection implements BusConnection {
  readonly #bus: MessageBus;
  readonly #options: BusOptions;
  readonly #lost = Promise.withResolvers<never>();
  #ended = false;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#bus = sessionBus({ busAddress: options.address, authMethods: ['EXTERNAL'] });
    this.#lost.promise.catch(() => {});
    this.#bus.on('error', (error: unknown) => this.#end(String(error)));
    // The library forwards errors but not the end of the stream, and would leave calls waiting for ever.
    const { _connection: stream } = this.#bus as unknown as {
      readonly _connection: { on(event: 'end', listener: () => void): void };
    };
    stream.on('end', () => this.#end('the bus has closed the connection'));
    this.#bus.on('message', ({ type, interface: name, member, body }) => {
      if (type === MessageType.SIGNAL) options.onSignal({ interface: name, member, body });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  async call(call: BusCall): Promise<readonly unknown[]> {
    const action = `call ${call.member} of ${call.destination}`;
    const late = Promise.withResolvers<never>();
    const { timeoutMs } = this.#options;
    const timer = setTimeout(() => {
      late.reject(new SystemdError('timeout', `cannot ${action}: no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      const message = new Message({ ...call, signature: call.signature ?? '', body: [...(call.body ?? [])] });
      const answer = await Promise.race([this.#bus.call(message), this.#lost.promise, late.promise]);
      return answer?.body ?? [];
    } catch (error) {
      throw errorFrom(error, action);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#end('this connection was closed');
    this.#bus.disconnect();
  }

  #end(why: string): void {
    this.#ended = true;
    this.#lost.reject(new SystemdError('unavailable', `cannot reach systemd over D-Bus: ${why}`));
  }
}

/** Connects; what goes wrong shows in the first call. */
export function connect(options: BusOptions): BusConnection {
  return new Connection(options);
}
