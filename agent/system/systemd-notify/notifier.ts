/** Telling the service manager how this process is. */
import { openWatched } from './barrier.ts';
import { type Environment, notifySocket } from './environment.ts';
import { NotifyError } from './error.ts';
import { formatState, type State, type StoredFds } from './format.ts';
import { commandFdTransport, commandTransport, type Send, type SendFds } from './transport.ts';

export interface NotifierOptions {
  /** How to send; through the `systemd-notify` command if not given. */
  readonly send?: Send;
  /** How to send with descriptors; through the command if `send` is not given either, not at all otherwise. */
  readonly sendFds?: SendFds;
  /** Where NOTIFY_SOCKET is looked up, once, now; `process.env` if not given. */
  readonly env?: Environment;
}

/** Each call resolves to whether a message was sent: false where nobody listens. Rejects with NotifyError. */
export interface Notifier {
  /** Whether a manager listens (NOTIFY_SOCKET is set). */
  readonly listening: boolean;
  /** Sends everything that `state` says as one message; `fds` are the descriptors that its `fdStore` speaks of. */
  notify(state: State, fds?: readonly number[]): Promise<boolean>;
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
  /** Has the manager keep descriptors for the next start of this service, see `listenFds`. They stay open here. */
  storeFds(fds: readonly number[], options?: StoredFds): Promise<boolean>;
  /** Has the manager drop the kept descriptors of this name. */
  removeFds(name: string): Promise<boolean>;
  /** Resolves when the manager has read all that was sent before. Rejects with `no-answer` after `timeoutMs` (5000). */
  barrier(timeoutMs?: number): Promise<boolean>;
}

const BARRIER = Buffer.from('BARRIER=1');
const BARRIER_TIMEOUT_MS = 5000;
/** The kernel sends no more at once (SCM_MAX_FD). */
const MAX_FDS = 253;

/** Reads NOTIFY_SOCKET and gives the calls for it. Throws NotifyError `bad-socket` if it cannot be one. */
export function createNotifier(options: NotifierOptions = {}): Notifier {
  const socket = notifySocket(options.env ?? process.env);
  const { send = commandTransport() } = options;
  const sendFds = options.sendFds ?? (options.send === undefined ? commandFdTransport() : undefined);
  const underway = new Set<Promise<void>>();

  const leave = async (path: string, bytes: Uint8Array, fds: readonly number[]): Promise<void> => {
    try {
      if (fds.length === 0) await send(path, bytes);
      else if (sendFds !== undefined) await sendFds(path, bytes, fds);
    } catch (cause) {
      if (cause instanceof NotifyError) throw cause;
      throw new NotifyError('send-failed', `cannot notify systemd at ${path}: ${String(cause)}`, { cause });
    }
  };
  const notify = async (state: State, fds: readonly number[] = []): Promise<boolean> => {
    // Formatted first, so that a wrong value is noticed also where nobody listens.
    const message = Buffer.from(formatState(state));
    checkFds(state, fds, sendFds !== undefined);
    if (socket === undefined) return false;
    const sent = leave(socket, message, fds);
    underway.add(sent);
    await sent.finally(() => underway.delete(sent));
    return true;
  };
  const barrier = async (timeoutMs: number = BARRIER_TIMEOUT_MS): Promise<boolean> => {
    if (!send.acknowledged && (sendFds === undefined || sendFds.acknowledged)) throw unsupported('wait for systemd');
    if (socket === undefined) return false;
    // What could not be sent was told where it was sent.
    await Promise.allSettled(underway);
    if (!send.acknowledged) await waitRead(socket, leave, timeoutMs);
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
    storeFds: (fds, how = {}) => notify({ fdStore: how }, fds),
    removeFds: (name) => notify({ fdStoreRemove: name }),
    barrier,
  };
}

function unsupported(what: string): NotifyError {
  return new NotifyError('unsupported', `cannot ${what}: the given sender sends no descriptors; pass sendFds, too`);
}

function checkFds(state: State, fds: readonly number[], canSend: boolean): void {
  const wrong = fds.find((fd) => !Number.isInteger(fd) || fd < 0);
  if (wrong !== undefined) throw new NotifyError('bad-value', `cannot send descriptor ${wrong}: it is none`);
  if (fds.length > MAX_FDS) {
    throw new NotifyError('bad-value', `cannot send ${fds.length} descriptors: the most at once is ${MAX_FDS}`);
  }
  if ((state.fdStore !== undefined) !== fds.length > 0) {
    throw new NotifyError('bad-value', 'cannot send descriptors without fdStore, or fdStore without descriptors');
  }
  if (fds.length > 0 && !canSend) throw unsupported('send descriptors');
}

async function waitRead(path: string, leave: SendFds, timeoutMs: number): Promise<void> {
  const watched = await openWatched().catch((cause: unknown) => {
    throw new NotifyError('send-failed', `cannot wait for systemd: ${String(cause)}`, { cause });
  });
  const { promise: late, reject } = Promise.withResolvers<never>();
  try {
    try {
      await leave(path, BARRIER, [watched.fd]);
    } finally {
      watched.close();
    }
    const timer = setTimeout(() => {
      reject(new NotifyError('no-answer', `cannot wait for systemd: it has not read the messages in ${timeoutMs} ms`));
    }, timeoutMs);
    await Promise.race([watched.closed, late]).finally(() => clearTimeout(timer));
  } finally {
    watched.abandon();
  }
}
