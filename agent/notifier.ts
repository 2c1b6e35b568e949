/** What systemd hears of the daemon (sd_notify(3)); nothing where no systemd asked to hear. */
import type { Native } from './system/native/native.ts';

export interface Notifier {
  ready(): void;
  status(text: string): void;
  stopping(): void;
}

export function serviceNotifier(
  env: Readonly<Record<string, string | undefined>>,
  native: Pick<Native, 'sendDatagram'>,
): Notifier {
  const path = env['NOTIFY_SOCKET'];
  const send = (text: string) => {
    if (!path) return;
    try {
      native.sendDatagram(path, new TextEncoder().encode(text));
    } catch {}
  };
  const usec = Number(env['WATCHDOG_USEC'] ?? 0);
  return {
    ready() {
      send('READY=1');
      if (usec > 0) setInterval(() => send('WATCHDOG=1'), usec / 2000).unref();
    },
    status: (text) => send(`STATUS=${text.replaceAll('\n', ' ')}`),
    stopping: () => send('STOPPING=1'),
  };
}
