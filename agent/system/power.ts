/**
 * A simulated power supply: cuts the power at a chosen durable write, so that a test can look at what is left. It is a
 * witness for the disk and the database alike, so one count runs through both.
 */
import { type DurableWrite, MOMENTS, type Moment, type WriteWitness } from './durable.ts';

/** Where to cut: the n-th durable write, counted from 0, and the moment of it. */
export interface Cut {
  readonly at: number;
  readonly moment: Moment;
}

export class PowerCut extends Error {
  override readonly name = 'PowerCut';
  readonly cut: Cut;

  constructor(cut: Cut, write: DurableWrite) {
    super(`the power was cut ${cut.moment} write ${cut.at}: ${write.op} ${write.path}`);
    this.cut = cut;
  }
}

export interface PowerSupply {
  readonly onWrite: WriteWitness;
  /** `op path` of each write begun so far. */
  readonly writes: readonly string[];
  readonly off: boolean;
  /** Throws the cut again while the power is off: nothing may be read or written then. */
  assertOn(): void;
  /** Power is back; it is not cut again. */
  restore(): void;
}

/** A supply that is cut where `cut` says, or never. */
export function powerSupply(cut?: Cut): PowerSupply {
  const writes: string[] = [];
  // Writes overlap: each moment belongs to the write it was announced for, by identity or else the latest of that name.
  const begun = new WeakMap<DurableWrite, number>();
  const latest = new Map<string, number>();
  let armed = cut;
  let dead: PowerCut | undefined;
  const assertOn = (): void => {
    if (dead !== undefined) throw dead;
  };
  return {
    writes,
    get off() {
      return dead !== undefined;
    },
    assertOn,
    restore() {
      dead = undefined;
      armed = undefined;
    },
    onWrite(write, moment) {
      assertOn();
      const name = `${write.op} ${write.path}`;
      if (moment === 'before') {
        begun.set(write, writes.length);
        latest.set(name, writes.length);
        writes.push(name);
      }
      const at = begun.get(write) ?? latest.get(name);
      if (armed === undefined || at !== armed.at || moment !== armed.moment) return;
      dead = new PowerCut(armed, write);
      throw dead;
    },
  };
}

/** More than any plan of the agent writes; a run past it is a loop. */
const MAX_WRITES = 1000;

/**
 * The moments that differ on the medium where writes come one after the other: after one is before the next, and of most
 * writes nothing is to be seen inside.
 */
export function tellingMoments(write: string, isLast: boolean): readonly Moment[] {
  const isTorn = /^(rewrite|stream|replace) /.test(write);
  return MOMENTS.filter((moment) => moment === 'before' || (moment === 'inside' ? isTorn : isLast));
}

/**
 * Runs `run` once to count its durable writes, then once for each moment of each write with the power cut there, and calls
 * `check` after each of those. `run` starts from a fresh state every time. Errors are ignored only once the power is off.
 * Resolves to the writes of the whole run.
 * @param moments which moments of a write are worth a run
 */
export async function forEachCut(
  run: (power: PowerSupply) => Promise<void>,
  check: (cut: Cut, power: PowerSupply) => Promise<void>,
  moments: (write: string, isLast: boolean) => readonly Moment[] = () => MOMENTS,
): Promise<readonly string[]> {
  const whole = powerSupply();
  await run(whole);
  if (whole.writes.length > MAX_WRITES) throw new Error(`cannot cut a run of more than ${MAX_WRITES} writes`);
  for (const [at, write] of whole.writes.entries()) {
    for (const moment of moments(write, at === whole.writes.length - 1)) {
      const power = powerSupply({ at, moment });
      await run(power).catch((error: unknown) => {
        if (!power.off) throw error;
      });
      // A write that has nothing between before and after never reaches `inside`.
      if (!power.off && moment !== 'inside')
        throw new Error(`cannot cut ${moment} write ${at}: the run went another way`);
      if (power.off) await check({ at, moment }, power);
    }
  }
  return whole.writes;
}
