/**
 * What the API asks about boots, and asks for: the boot journal, a person's verdict, the fitness of the fallback. A port, so
 * that the answers can be tested without a device.
 */
import type { HeldBack } from '../boot/back-off.ts';
import type { BootRecord } from '../boot/journal/record.ts';

export interface PersonVerdict {
  readonly kind: 'good' | 'bad';
  /** One line, "" where none was given. */
  readonly reason: string;
}

/** One thing that a boot from the fallback needs, and whether it is what it was. */
export interface Finding {
  /** The snap's file name. */
  readonly file: string;
  /** What of it: the snap file itself, or a boot asset. */
  readonly what: string;
  readonly state: 'fit' | 'rotten' | 'missing' | 'no-record';
  readonly mended?: boolean;
}

export interface BootDesk {
  /** Newest first. */
  list(limit?: number): readonly BootRecord[];
  get(boot: number): BootRecord | undefined;
  timeline(format: 'text' | 'html'): string;
  /**
   * Ends the running trial by a person's word; resolves once that word counts.
   * @throws DeviceError `conflict` where this boot is no trial
   */
  giveVerdict(verdict: PersonVerdict): Promise<void>;
  /** Reads what the fallback needs and mends what it can; takes as long as that takes. */
  verify(): Promise<readonly Finding[]>;
  /** What was not fit when it was last read. */
  unfit(): readonly Finding[];
  /** Revisions that failed here, also those that may be tried again by now. */
  heldBack(): readonly HeldBack[];
}
