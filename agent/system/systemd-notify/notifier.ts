/** Telling the service manager how this process is. */
import { type Environment, notifySocket } from './environment.ts';
import { NotifyError } from './error.ts';
import { formatState, type State } from './format.ts';
import { commandTransport, type Send } from './transport.ts';

export interface NotifierOptions {
  /** How to send; through the `systemd-notify` command if not given. */
  readonly send?: Send;
  /** Where NOTIFY_SOCKET is looked up, once, now; `process.env` if not given. */
  readonly env?: Environment;
}

/** Each call resolves to whether a message was sent: false where nobody listens. Rejects with NotifyError. */
export interface Notifier {
  /** Whether a manager listens (NOTIFY_SOCKET is set). */
  readonly listening: boolean;
  /** Sends everything that `state` says as one message. */
  notify(state: State): Promise<boolean>;
  ready(status?: string): Promise<boolean>;
  /** A reload begins; `ready` ends it. Carries the time, as `Type=notify-reload` wants. */
  reloading(status?: string): Promise<boolean>;
  stopping(status?: string): Promise<boolean>;
  status(text: string): Promise<boolean>;
  watchdog(): Promise<boolean>;
  mainPid(pid: number): Promise<boolean>;
  /** Microseconds from now. */
  extendTimeout(usec: number): Promise<boolean>;
  errno(number: number): Promise<boolean>;
}

/** Reads NOTIFY_SOCKET and gives the calls for it. Throws NotifyError `bad-socket` if it cannot be one. */
export function createNotifier({ send = commandTransport(), env = process.env }: NotifierOptions = {}): Notifier {
  const socket = notifySocket(env);
  const notify = async (state: State): Promise<boolean> => {
    // Formatted first, so that a wrong value is noticed also where nobody listens.
    const message = formatState(state);
    if (socket === undefined) return false;
    try {
      await send(socket, Buffer.from(message));
    } catch (cause) {
      if (cause instanceof NotifyError) throw cause;
      throw new NotifyError('send-failed', `cannot notify systemd at ${socket}: ${String(cause)}`, { cause });
    }
    return true;
  };
  const saying = (status: string | undefined): State => (status === undefined ? {} : { status });
  return {
    listening: socket !== undefined,
    notify,
    ready: (status) => notify({ ready: true, ...saying(status) }),
    reloading: (status) => {
      const monotonicUsec = process.hrtime.bigint() / 1000n; // CLOCK_MONOTONIC on Linux
      return notify({ reloading: true, monotonicUsec, ...saying(status) });
    },
    stopping: (status) => notify({ stopping: true, ...saying(status) }),
    status: (text) => notify({ status: text }),
    watchdog: () => notify({ watchdog: true }),
    mainPid: (pid) => notify({ mainPid: pid }),
    extendTimeout: (usec) => notify({ extendTimeoutUsec: usec }),
    errno: (number) => notify({ errno: number }),
  };
}
