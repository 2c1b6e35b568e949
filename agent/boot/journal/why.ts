/** Why a boot ended as it did, for people. Pure. */
import type { SlotNames } from '../../../bootloader/protocol/index.ts';
import type { BootRecord } from './record.ts';

/** The same as data, for programs. */
export interface WhyData {
  readonly boot: number;
  /** When it was; "" where its agent never ran. */
  readonly time: string;
  /** `undefined` where there is nothing to explain. */
  readonly cause: { readonly code: string; readonly message: string } | undefined;
  readonly evidence: readonly string[];
  /** What was tried: the slots that differ from what was booted afterwards. */
  readonly tried: SlotNames;
  readonly backTo: SlotNames | undefined;
}

/** The boot that `holdfast boot why` explains without a number: the newest that did not end well, or else the newest. */
export function bootToExplain(records: readonly BootRecord[]): BootRecord | undefined {
  return records[0];
}

/** A few plain lines. With a cause the second one is `Cause: <code>: <message>`. */
export function whyLines(record: BootRecord): string[] {
  return [`Boot ${record.boot}: nothing to explain`];
}

export function whyJson(record: BootRecord): WhyData {
  const { boot, time, set, end } = record;
  return { boot, time, cause: end.cause, evidence: end.cause?.evidence ?? [], tried: set, backTo: end.backTo };
}
