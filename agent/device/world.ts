/** All that the device's logic needs from outside, so that tests and `--root` can give it something else. */

import type { HealthPolicy } from '../boot/health/model.ts';
import type { HealthPorts, HealthSystemd } from '../boot/health/ports.ts';
import type { Layout } from '../boot/layout.ts';
import type { Handlers } from '../engine/handler.ts';
import type { LifeSystemd } from '../snaps/life/world.ts';
import type { Clock } from '../system/clock.ts';
import type { Database } from '../system/database.ts';
import type { Disk } from '../system/disk.ts';
import type { Systemd } from '../system/systemd.ts';
import type { Trees } from '../system/tree/trees.ts';
import type { Programs } from './programs.ts';

/** What the device asks of systemd. */
export type Init = HealthSystemd & LifeSystemd & Pick<Systemd, 'setRuntimeWatchdog' | 'startedSeconds'>;

export interface DeviceWorld {
  readonly layout: Layout;
  readonly disk: Disk;
  readonly database: Database;
  readonly clock: Clock;
  /** Seconds since the kernel started. */
  uptimeSeconds(): Promise<number>;
  /** Seconds since this process started. */
  agentSeconds(): number;
  readonly systemd: Init;
  /** For data of snaps, which they and users own. */
  readonly trees: Trees;
  /** What snaps are mounted here, and which of their programs run. */
  readonly programs: Programs;
  /** For tests: what does tasks, in the place of the device's own. */
  readonly handlers?: (known: Handlers) => Handlers;
  /** Debian's name of this machine's architecture. */
  readonly architecture: string;
  readonly policy?: HealthPolicy;
  /** What the health checks ask besides systemd. */
  readonly health: HealthPorts;
  /** Says that this is a good moment for a checkpoint of the database: something has come to its end. Costs nothing where none is due. */
  checkpoint(): void;
  /** Makes the machine go down, by all means, one after the other. */
  reboot(why: string): Promise<void>;
  /** A line for the log, and systemd's status. */
  say(text: string): void;
  /** Systemd's status only: what changes every second. */
  status(text: string): void;
}
