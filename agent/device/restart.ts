/** A reboot that somebody waits to hear of: announced to clients first, then asked for. */
import type { Layout } from '../boot/layout.ts';
import type { Disk } from '../system/disk.ts';
import { inTime } from '../system/in-time.ts';

/** snapd's words for a pending reboot, which its clients know. */
export const rebootMaintenance = {
  kind: 'system-restart',
  message: 'system is restarting',
  value: { op: 'reboot' },
} as const;

export type Maintenance = typeof rebootMaintenance;

/** How long clients get to hear of the reboot: snapd's grace, milliseconds. */
const graceMillis = 3000;
/** A dying medium may never answer. */
const wordMillis = 1000;

export interface RestartWorld {
  readonly layout: Layout;
  readonly disk: Disk;
  reboot(why: string): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  say(text: string): void;
}

export class Restart {
  readonly #world: RestartWorld;
  #pending: Maintenance | undefined;

  constructor(world: RestartWorld) {
    this.#world = world;
  }

  /** What every answer of the API carries from the moment a reboot is decided. */
  get maintenance(): Maintenance | undefined {
    return this.#pending;
  }

  /**
   * Announces the reboot, lets clients hear of it, and reboots. Further requests join the first.
   * @param last what is to be done before; it comes to an end, and does not reject
   */
  request(why: string, last: () => Promise<void> = async () => {}): void {
    if (this.#pending !== undefined) return;
    this.#pending = rebootMaintenance;
    void this.#perform(why, last);
  }

  async #perform(why: string, last: () => Promise<void>): Promise<void> {
    const { say } = this.#world;
    say(`rebooting ${why}`);
    await this.#leaveWord();
    await Promise.all([last(), this.#world.sleep(graceMillis)]);
    try {
      await this.#world.reboot(why);
    } catch (error) {
      say(`cannot reboot: ${error instanceof Error ? error.message : error}`);
      this.#pending = undefined;
    }
  }

  /** For clients that come while nobody listens. They lose a hint where it cannot be written; the reboot goes on. */
  async #leaveWord(): Promise<void> {
    const { disk, layout } = this.#world;
    const text = new TextEncoder().encode(JSON.stringify(rebootMaintenance));
    await inTime(wordMillis, disk.replace(layout.maintenance, text, { mode: 0o644 })).catch(() => {});
  }
}
