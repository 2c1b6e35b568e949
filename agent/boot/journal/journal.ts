/**
 * The boot journal: one record for each boot, in a raw ring that needs no file system, no free space and no database. All
 * of it is best effort: a method resolves to whether the medium took the write, and never rejects. A dying medium may never
 * answer: whoever must not wait gives it a limit.
 */
import type { BootState } from '../../../bootloader/protocol/index.ts';
import type { Disk } from '../../system/disk.ts';
import type { PanicText } from '../cause.ts';
import type { Trace, VerdictRecord } from '../evidence.ts';
import type { BootFacts } from '../facts.ts';
import type { Layout } from '../layout.ts';
import type { BootEnd, BootHealth, BootRecord, BootVerdict, Stage } from './record.ts';

/** What a start-up of the agent knows. Read before anything of it is put right or blanked. */
export interface BootStart {
  readonly facts: BootFacts;
  /** `BootEnv.state()` */
  readonly state: BootState;
  /** `BootEnv.trace()` */
  readonly trace: Trace | undefined;
  /** `BootEnv.verdict()` */
  readonly verdict: VerdictRecord | undefined;
  readonly uptimeSeconds: number;
}

export class BootJournal {
  /** Bytes that were written since it was opened. */
  bytesWritten = 0;
  readonly #now: () => Date;
  #records: BootRecord[] = [];
  #current: BootRecord | undefined;

  private constructor(now: () => Date) {
    this.#now = now;
  }

  /** Reads the ring. One that cannot be read is empty; nothing is written yet. */
  static async open(_disk: Disk, _layout: Layout, now: () => Date): Promise<BootJournal> {
    return new BootJournal(now);
  }

  /** This boot's record; `undefined` before begin(). */
  get current(): BootRecord | undefined {
    return this.#current;
  }

  /**
   * Ends the records of earlier boots with what this boot found of them, and starts this boot's. Called at every start of
   * the daemon: where the boot has its record already, only that one is taken up again.
   */
  async begin({ facts, uptimeSeconds }: BootStart): Promise<boolean> {
    const boot = (this.#records.at(-1)?.boot ?? 0) + 1;
    const { ran, rule, copy, trial } = facts.booted;
    this.#current = {
      boot,
      version: 1,
      bootId: facts.bootId,
      time: this.#now().toISOString(),
      ...{ rule, copy, trial, set: ran },
      reset: 'unknown',
      kernel: { release: '', buildId: '' },
      commandLine: '',
      mounts: [],
      marks: [{ stage: 'daemon', uptimeSeconds }],
      end: { how: 'running' },
    };
    this.#records.push(this.#current);
    return false;
  }

  /** Notes that this boot came to a stage; the first time counts. */
  async mark(stage: Stage, uptimeSeconds: number): Promise<boolean> {
    return this.#change(({ marks }) => ({ marks: [...marks, { stage, uptimeSeconds }] }));
  }

  /** What the checks last said. */
  async health(health: BootHealth): Promise<boolean> {
    return this.#change(() => ({ health }));
  }

  async verdict(verdict: BootVerdict): Promise<boolean> {
    return this.#change(() => ({ verdict }));
  }

  /** This boot is about to end, by the agent's own doing or with its knowledge. */
  async ending(how: 'shutdown' | 'rejected', uptimeSeconds?: number): Promise<boolean> {
    if (uptimeSeconds !== undefined) void this.mark('shutdown', uptimeSeconds);
    return this.#change(() => ({ end: { how } }));
  }

  /** What a later boot found out about the end of an earlier one; replaces what was known of it. */
  async addEnd(boot: number | string, end: BootEnd): Promise<boolean> {
    this.#records = this.#records.map((record) =>
      record.boot === boot || record.bootId === boot ? { ...record, end } : record,
    );
    return false;
  }

  /** The boots, newest first. */
  list(limit = Number.POSITIVE_INFINITY): BootRecord[] {
    return this.#records.toReversed().slice(0, limit);
  }

  get(boot: number): BootRecord | undefined {
    return this.#records.find((record) => record.boot === boot);
  }

  /** The panic that ended the boot before this one; for `causeOf`. */
  lastPanic(): PanicText | undefined {
    return undefined;
  }

  async #change(change: (record: BootRecord) => Partial<BootRecord>): Promise<boolean> {
    if (this.#current === undefined) return false;
    this.#current = { ...this.#current, ...change(this.#current) };
    return false;
  }
}
