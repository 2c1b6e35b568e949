/**
 * What the boot journal keeps of one boot: how it was chosen, what really booted, how far it came and how it ended. Plain
 * data; a record is written again, with the next version, each time that more is known.
 */
import type { SlotNames } from '../../../bootloader/protocol/types.ts';
import type { Cause } from '../cause.ts';

/** How far a boot came, in this order. `script` is the boot script's hand-over: the kernel counts from there. */
export const STAGES = [
  'script',
  'initramfs',
  'mounted',
  'switched',
  'systemd',
  'daemon',
  'target',
  'verdict',
  'shutdown',
] as const;

export type Stage = (typeof STAGES)[number];

export function isStage(text: string): text is Stage {
  return STAGES.some((stage) => stage === text);
}

export interface StageMark {
  readonly stage: Stage;
  /** Seconds since the kernel started. */
  readonly uptimeSeconds: number;
}

/** How a boot came about. `watchdog` is a warm reset, too. */
export const RESETS = ['warm', 'cold', 'watchdog', 'unknown'] as const;
export type Reset = (typeof RESETS)[number];

export const ENDS = [
  /** It runs, or nothing is known of its end. */
  'running',
  /** Shut down in order. */
  'shutdown',
  /** Given up by its agent or by a person. */
  'rejected',
  /** The dead man's deadline came. */
  'deadline',
  'watchdog',
  'panic',
  'power-cut',
  /** The boot script or the initramfs gave it up, and said so. */
  'failed',
  /** Without a word, and nothing tells why. */
  'died',
] as const;
export type EndKind = (typeof ENDS)[number];

export interface BootEnd {
  readonly how: EndKind;
  readonly cause?: Cause;
  /** The set that was booted instead of it. */
  readonly backTo?: SlotNames;
}

export interface CheckLine {
  readonly check: string;
  readonly weight: 'required' | 'wanted';
  readonly state: 'pass' | 'wait' | 'fail';
  /** Why it failed or what it waits for; "" where it passed. */
  readonly reason: string;
  readonly evidence: readonly string[];
}

export interface BootHealth {
  readonly checks: readonly CheckLine[];
}

export interface BootVerdict {
  readonly kind: 'good' | 'bad';
  readonly by: 'agent' | 'person';
  readonly reason: string;
  readonly evidence: readonly string[];
}

export interface BootRecord {
  /** Counts up, one for each boot; a trial that the boot script did not start has a number, too. */
  readonly boot: number;
  /** Counts up with each writing of this record, from 1; the newest one counts. */
  readonly version: number;
  /** The kernel's id of the boot; "" where its agent never ran and nothing else told it. */
  readonly bootId: string;
  /** ISO time at which its agent first wrote; "" where that never ran. */
  readonly time: string;
  /** The boot script's rule; "" for a script that is not ours. */
  readonly rule: string;
  /** The copy of the boot environment that it was taken from. */
  readonly copy: string;
  readonly trial: boolean;
  readonly reset: Reset;
  /** What really booted; of a trial whose agent never ran, what was to boot. */
  readonly set: SlotNames;
  /** "" where they are not known. */
  readonly kernel: { readonly release: string; readonly buildId: string };
  readonly commandLine: string;
  /** `TARGET TYPE SOURCE`, one line each. */
  readonly mounts: readonly string[];
  readonly marks: readonly StageMark[];
  readonly health?: BootHealth;
  readonly verdict?: BootVerdict;
  readonly end: BootEnd;
}
