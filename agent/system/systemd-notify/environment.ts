/** What systemd tells a service through its environment: sd_watchdog_enabled(3), sd_listen_fds(3), NOTIFY_SOCKET. Pure. */
import { NotifyError } from './error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ListenFd {
  /** A descriptor that is open in this process: `server.listen({ fd })`. */
  readonly fd: number;
  /** `FileDescriptorName=` of the socket unit, the unit's name by default; `unknown` if the manager gave none. */
  readonly name: string;
}

const FIRST_FD = 3;
/** As many as systemd's own default for open files; more is a broken environment. */
const MAX_FDS = 1024;

function whole(env: Environment, name: string): number | undefined {
  const value = env[name];
  if (value === undefined) return undefined;
  const parsed = Number(value);
  if (/^\d{1,16}$/.test(value) && Number.isSafeInteger(parsed)) return parsed;
  throw new NotifyError('bad-environment', `cannot read ${name}=${JSON.stringify(value)}: it is no whole number`);
}

/**
 * Milliseconds within which the manager wants to hear WATCHDOG=1, undefined if it does not. Send it twice as often. Throws
 * NotifyError where the variables make no sense.
 */
export function watchdogInterval(env: Environment = process.env, pid: number = process.pid): number | undefined {
  const usec = whole(env, 'WATCHDOG_USEC');
  if (usec === undefined) return undefined;
  if (usec === 0) throw new NotifyError('bad-environment', 'cannot keep a watchdog of WATCHDOG_USEC=0 content');
  const forPid = whole(env, 'WATCHDOG_PID');
  return forPid === undefined || forPid === pid ? usec / 1000 : undefined;
}

/**
 * The descriptors that systemd has opened or kept for this process: sockets of one unit in its order, units and kept ones in
 * any. None if the process was started otherwise.
 */
export function listenFds(env: Environment = process.env, pid: number = process.pid): ListenFd[] {
  if (whole(env, 'LISTEN_PID') !== pid) return [];
  const count = whole(env, 'LISTEN_FDS') ?? 0;
  if (count > MAX_FDS) throw new NotifyError('bad-environment', `cannot take over LISTEN_FDS=${count}: too many`);
  const names = env['LISTEN_FDNAMES']?.split(':');
  if (names !== undefined && count > 0 && names.length !== count) {
    const message = `cannot tell the sockets apart: LISTEN_FDNAMES has ${names.length} names for ${count}`;
    throw new NotifyError('bad-environment', message);
  }
  return Array.from({ length: count }, (_, index) => ({ fd: FIRST_FD + index, name: names?.[index] ?? 'unknown' }));
}

/** Where messages go: a path or `@name`; undefined if the process was not started as a notifying service. */
export function notifySocket(env: Environment = process.env): string | undefined {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return undefined;
  if (/^[/@][^\0]{1,106}$/.test(socket)) return socket;
  throw new NotifyError(
    'bad-socket',
    `cannot notify ${JSON.stringify(socket)}: it is neither a path nor an abstract name`,
  );
}
