/** How a message gets to the socket. Node has no datagrams of AF_UNIX, so the default is the command that systemd ships. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NotifyError } from './error.ts';

/** Sends one datagram to a unix socket, by path or by abstract name (`@name`). Throws, or rejects, if it cannot. */
export type Send = (path: string, bytes: Uint8Array) => void | Promise<void>;

/** systemd-notify waits up to 5 s for the manager to have read the message. */
const TIMEOUT_MS = 10_000;

/**
 * Sends through `systemd-notify`, one process per message, which names this process as the sender. Good for a few messages;
 * for a watchdog every few seconds pass a Send of your own.
 */
export function commandTransport(command = 'systemd-notify'): Send {
  return async (path, bytes) => {
    const lines = Buffer.from(bytes).toString('utf8').split('\n');
    try {
      const env = { ...process.env, NOTIFY_SOCKET: path };
      await promisify(execFile)(command, lines, { env, timeout: TIMEOUT_MS });
    } catch (cause) {
      const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      const why = missing ? `${command} is not installed` : String(cause).trim();
      throw new NotifyError('send-failed', `cannot notify systemd: ${why}`, { cause });
    }
  };
}
