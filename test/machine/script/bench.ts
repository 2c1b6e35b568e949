/** Runs states on the real U-Boot, two at a time, and judges them. */
import { ScriptLab } from '../script-lab.ts';
import { differences } from './judge.ts';
import { filesOf, PARTITIONS, type Partition, type PartitionName } from './partition.ts';
import { bytesOf, describe, GOOD, type NamedState, stateOf } from './state.ts';

/** How many machines run at once. */
const MACHINES = 2;

/** What stands on a second disk, where there is one: nothing of it may be used. */
const OTHER_DISK = stateOf({ a: { ...GOOD, snap_kernel: 'k_0.snap' }, b: { ...GOOD, snap_kernel: 'k_0.snap' } });

/** The last bytes of a serial log that tell what the script did. */
const LOG_TAIL = 6000;

export class ScriptBench {
  readonly #lab: ScriptLab;
  readonly #disks = new Map<PartitionName, Promise<string>>();

  private constructor(lab: ScriptLab) {
    this.#lab = lab;
  }

  /** @param source another script than the project's */
  static async create(folder: string, source?: string): Promise<ScriptBench> {
    return new ScriptBench(await ScriptLab.create(folder, source));
  }

  /**
   * Compares script and model over all states. `judged` hears of each one, in the order in which they end; where the two
   * differ it gets a report: the state, the differences, and what the machine said.
   */
  async compare(
    states: readonly NamedState[],
    judged: (named: NamedState, mismatch: string | undefined) => void,
  ): Promise<void> {
    const left = [...states.entries()];
    const machine = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [number, named] = next;
        judged(named, await this.#judge(named, `state-${number}`));
      }
    };
    await Promise.all(Array.from({ length: MACHINES }, machine));
  }

  #disk(name: PartitionName): Promise<string> {
    const partition: Partition = PARTITIONS[name];
    const made =
      this.#disks.get(name) ?? this.#lab.disk(name.replaceAll(' ', '-'), filesOf(partition), partition.damaged);
    this.#disks.set(name, made);
    return made;
  }

  async #judge(named: NamedState, name: string): Promise<string | undefined> {
    const { className, title, state } = named;
    const seen = await this.#lab.boot(await this.#disk(state.partition), bytesOf(state), name, {
      starts: state.starts.bytes,
      unreadable: state.unreadable,
      unwritable: state.unwritable,
      losing: state.losing,

      readOnly: state.disk === 'read-only',
      withoutFirstTable: state.disk === 'without its first table',
      ...(state.disk === 'beside a second' ? { second: bytesOf(OTHER_DISK) } : {}),
    });
    const found = differences(state, seen);
    if (found.length === 0) return undefined;
    return [
      `script and model differ: ${className}, ${title}`,
      describe(state),
      ...found,
      `--- what the machine said, its last ${LOG_TAIL} bytes`,
      seen.log.slice(-LOG_TAIL),
    ].join('\n');
  }
}
