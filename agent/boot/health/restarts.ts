/** Finds services that systemd restarts again and again: a look at their state alone may find them running each time. */
import type { HealthSystemd } from './ports.ts';

export interface Restarts {
  /** Restarted since the look before. */
  readonly restarted: readonly string[];
  /** Restarted `limit` times since all was well. */
  readonly looping: readonly string[];
}

export class RestartWatch {
  readonly #systemd: Pick<HealthSystemd, 'serviceRestarts'>;
  readonly #limit: number;
  readonly #latest = new Map<string, number>();
  /** The counts when all was well for the first time: until then services may wait for each other by failing. */
  #well: ReadonlyMap<string, number> | undefined;

  /** @param limit how many restarts make a loop */
  constructor(systemd: Pick<HealthSystemd, 'serviceRestarts'>, limit: number) {
    this.#systemd = systemd;
    this.#limit = limit;
  }

  /**
   * Asks for the counts of `services`; the first look at one finds nothing.
   * @throws SystemdError
   */
  async look(services: readonly string[]): Promise<Restarts> {
    const counts = await Promise.all(
      services.map(async (name) => [name, await this.#systemd.serviceRestarts(name)] as const),
    );
    const restarted = counts.filter(([name, count]) => count > (this.#latest.get(name) ?? count)).map(([name]) => name);
    for (const [name, count] of counts) this.#latest.set(name, count);
    const looping = counts
      .filter(([name, count]) => this.#well !== undefined && count - (this.#well.get(name) ?? count) >= this.#limit)
      .map(([name]) => name);
    return { restarted, looping };
  }

  /** All was well at the last look. */
  well(): void {
    this.#well ??= new Map(this.#latest);
  }
}
