/** The steps of reboot.ts on a real machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Native } from './native/native.ts';
import type { RebootPorts } from './reboot.ts';
import type { Systemd } from './systemd.ts';

export interface RebootMeans {
  readonly systemd: Pick<Systemd, 'reboot'>;
  /** Called only when reboot(2) is due: the addon need not load before. */
  readonly native: () => Pick<Native, 'rebootNow'>;
  /** Stops feeding the watchdog: tells the dead man to reset, or stops one's own feeding. */
  readonly silence: () => void;
  /** The command and arguments of the second step; a test passes another. */
  readonly command?: readonly [string, ...string[]];
}

/** `-ff` makes systemctl call reboot(2) itself, without init; it still syncs the file systems. */
const COMMAND: readonly [string, ...string[]] = ['systemctl', 'reboot', '-ff'];

export function rebootPorts({ systemd, native, silence, command = COMMAND }: RebootMeans): RebootPorts {
  const [program, ...args] = command;
  return {
    login1: async () => await systemd.reboot(),
    systemctl: async (signal) => {
      await promisify(execFile)(program, args, { signal });
    },
    syscall: async () => native().rebootNow(),
    silence: async () => silence(),
  };
}
