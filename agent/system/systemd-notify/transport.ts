/** How a message gets to the socket. Node has no datagrams of AF_UNIX, so the default is the command that systemd ships. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NotifyError } from './error.ts';

/** Sends one datagram to a unix socket, by path or by abstract name (`@name`). Throws, or rejects, if it cannot. */
export interface Send {
  (path: string, bytes: Uint8Array): void | Promise<void>;
  /** Its promise resolves only when the manager has read the message. */
  readonly acknowledged?: boolean;
}

/**
 * The same with open descriptors (SCM_RIGHTS), which stay open here. They must have left when it returns, or when its promise
 * resolves.
 */
export interface SendFds {
  (path: string, bytes: Uint8Array, fds: readonly number[]): void | Promise<void>;
  readonly acknowledged?: boolean;
}

/** systemd-notify waits up to 5 s for the manager to have read the message. */
const TIMEOUT_MS = 10_000;
const COMMAND = 'systemd-notify';
const FIRST_FD = 3;
const ERROR_BYTES = 2000;

/**
 * Sends through `systemd-notify`, one process per message, which names this process as the sender and waits until systemd has
 * read the message. Good for a few messages; for a watchdog every few seconds pass a Send of your own.
 */
export function commandTransport(command: string = COMMAND): Send {
  const send: Send = (path, bytes) => runCommand(command, path, bytes, []);
  return Object.assign(send, { acknowledged: true });
}

/** The same with descriptors, in any order, which `systemd-notify` sends since systemd 254. */
export function commandFdTransport(command: string = COMMAND): SendFds {
  const sendFds: SendFds = (path, bytes, fds) => runCommand(command, path, bytes, fds);
  return Object.assign(sendFds, { acknowledged: true });
}

async function runCommand(command: string, path: string, bytes: Uint8Array, fds: readonly number[]): Promise<void> {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  // The child has them from FIRST_FD on, in their order.
  const named = fds.map((_, index) => `--fd=${FIRST_FD + index}`);
  const child = spawn(command, [...named, ...lines], {
    env: { ...process.env, NOTIFY_SOCKET: path },
    stdio: ['ignore', 'ignore', 'pipe', ...fds],
  });
  // Not spawn's own timeout: that would keep this process alive where the command is missing.
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, ERROR_BYTES);
  });
  try {
    const [code, signal] = await once(child, 'close');
    if (code === 0) return;
    const why = said.trim() || `it ended with ${signal ?? `status ${code}`}`;
    throw new Error(`${command}: ${why}`);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = missing ? `${command} is not installed` : cause instanceof Error ? cause.message : String(cause);
    throw new NotifyError('send-failed', `cannot notify systemd: ${why}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
