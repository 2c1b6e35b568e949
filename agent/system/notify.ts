/** Notifications to systemd from the daemon, by datagrams of the native addon: no process per ping of the watchdog. */
import { createNotifier, type Notifier, type NotifierOptions } from 'node-systemd-notify';
import type { Native } from './native/native.ts';

/** The notifier of this process; it sends nothing where NOTIFY_SOCKET is not set. */
export function systemNotifier(
  native: Pick<Native, 'sendDatagram'>,
  options: Pick<NotifierOptions, 'env'> = {},
): Notifier {
  return createNotifier({
    ...options,
    send: (path, bytes) => native.sendDatagram(path, bytes),
    sendFds: (path, bytes, fds) => native.sendDatagram(path, bytes, fds),
  });
}
