/** The boot environment on the medium: four raw places, read whole and written one durable write after the other. */
import { join } from 'node:path';
import {
  type BootPlan,
  type BootState,
  type Medium,
  PLACE_BYTES,
  PLACES,
  type Place,
  readBootState,
} from '../../bootloader/protocol/index.ts';
import type { Disk } from '../system/disk.ts';
import {
  formatVerdict,
  parseTrace,
  parseVerdict,
  type Trace,
  traceOffset,
  type VerdictRecord,
  verdictOffset,
} from './evidence.ts';
import type { Layout } from './layout.ts';
import { recordBytes } from './text-record.ts';

export class BootEnv {
  readonly #disk: Disk;
  readonly #folder: string;
  #last: Promise<void> = Promise.resolve();

  constructor(disk: Disk, layout: Layout) {
    this.#disk = disk;
    this.#folder = layout.rawPlaces;
  }

  /** The four places; one that cannot be read is `undefined`, as the protocol wants it. */
  async read(): Promise<Medium> {
    const read = async (place: Place) => this.#range(place, 0, PLACE_BYTES);
    const [a, b, good, mark] = await Promise.all(PLACES.map(read));
    return { 'env-a': a, 'env-b': b, good, mark };
  }

  /** What the boot script would make of the places. */
  async state(): Promise<BootState> {
    return readBootState(await this.read());
  }

  /**
   * Carries out a plan. Each write is durable and read back before the next one starts; the first that fails ends it.
   * @throws DiskError
   */
  async apply(plan: BootPlan): Promise<void> {
    for (const { place, bytes } of plan.writes) await this.#disk.rewrite(this.#path(place), bytes);
  }

  /**
   * Carries out the plan that is made of what the places hold. One after the other: what a plan was made of is still there
   * when it is carried out.
   * @throws DiskError, and what `plan` throws
   */
  change(plan: (medium: Medium) => BootPlan): Promise<void> {
    const done = this.#last.then(async () => this.apply(plan(await this.read())));
    this.#last = done.catch(() => {});
    return done;
  }

  /** How far the last trial came; `undefined` where it left no trace. */
  async trace(): Promise<Trace | undefined> {
    const bytes = await this.#range('journal', traceOffset, recordBytes);
    return bytes === undefined ? undefined : parseTrace(bytes);
  }

  /** Why the agent of the last trial gave it up; `undefined` where it said nothing. */
  async verdict(): Promise<VerdictRecord | undefined> {
    const bytes = await this.#range('journal', verdictOffset, recordBytes);
    return bytes === undefined ? undefined : parseVerdict(bytes);
  }

  /** @throws DiskError */
  async writeVerdict(verdict: VerdictRecord): Promise<void> {
    await this.#disk.rewrite(this.#path('journal'), formatVerdict(verdict), { offset: verdictOffset });
  }

  /**
   * Blanks trace and verdict before a trial is armed, so that silence afterwards is that trial's own.
   * @throws DiskError
   */
  async forgetEvidence(): Promise<void> {
    await this.#blank(traceOffset);
    await this.#blank(verdictOffset);
  }

  /** @throws DiskError */
  async forgetVerdict(): Promise<void> {
    await this.#blank(verdictOffset);
  }

  async #blank(offset: number): Promise<void> {
    const there = await this.#range('journal', offset, recordBytes);
    if (there?.every((byte) => byte === 0)) return;
    await this.#disk.rewrite(this.#path('journal'), new Uint8Array(recordBytes), { offset });
  }

  async #range(place: Place | 'journal', offset: number, length: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#disk.readRange(this.#path(place), offset, length);
    } catch {
      return undefined;
    }
  }

  #path(place: Place | 'journal'): string {
    return join(this.#folder, `hf-${place}`);
  }
}
