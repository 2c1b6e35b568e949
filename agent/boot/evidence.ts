/**
 * What a boot leaves behind for the next one, in the raw place hf-journal: the trace that the initramfs of a trial writes
 * step by step, and the last verdict of the agent. Both are blanked when a trial is armed, so what is found there
 * afterwards belongs to that trial.
 */
import type { SlotNames } from '../../bootloader/protocol/types.ts';
import { formatRecord, parseRecord, type TextRecord } from './text-record.ts';

/** Bytes from the start of hf-journal. */
export const traceOffset = 0;
export const verdictOffset = 65536;

const traceHeader = 'HOLDFAST-TRACE 1';
const verdictHeader = 'HOLDFAST-VERDICT 1';

/** How far a trial boot came, as its initramfs and dead man wrote it. */
export type TraceStage = 'initramfs' | 'mounted' | 'switched' | 'failed' | 'deadline';

const traceStages: ReadonlySet<string> = new Set<TraceStage>([
  'initramfs',
  'mounted',
  'switched',
  'failed',
  'deadline',
]);

export interface Trace {
  readonly set: SlotNames;
  readonly trial: boolean;
  readonly stage: TraceStage;
  readonly message: string;
  /** The boot that wrote it; "" where its initramfs does not say. */
  readonly bootId: string;
  /** Seconds since the kernel started, when it wrote. */
  readonly uptimeSeconds: number | undefined;
}

/** Why the agent of a trial boot gave it up, or that it was not allowed to come to a verdict. */
export interface VerdictRecord {
  /** `interrupted`: somebody shut the device down, which says nothing about what was tried. */
  readonly kind: 'bad' | 'interrupted';
  /** `person`: somebody rejected the trial; otherwise the agent did. */
  readonly by?: 'person';
  /** The required checks that did not pass, the one that decided first. */
  readonly failed?: readonly string[];
  /** `snap_try_left` when it was written: tells a word of this start of the trial from one of an earlier start. */
  readonly attemptsLeft?: number;
  readonly set: SlotNames;
  readonly bootId: string;
  readonly reason: string;
  readonly evidence: string;
}

/** Reads the trace; `undefined` where there is none. */
export function parseTrace(bytes: Uint8Array): Trace | undefined {
  const record = parseRecord(bytes, traceHeader);
  const stage = record?.get('stage');
  if (record === undefined || stage === undefined || !isTraceStage(stage)) return undefined;
  return {
    set: setOf(record),
    trial: record.get('trial') === '1',
    stage,
    message: record.get('message') ?? '',
    bootId: record.get('boot-id') ?? '',
    uptimeSeconds: secondsOf(record.get('uptime')),
  };
}

/** Reads the last verdict; `undefined` where there is none. */
export function parseVerdict(bytes: Uint8Array): VerdictRecord | undefined {
  const record = parseRecord(bytes, verdictHeader);
  const reason = record?.get('reason');
  if (record === undefined || reason === undefined) return undefined;
  const left = record.get('left') ?? '';
  const failed = (record.get('failed') ?? '').split(' ').filter((check) => check !== '');
  return {
    kind: record.get('verdict') === 'interrupted' ? 'interrupted' : 'bad',
    ...(record.get('by') === 'person' ? { by: 'person' } : {}),
    ...(failed.length === 0 ? {} : { failed }),
    ...(/^\d$/.test(left) ? { attemptsLeft: Number(left) } : {}),
    set: setOf(record),
    bootId: record.get('boot-id') ?? '',
    reason,
    evidence: record.get('evidence') ?? '',
  };
}

/** The bytes of a verdict; its evidence is cut off where it does not fit. */
export function formatVerdict(verdict: VerdictRecord): Uint8Array {
  return formatRecord(verdictHeader, {
    verdict: verdict.kind,
    ...(verdict.by === undefined ? {} : { by: verdict.by }),
    ...(verdict.attemptsLeft === undefined ? {} : { left: String(verdict.attemptsLeft) }),
    kernel: verdict.set.kernel ?? '',
    core: verdict.set.base ?? '',
    gadget: verdict.set.gadget ?? '',
    'boot-id': verdict.bootId,
    ...(verdict.failed === undefined ? {} : { failed: verdict.failed.join(' ') }),
    reason: verdict.reason,
    evidence: verdict.evidence,
  });
}

function isTraceStage(text: string): text is TraceStage {
  return traceStages.has(text);
}

/** Seconds with a fraction, as /proc/uptime has them; `undefined` for anything else. */
export function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}

function setOf(record: TextRecord): SlotNames {
  const kernel = record.get('kernel');
  const base = record.get('core');
  const gadget = record.get('gadget');
  return { ...(kernel ? { kernel } : {}), ...(base ? { base } : {}), ...(gadget ? { gadget } : {}) };
}
