/** How much of each thing a record may hold. Applied before it is written and after it is read, so both sides are bounded. */
import type { SlotNames } from '../../../bootloader/protocol/types.ts';
import type { Cause } from '../cause.ts';
import type { BootRecord } from './record.ts';

/** Characters. */
export const maxName = 128;
export const maxLine = 400;
export const maxCheckLine = 200;
export const maxCommandLine = 2048;
/** Entries. */
export const maxEvidence = 40;
export const maxCheckEvidence = 6;
export const maxMounts = 24;
export const maxMarks = 16;
export const maxChecks = 24;

/** Control characters, line and paragraph ends, and what turns the direction of text: none of it may reach a terminal. */
const unwanted = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** One line of text: `max` characters at most, none of them half. */
export function line(text: string, max = maxLine): string {
  return text.slice(0, max).replaceAll(unwanted, ' ').toWellFormed();
}

export function lines(texts: readonly string[], max = maxEvidence, length = maxLine): string[] {
  return texts.slice(0, max).map((text) => line(text, length));
}

/** The same record inside the bounds. */
export function boundRecord(record: BootRecord): BootRecord {
  const { health, verdict, end } = record;
  return {
    ...record,
    bootId: line(record.bootId, maxName),
    time: line(record.time, maxName),
    rule: line(record.rule, maxName),
    copy: line(record.copy, maxName),
    set: names(record.set),
    kernel: { release: line(record.kernel.release, maxName), buildId: line(record.kernel.buildId, maxName) },
    commandLine: line(record.commandLine, maxCommandLine),
    mounts: lines(record.mounts, maxMounts),
    marks: record.marks.slice(0, maxMarks),
    ...(health === undefined ? {} : { health: { checks: health.checks.slice(0, maxChecks).map(boundCheck) } }),
    ...(verdict === undefined
      ? {}
      : { verdict: { ...verdict, reason: line(verdict.reason), evidence: lines(verdict.evidence) } }),
    end: {
      how: end.how,
      ...(end.cause === undefined ? {} : { cause: boundCause(end.cause) }),
      ...(end.backTo === undefined ? {} : { backTo: names(end.backTo) }),
    },
  };
}

type Check = NonNullable<BootRecord['health']>['checks'][number];

function boundCheck(check: Check): Check {
  return {
    ...check,
    check: line(check.check, maxName),
    reason: line(check.reason),
    evidence: lines(check.evidence, maxCheckEvidence),
  };
}

function boundCause(cause: Cause): Cause {
  return { ...cause, message: line(cause.message), evidence: lines(cause.evidence) };
}

function names({ kernel, base, gadget }: SlotNames): SlotNames {
  return {
    ...(kernel === undefined ? {} : { kernel: line(kernel, maxName) }),
    ...(base === undefined ? {} : { base: line(base, maxName) }),
    ...(gadget === undefined ? {} : { gadget: line(gadget, maxName) }),
  };
}
