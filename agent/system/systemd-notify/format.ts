/** From a state to the text of a datagram, sd_notify(3). Pure. */
import { NotifyError } from './error.ts';

/** What a service can tell its manager; several things at once are one message. */
export interface State {
  /** Start-up, or the reload begun with `reloading`, is finished. */
  readonly ready?: boolean;
  /** A reload begins. Goes with `monotonicUsec`, for `Type=notify-reload`. */
  readonly reloading?: boolean;
  /** CLOCK_MONOTONIC in microseconds. */
  readonly monotonicUsec?: bigint;
  /** The service begins to shut down. */
  readonly stopping?: boolean;
  /** One line for people, shown by `systemctl status`. */
  readonly status?: string;
  /** Still alive: resets the time of `WatchdogSec=`. `trigger`: treat the service as if that time were over. */
  readonly watchdog?: boolean | 'trigger';
  /** Another `WatchdogSec=` from now on. */
  readonly watchdogUsec?: number;
  /** The pid of the main process, where the manager did not start it itself. */
  readonly mainPid?: number;
  /** Asks for this many more microseconds to start, run or stop, counted from now. */
  readonly extendTimeoutUsec?: number;
  /** Why the service fails, as an errno: 2 for ENOENT. */
  readonly errno?: number;
  /** Why the service fails, as the name of a D-Bus error. */
  readonly busError?: string;
  /** With what status this process will exit; systemd itself only passes it on. */
  readonly exitStatus?: number;
  /** The descriptors that go with the message are kept for the next start of the service. */
  readonly fdStore?: StoredFds;
  /** Drops the kept descriptors of this name. */
  readonly fdStoreRemove?: string;
}

export interface StoredFds {
  /** What `LISTEN_FDNAMES` will call them; `stored` if not given. */
  readonly name?: string;
  /** False: keep them also when they are at their end. systemd drops those otherwise. */
  readonly poll?: boolean;
}

/** systemd reads no more of one datagram (NOTIFY_BUFFER_MAX, which is PIPE_BUF). */
export const MAX_MESSAGE_BYTES = 4096;

/** systemd's bound on the name of a kept descriptor; what is longer is dropped there without a word to the sender. */
const FD_NAME = /^[\x20-\x39\x3b-\x7e]{1,255}$/;

function number(name: string, value: number | bigint, least: number, most: number = Number.MAX_SAFE_INTEGER): string {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (whole && value >= least && value <= most) return `${name}=${value}`;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new NotifyError('bad-value', `cannot send ${name}=${value}: it has to be a whole number ${range}`);
}

function text(name: string, value: string): string {
  if (!/[\n\0]/.test(value)) return `${name}=${value}`;
  throw new NotifyError('bad-value', `cannot send ${name}=${JSON.stringify(value)}: it holds a line break or a NUL`);
}

function fdName(value: string): string {
  if (FD_NAME.test(value)) return `FDNAME=${value}`;
  const rule = 'a name has 1 to 255 printable ASCII characters, and no colon';
  throw new NotifyError('bad-value', `cannot send FDNAME=${JSON.stringify(value)}: ${rule}`);
}

function stored({ name, poll = true }: StoredFds): string[] {
  return ['FDSTORE=1', ...(name === undefined ? [] : [fdName(name)]), ...(poll ? [] : ['FDPOLL=0'])];
}

/** One `NAME=value` line per thing that `state` says, without a line break at the end. Throws NotifyError. */
export function formatState(state: State): string {
  const lines: string[] = [];
  if (state.ready) lines.push('READY=1');
  if (state.reloading) lines.push('RELOADING=1');
  if (state.monotonicUsec !== undefined) lines.push(number('MONOTONIC_USEC', state.monotonicUsec, 0));
  if (state.stopping) lines.push('STOPPING=1');
  if (state.status !== undefined) lines.push(text('STATUS', state.status));
  if (state.watchdog) lines.push(`WATCHDOG=${state.watchdog === 'trigger' ? 'trigger' : 1}`);
  if (state.watchdogUsec !== undefined) lines.push(number('WATCHDOG_USEC', state.watchdogUsec, 1));
  if (state.mainPid !== undefined) lines.push(number('MAINPID', state.mainPid, 1));
  if (state.extendTimeoutUsec !== undefined) lines.push(number('EXTEND_TIMEOUT_USEC', state.extendTimeoutUsec, 0));
  if (state.errno !== undefined) lines.push(number('ERRNO', state.errno, 1));
  if (state.busError !== undefined) lines.push(text('BUSERROR', state.busError));
  if (state.exitStatus !== undefined) lines.push(number('EXIT_STATUS', state.exitStatus, 0, 255));
  if (state.fdStore !== undefined) lines.push(...stored(state.fdStore));
  if (state.fdStoreRemove !== undefined) {
    // One message has one FDNAME.
    if (state.fdStore !== undefined)
      throw new NotifyError('bad-value', 'cannot keep and drop descriptors in one message');
    lines.push('FDSTOREREMOVE=1', fdName(state.fdStoreRemove));
  }
  const message = lines.join('\n');
  if (message === '') throw new NotifyError('bad-value', 'cannot send a message that says nothing');
  const bytes = Buffer.byteLength(message);
  if (bytes <= MAX_MESSAGE_BYTES) return message;
  throw new NotifyError(
    'too-long',
    `cannot send ${bytes} bytes: systemd takes ${MAX_MESSAGE_BYTES}; shorten the status`,
  );
}
