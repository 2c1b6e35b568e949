/** What systemd hears of the daemon (sd_notify(3)); nothing where no systemd asked to hear. */
import { createNotifier, watchdogInterval } from 'node-systemd-notify';
import type { Native } from './system/native/native.ts';

export interface ServiceNotifier {
  /** The daemon serves; from now on systemd hears regularly that it is alive. */
  ready(): void;
  status(text: string): void;
  stopping(): void;
}

/** Nobody waits for these messages and none is worth ending the daemon for, so what cannot be sent is dropped. */
export function serviceNotifier(
  env: Readonly<Record<string, string | undefined>>,
  native: Pick<Native, 'sendDatagram'>,
): ServiceNotifier {
  const notifier = createNotifier({ env, send: async (socket, message) => native.sendDatagram(socket, message) });
  const dropped = () => {};
  return {
    ready() {
      notifier.ready().catch(dropped);
      const milliseconds = watchdogInterval(env);
      if (milliseconds === undefined) return;
      setInterval(() => notifier.watchdog().catch(dropped), milliseconds / 2).unref();
    },
    status: (text) => void notifier.status(text.replaceAll('\n', ' ')).catch(dropped),
    stopping: () => void notifier.stopping().catch(dropped),
  };
}
