/** When the boot sets are checked: some minutes after the start, then daily, and never while the device has better to do. */
import type { Clock } from '../../system/clock.ts';
import { type CheckWorld, checkSets } from './check.ts';
import { fitnessProblems, mendedLines } from './finding.ts';
import type { FitnessLog, FitnessReport } from './log.ts';
import { Disturbed, pauseUnless } from './reading.ts';

const minuteMillis = 60_000;
/** Starting up has the medium for itself first. */
export const firstMillis = 10 * minuteMillis;
const dayMillis = 24 * 60 * minuteMillis;
/** After a check that was given up, or could not be written down. */
export const againMillis = 15 * minuteMillis;
/** The wall clock may be set while somebody sleeps by it. */
export const lookMillis = 60 * minuteMillis;

export interface FitnessWorld extends CheckWorld {
  readonly clock: Clock;
  readonly log: FitnessLog;
  /** A trial is open, a change under way, or the device about to go down. */
  isDisturbed(): boolean;
  readonly say: (text: string) => void;
}

/** Milliseconds until the next check is due, by the wall clock; a last one in the future was made by a wrong clock. */
export function nextCheck(lastMs: number | undefined, nowMs: number): number {
  return lastMs === undefined || lastMs > nowMs ? 0 : Math.max(0, lastMs + dayMillis - nowMs);
}

/** Checks the boot sets from now on; whoever starts it stops it. @throws DatabaseError */
export function startFitness(world: FitnessWorld): Fitness {
  return new Fitness(world);
}

export class Fitness {
  readonly #world: FitnessWorld;
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;
  #running: Promise<FitnessReport> | undefined;
  /** Remembered here, too: where it cannot be written down, the sets must not be read over and over. */
  #lastMs: number | undefined;

  constructor(world: FitnessWorld) {
    this.#world = world;
    const last = world.log.last();
    this.#lastMs = last === undefined ? undefined : Date.parse(last.time);
    this.#ended = this.#keepChecking();
  }

  /** Checks now; joins a check that is under way. @throws Disturbed */
  check(): Promise<FitnessReport> {
    this.#running ??= this.#check().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Gives up what is under way, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#ended;
    await this.#running?.catch(() => {});
  }

  async #check(): Promise<FitnessReport> {
    const { log, clock, say } = this.#world;
    const pause = pauseUnless(() => this.#over.signal.aborted || this.#world.isDisturbed());
    const findings = await checkSets(this.#world, pause);
    this.#lastMs = clock.wallMs();
    const files = new Set(findings.map(({ file }) => file));
    for (const line of [...mendedLines(findings), ...fitnessProblems(findings, files)]) say(line);
    try {
      return log.add(findings);
    } catch (error) {
      say(`what the check of the boot sets has found is not kept: ${textOf(error)}`);
      return { time: new Date(this.#lastMs).toISOString(), findings };
    }
  }

  async #keepChecking(): Promise<void> {
    const { clock, say } = this.#world;
    const { signal } = this.#over;
    const sleep = (ms: number) => clock.sleep(ms, signal).catch(() => {});
    await sleep(firstMillis);
    while (!signal.aborted) {
      const wait = nextCheck(this.#lastMs, clock.wallMs());
      if (wait === 0) {
        await this.check().catch((error: unknown) => {
          if (!(error instanceof Disturbed)) say(textOf(error));
        });
      }
      await sleep(wait === 0 ? againMillis : Math.min(wait, lookMillis));
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
