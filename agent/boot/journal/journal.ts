/**
 * The boot journal: one record for each boot, in a raw ring that needs no file system, no free space and no database. All
 * of it is best effort: a method resolves to whether the medium took the write, and never rejects. A dying medium may never
 * answer: whoever must not wait gives it a limit.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SlotNames } from '../../../bootloader/protocol/index.ts';
import type { Disk } from '../../system/disk.ts';
import { kernelSaid, type PanicText } from '../cause.ts';
import type { Layout } from '../layout.ts';
import { openPage } from './begin.ts';
import { readKernelFacts } from './kernel.ts';
import { covers } from './missing.ts';
import { forgetPanics, readPanics } from './pstore.ts';
import type { BootEnd, BootHealth, BootRecord, BootVerdict, Stage } from './record.ts';
import { Ring } from './ring.ts';
import type { BootStart } from './start.ts';

export type { BootStart } from './start.ts';

export class BootJournal {
  /** Bytes that it wrote since it was opened. */
  bytesWritten = 0;
  readonly #layout: Layout;
  readonly #ring: Ring;
  readonly #now: () => Date;
  /** By boot number, oldest first. */
  readonly #records: Map<number, BootRecord>;
  #current: number | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  /** Writes that have not begun: what changes until then goes with them. */
  readonly #waiting = new Map<number, Promise<boolean>>();

  private constructor(layout: Layout, ring: Ring, records: readonly BootRecord[], now: () => Date) {
    this.#layout = layout;
    this.#ring = ring;
    this.#records = new Map(records.map((record) => [record.boot, record]));
    this.#now = now;
  }

  /** Reads the ring. One that cannot be read is empty; nothing is written yet. Never rejects. */
  static async open(disk: Disk, layout: Layout, now: () => Date): Promise<BootJournal> {
    const { ring, records } = await Ring.open(disk, layout);
    return new BootJournal(layout, ring, records, now);
  }

  /** A journal without its ring, for a medium that does not answer: it keeps this boot in memory only. */
  static without(disk: Disk, layout: Layout, now: () => Date): BootJournal {
    return new BootJournal(layout, Ring.without(disk, layout), [], now);
  }

  /** This boot's record; `undefined` before begin(). */
  get current(): BootRecord | undefined {
    return this.#current === undefined ? undefined : this.#records.get(this.#current);
  }

  /**
   * Ends the records of earlier boots with what this boot found of them, and starts this boot's. Called at every start of
   * the daemon: a boot that has its record already goes on with it.
   */
  async begin(start: BootStart): Promise<boolean> {
    const [kernel, panics] = await Promise.all([readKernelFacts(this.#layout), readPanics(this.#layout)]);
    const records = this.list().reverse();
    const page = openPage(records, { start, kernel, panics, time: this.#now().toISOString() });
    if (page === undefined) return this.#goOn(start.facts.bootId);
    for (const record of [...page.earlier, page.current]) this.#records.set(record.boot, record);
    this.#current = page.current.boot;
    const written = await Promise.all([...page.earlier, page.current].map(({ boot }) => this.#save(boot)));
    const isAllWritten = written.every(Boolean);
    // What is not written down is found again at the next start.
    if (isAllWritten) await forgetPanics(panics);
    return isAllWritten;
  }

  /** Notes that this boot came to a stage; the first time counts. */
  mark(stage: Stage, uptimeSeconds: number): Promise<boolean> {
    return this.#change(({ marks }) =>
      marks.some((mark) => mark.stage === stage) ? {} : { marks: [...marks, { stage, uptimeSeconds }] },
    );
  }

  /** What the checks last said. Each change of it is a write: not for every sample. */
  health(health: BootHealth): Promise<boolean> {
    return this.#change(() => ({ health }));
  }

  verdict(verdict: BootVerdict): Promise<boolean> {
    return this.#change(() => ({ verdict }));
  }

  /** This boot is about to end, by the agent's own doing or with its knowledge. */
  ending(how: 'shutdown' | 'rejected', uptimeSeconds?: number): Promise<boolean> {
    return this.#change(({ marks }) => ({
      end: { how },
      ...(uptimeSeconds === undefined ? {} : { marks: [...marks, { stage: 'shutdown', uptimeSeconds }] }),
    }));
  }

  /** What was found out about the end of an earlier boot, by number or id; replaces what was known of it. */
  async addEnd(boot: number | string, end: BootEnd): Promise<boolean> {
    const record = this.list().find((one) => one.boot === boot || (one.bootId !== '' && one.bootId === boot));
    if (record === undefined) return false;
    this.#records.set(record.boot, { ...record, end });
    return this.#save(record.boot);
  }

  /** The boots, newest first. */
  list(limit = Number.POSITIVE_INFINITY): BootRecord[] {
    return [...this.#records.values()].sort((a, b) => b.boot - a.boot).slice(0, limit);
  }

  /** The latest boot that was a trial, where that was the trial of `tried`. */
  lastOf(tried: SlotNames): BootRecord | undefined {
    const last = this.list().find(({ boot, trial }) => trial && boot !== this.#current);
    return last !== undefined && covers(last.set, tried) ? last : undefined;
  }

  /** How many boots of the trial of `tried` there were, counted back to the latest trial of something else. */
  startsOf(tried: SlotNames): number {
    const trials = this.list().filter(({ boot, trial }) => trial && boot !== this.#current);
    const other = trials.findIndex(({ set }) => !covers(set, tried));
    return other < 0 ? trials.length : other;
  }

  /** True where a boot is known that came after the one with this id and before the present one. */
  wasFollowed(bootId: string): boolean {
    const record = this.list().find((one) => bootId !== '' && one.bootId === bootId);
    return record !== undefined && this.list().some(({ boot }) => boot > record.boot && boot !== this.#current);
  }

  get(boot: number): BootRecord | undefined {
    return this.#records.get(boot);
  }

  /** The panic that ended the latest boot of the trial of `tried`; another boot's is none of it. For `causeOf`. */
  panicOf(tried: SlotNames): PanicText | undefined {
    const end = this.lastOf(tried)?.end;
    if (end?.how !== 'panic' || end.cause === undefined) return undefined;
    const { message, evidence } = end.cause;
    const said = evidence.filter((line) => line.startsWith(kernelSaid));
    return { line: message, text: said.map((line) => line.slice(kernelSaid.length)) };
  }

  /** The daemon was started again, and no shutdown came of the one that it noted. */
  async #goOn(bootId: string): Promise<boolean> {
    this.#current = this.list().find((record) => record.bootId === bootId)?.boot;
    return this.#change(({ end, marks }) =>
      end.how === 'shutdown'
        ? { end: { how: 'running' }, marks: marks.filter(({ stage }) => stage !== 'shutdown') }
        : {},
    );
  }

  async #change(change: (record: BootRecord) => Partial<BootRecord>): Promise<boolean> {
    const record = this.current;
    if (record === undefined) return false;
    const changed = { ...record, ...change(record) };
    if (isDeepStrictEqual(changed, record)) return this.#waiting.get(record.boot) ?? true;
    this.#records.set(record.boot, changed);
    return this.#save(record.boot);
  }

  #save(boot: number): Promise<boolean> {
    const waiting = this.#waiting.get(boot);
    if (waiting !== undefined) return waiting;
    const saved = this.#tail.then(() => this.#write(boot));
    this.#waiting.set(boot, saved);
    this.#tail = saved;
    return saved;
  }

  async #write(boot: number): Promise<boolean> {
    this.#waiting.delete(boot);
    const record = this.#records.get(boot);
    if (record === undefined) return false;
    const next = { ...record, version: record.version + 1 };
    this.#records.set(boot, next);
    const bytes = await this.#ring.append(next);
    this.bytesWritten += bytes;
    return bytes > 0;
  }
}
