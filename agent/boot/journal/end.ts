/** How a boot ended, from what the boot after it found. Pure. */
import type { SlotNames } from '../../../bootloader/protocol/types.ts';
import { type Cause, type CauseCode, causeOf, type Evidence, kernelSaid } from '../cause.ts';
import type { VerdictRecord } from '../evidence.ts';
import type { BootEnd, BootRecord, EndKind } from './record.ts';

/** What the boot after it found. */
export interface Found {
  readonly evidence: Evidence;
  /** What its initramfs said of the writable file system: `clean`, `repaired`, `failed`; "" where it said nothing. */
  readonly fsck: string;
  /** The boot was no trial, or one that was confirmed. */
  readonly kept: boolean;
  /** What was booted instead. */
  readonly backTo: SlotNames;
}

/** The end of a boot of which the next one found this. */
export function endOf(record: BootRecord, found: Found): BootEnd {
  return found.kept ? endOfKept(record, found) : endOfTrial(record, found);
}

function endOfTrial(record: BootRecord, { evidence, backTo }: Found): BootEnd {
  const { trace } = evidence;
  const isOfAnother = trace !== undefined && trace.bootId !== '' && trace.bootId !== record.bootId;
  const cause = causeOf({
    ...evidence,
    trace: isOfAnother ? undefined : trace,
    verdict: evidence.verdict ?? verdictOf(record),
  });
  return { how: howOf(cause.code, evidence), cause, backTo };
}

/** What its agent wrote down here, for the case that its other word did not reach the medium. */
function verdictOf({ verdict, end, set, bootId }: BootRecord): VerdictRecord | undefined {
  if (verdict?.kind === 'bad') {
    const by = verdict.by === 'person' ? ({ by: 'person' } as const) : {};
    return { kind: 'bad', ...by, set, bootId, reason: verdict.reason, evidence: verdict.evidence.join('; ') };
  }
  if (end.how !== 'shutdown') return undefined;
  const reason = 'the device was shut down before there was a verdict';
  return { kind: 'interrupted', set, bootId, reason, evidence: '' };
}

const hows: Readonly<Partial<Record<CauseCode, EndKind>>> = {
  verdict: 'rejected',
  rejected: 'rejected',
  interrupted: 'shutdown',
  deadline: 'deadline',
  hang: 'watchdog',
  'hang-before-initramfs': 'watchdog',
  'hang-in-initramfs': 'watchdog',
  'power-cut': 'power-cut',
  unexplained: 'power-cut',
  'died-before-initramfs': 'died',
  'died-in-initramfs': 'died',
};

function howOf(code: CauseCode, { panic }: Evidence): EndKind {
  if (code === 'panic') return panic === undefined ? 'died' : 'panic';
  return hows[code] ?? 'failed';
}

/** Nothing went back after it, so only what its end itself left counts. */
function endOfKept(record: BootRecord, { evidence, fsck }: Found): BootEnd {
  const { panic, watchdogReset, reset } = evidence;
  const ended = (how: EndKind, code: CauseCode, message: string): BootEnd => ({
    how,
    cause: { code, message, evidence: evidenceLines(evidence, fsck) },
  });
  if (panic !== undefined) return ended('panic', 'panic', panic.line);
  if (watchdogReset) return ended('watchdog', 'hang', 'the system hung; the watchdog reset the device');
  // A file system in use is never clean: somebody unmounted it.
  if (record.end.how === 'shutdown' || fsck === 'clean') return { how: 'shutdown' };
  if (reset === 'cold') return ended('power-cut', 'power-cut', 'the power was cut');
  const power = reset === undefined ? ', or the power was cut' : '';
  return ended('died', 'panic', `it ended without a word: a reset, a panic that left no text${power}`);
}

function evidenceLines({ panic, watchdogReset, reset, rule }: Evidence, fsck: string): Cause['evidence'] {
  const lines = (panic?.text ?? []).map((line) => `${kernelSaid}${line}`);
  lines.push(`watchdog: ${watchdogReset ? 'reset the device' : 'did not reset the device'}`);
  if (reset !== undefined) lines.push(`memory: ${reset === 'cold' ? 'was without power' : 'kept its power'}`);
  if (fsck !== '') lines.push(`writable file system: ${fsck}`);
  if (rule !== '') lines.push(`the boot after it was chosen by rule: ${rule}`);
  return lines;
}
