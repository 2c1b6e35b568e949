/** What the checks need of the machine. ports-real.ts satisfies it. */
import type { Disk } from '../../system/disk.ts';
import type { Systemd } from '../../system/systemd.ts';
import type { CommandLimits, HealthCommand, Link } from './model.ts';

export type HealthSystemd = Pick<Systemd, 'unitState' | 'systemState' | 'jobs' | 'listUnits' | 'serviceRestarts'>;

/** How a command came to its end. */
export interface CommandEnd {
  readonly how: 'exit' | 'signal' | 'time' | 'output' | 'not-started';
  /** The exit status, the signal's name, or why it was not started. */
  readonly status: number | string;
  /** The last lines of standard output and error. */
  readonly output: readonly string[];
}

export interface HealthPorts {
  /** The last lines that a unit logged in this boot; none where there is no journal to ask. Never rejects. */
  logOf(unit: string): Promise<readonly string[]>;
  links(): readonly Link[];
  /** Whether the network has set the clock, and the latest moment (milliseconds since 1970) that is known to have been. */
  clock(): Promise<{ readonly synchronized: boolean; readonly knownMs: number }>;
  hasDefaultRoute(): Promise<boolean>;
  /** Asks a name server; resolves with any answer, also with "no such name". */
  resolve(host: string, signal: AbortSignal): Promise<string>;
  /** The status of an HTTP answer. */
  head(url: string, signal: AbortSignal): Promise<number>;
  /** Runs a command to its end. Never rejects. */
  runCommand(command: HealthCommand, limits: CommandLimits, signal: AbortSignal): Promise<CommandEnd>;
}

export interface CheckWorld {
  readonly systemd: HealthSystemd;
  readonly disk: Pick<Disk, 'replace'>;
  /** A file on the writable partition that nobody else uses. */
  readonly probeFile: string;
  readonly bootId: string;
  wallMs(): number;
  readonly ports: HealthPorts;
  readonly commands: readonly HealthCommand[];
}
