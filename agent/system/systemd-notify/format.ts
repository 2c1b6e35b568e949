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
  /** Still alive: resets the time of `WatchdogSec=`. */
  readonly watchdog?: boolean;
  /** The pid of the main process, where the manager did not start it itself. */
  readonly mainPid?: number;
  /** Asks for this many more microseconds to start, run or stop, counted from now. */
  readonly extendTimeoutUsec?: number;
  /** Why the service fails, as an errno: 2 for ENOENT. */
  readonly errno?: number;
}

/** systemd reads no more of one datagram (NOTIFY_BUFFER_MAX, which is PIPE_BUF). */
export const MAX_MESSAGE_BYTES = 4096;

function number(name: string, value: number | bigint, least: number): string {
  if (typeof value === 'number' ? Number.isSafeInteger(value) && value >= least : value >= least)
    return `${name}=${value}`;
  throw new NotifyError('bad-value', `cannot send ${name}=${value}: it has to be a whole number of at least ${least}`);
}

function text(name: string, value: string): string {
  if (!/[\n\0]/.test(value)) return `${name}=${value}`;
  throw new NotifyError('bad-value', `cannot send ${name}=${JSON.stringify(value)}: it holds a line break or a NUL`);
}

/** One `NAME=value` line per thing that `state` says, without a line break at the end. Throws NotifyError. */
export function formatState(state: State): string {
  const lines: string[] = [];
  if (state.ready) lines.push('READY=1');
  if (state.reloading) lines.push('RELOADING=1');
  if (state.monotonicUsec !== undefined) lines.push(number('MONOTONIC_USEC', state.monotonicUsec, 0));
  if (state.stopping) lines.push('STOPPING=1');
  if (state.status !== undefined) lines.push(text('STATUS', state.status));
  if (state.watchdog) lines.push('WATCHDOG=1');
  if (state.mainPid !== undefined) lines.push(number('MAINPID', state.mainPid, 1));
  if (state.extendTimeoutUsec !== undefined) lines.push(number('EXTEND_TIMEOUT_USEC', state.extendTimeoutUsec, 0));
  if (state.errno !== undefined) lines.push(number('ERRNO', state.errno, 1));
  const message = lines.join('\n');
  if (message === '') throw new NotifyError('bad-value', 'cannot send a message that says nothing');
  const bytes = Buffer.byteLength(message);
  if (bytes <= MAX_MESSAGE_BYTES) return message;
  throw new NotifyError(
    'too-long',
    `cannot send ${bytes} bytes: systemd takes ${MAX_MESSAGE_BYTES}; shorten the status`,
  );
}
