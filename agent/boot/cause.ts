/**
 * Why a trial came back, from what it left behind. Pure. The order is the order of certainty: what somebody wrote down
 * comes before what can only be concluded from silence.
 */
import type { SlotNames } from '../../bootloader/protocol/types.ts';
import type { Trace, VerdictRecord } from './evidence.ts';

export const CAUSE_CODES = [
  /** The boot script gave up before it started anything; the detail is its own word for it. */
  'missing-kernel',
  'missing-initrd',
  'missing-gadget',
  'no-target',
  'no-attempts',
  'load-failed',
  /** The script could not save that a trial starts, so it did not start it. */
  'not-saved',
  'boot-script-damaged',
  'died-before-initramfs',
  'hang-before-initramfs',
  'initramfs-failed',
  'died-in-initramfs',
  'hang-in-initramfs',
  /** The kernel's own text says so, at whatever stage; or it died after the initramfs, without a word. */
  'panic',
  'hang',
  'deadline',
  'verdict',
  /** Shut down before there was a verdict, as often as a trial may start. */
  'interrupted',
  'not-started',
  /** The power was cut before there was a verdict; it may start again. */
  'power-cut',
  /** The power was cut as often as the trial may start. */
  'unexplained',
  /** A required check that failed fails on the good set, too: not the fault of what was tried. */
  'environment',
  /** A person gave it up. */
  'rejected',
  /** The good set itself, not a trial, could not be booted. */
  'good-set-failed',
  /** The agent's own state was damaged. */
  'state-lost',
] as const;

export type CauseCode = (typeof CAUSE_CODES)[number];

export interface Cause {
  readonly code: CauseCode;
  /** One sentence for people. */
  readonly message: string;
  /** What was seen, one line each. */
  readonly evidence: readonly string[];
}

/** What a kernel that panicked left in memory for the next one. */
export interface PanicText {
  /** `Kernel panic - not syncing: ...` */
  readonly line: string;
  /** The lines around it. */
  readonly text: readonly string[];
}

export interface Evidence {
  /** The set of slots that was tried. */
  readonly tried: SlotNames;
  /** The boot script took it up; where it never did, silence says nothing about what was tried. */
  readonly started: boolean;
  /** `snap_try_cause`: the boot script's word, if it left one. */
  readonly scriptCause: string | undefined;
  /** The rule by which the script chose the present boot. */
  readonly rule: string;
  readonly trace: Trace | undefined;
  readonly verdict: VerdictRecord | undefined;
  /** The present boot was caused by the hardware watchdog. */
  readonly watchdogReset: boolean;
  /** The present boot found the writable file system unmounted in order; only right after the trial does that say anything. */
  readonly isCleanlyLeft: boolean;
  /** How the present boot came about; `undefined` where the boot script cannot tell. */
  readonly reset: 'warm' | 'cold' | undefined;
  readonly panic: PanicText | undefined;
  /** How often the trial may still start; `undefined` where nobody counts. */
  readonly attemptsLeft: number | undefined;
}

/** It did not load or mount, or it was started three times and never came through its initramfs: nobody says which. */
export const goodSetFailed = {
  code: 'good-set-failed',
  message: 'the good set could not be started; the set before it was booted',
} as const;

/** What a line of a panic begins with among the evidence. */
export const kernelSaid = 'kernel: ';

const scriptCauses: Readonly<Record<string, readonly [CauseCode, string]>> = {
  'missing-kernel': ['missing-kernel', 'the boot script found no kernel image of it on the boot partition'],
  'missing-initrd': ['missing-initrd', 'the boot script found no initial file system of it on the boot partition'],
  'missing-gadget': ['missing-gadget', 'the boot script found no assets of the gadget on the boot partition'],
  'no-target': ['no-target', 'the boot environment named nothing to try'],
  'not-saved': ['not-saved', 'the boot script could not save that a trial starts'],
  'load-failed': ['load-failed', 'the boot script could not load or start it'],
};

const refusingRules: Readonly<Record<string, readonly [CauseCode, string]>> = {
  'not-saved': ['not-saved', 'the boot script could not save that a trial starts'],
  'backup-script': ['boot-script-damaged', 'the boot script is damaged, and its backup starts no trials'],
  record: ['not-started', 'no copy of the boot environment could be read, so the last-good record was booted'],
};

/** The cause of a revert. Never throws: silence has its causes, too. */
export function causeOf(evidence: Evidence): Cause {
  const trace = evidence.trace?.trial && belongs(evidence.trace, evidence.tried) ? evidence.trace : undefined;
  const verdict = belongs(evidence.verdict, evidence.tried) ? evidence.verdict : undefined;
  const [code, message] = conclude(evidence, trace, verdict);
  const said = verdict?.reason === message ? undefined : verdict?.reason;
  return { code, message, evidence: evidenceLines(evidence, trace, verdict, said) };
}

type Conclusion = readonly [code: CauseCode, message: string];

function conclude(all: Evidence, trace: Trace | undefined, verdict: VerdictRecord | undefined): Conclusion {
  if (verdict?.kind === 'bad') return [verdict.by === 'person' ? 'rejected' : 'verdict', verdict.reason];
  // A shutdown ends by itself; where the dead man had to end the boot, only the agent was stopped, or the shutdown hung.
  if (verdict !== undefined && trace?.stage === 'deadline') {
    return ['deadline', 'the deadline passed after the agent was stopped, before there was a verdict'];
  }
  const isCrash = all.watchdogReset || all.panic !== undefined;
  if (verdict !== undefined && !isCrash) return ['interrupted', verdict.reason];
  // A file system in use is never clean: somebody unmounted it, though no agent was there to say so.
  if (trace?.stage === 'switched' && all.isCleanlyLeft && !isCrash) {
    return ['interrupted', 'the device was shut down before its agent could say so'];
  }
  if (trace !== undefined) return fromTrace(trace, all);
  const said = all.scriptCause;
  if (said !== undefined && said !== '' && said !== 'no-attempts') {
    return scriptCauses[said] ?? ['load-failed', `the boot script gave it up: ${said}`];
  }
  const refused = refusingRules[all.rule];
  if (refused !== undefined) return refused;
  if (!all.started) return ['not-started', 'the boot script did not start it'];
  return fromSilence(all, {
    hung: ['hang-before-initramfs', 'it hung before its initial file system started; the watchdog reset the device'],
    died: [
      'died-before-initramfs',
      `it died before its initial file system started: a kernel panic, a damaged initial file system${orPower(all)}`,
    ],
  });
}

function fromTrace(trace: Trace, all: Evidence): Conclusion {
  switch (trace.stage) {
    case 'failed':
      return ['initramfs-failed', trace.message === '' ? 'its initial file system failed' : trace.message];
    case 'deadline':
      return ['deadline', 'the deadline passed without a verdict: the agent did not start, or could not decide'];
    case 'switched':
      return fromSilence(all, {
        hung: ['hang', 'the system hung after it was started; the watchdog reset the device'],
        died: ['panic', `the system died after it was started: a kernel panic, PID 1 ended${orPower(all)}`],
      });
    case 'initramfs':
    case 'mounted':
      return fromSilence(all, {
        hung: ['hang-in-initramfs', 'it hung in its initial file system; the watchdog reset the device'],
        died: ['died-in-initramfs', `it died in its initial file system: a kernel panic${orPower(all)}`],
      });
  }
}

/** Nobody wrote down why. What the kernel left in memory is surest; then the watchdog, which says so; then the power. */
function fromSilence(all: Evidence, silence: { readonly hung: Conclusion; readonly died: Conclusion }): Conclusion {
  if (all.panic !== undefined) return ['panic', all.panic.line];
  if (all.watchdogReset) return silence.hung;
  if (all.reset !== 'cold') return silence.died;
  return all.attemptsLeft === 0
    ? ['unexplained', 'the power was cut before there was a verdict, as often as a trial may start']
    : ['power-cut', 'the power was cut before there was a verdict'];
}

/** Where the boot script tells a warm reset from a cold one, the power is not among the suspects. */
function orPower({ reset }: Evidence): string {
  return reset === undefined ? ', or the power was cut' : '';
}

/** A record counts when it names every slot that was tried; others are left from another trial. */
function belongs(record: { readonly set: SlotNames } | undefined, tried: SlotNames): boolean {
  if (record === undefined) return false;
  const { kernel, base, gadget } = tried;
  return (
    (kernel === undefined || record.set.kernel === kernel) &&
    (base === undefined || record.set.base === base) &&
    (gadget === undefined || record.set.gadget === gadget)
  );
}

/**
 * What was seen; the nearer to the end of the trial, the earlier.
 * @param said the reason of the verdict, where the message is another
 */
function evidenceLines(
  all: Evidence,
  trace: Trace | undefined,
  verdict: VerdictRecord | undefined,
  said: string | undefined,
): string[] {
  const lines: string[] = [];
  if (said !== undefined) lines.push(`agent: ${said}`);
  if (verdict !== undefined && verdict.evidence !== '') lines.push(`agent saw: ${verdict.evidence}`);
  for (const line of all.panic?.text ?? []) lines.push(`${kernelSaid}${line}`);
  if (all.scriptCause) lines.push(`boot script: ${all.scriptCause}`);
  lines.push(
    trace === undefined
      ? 'initial file system: no trace of the trial'
      : `initial file system: stage ${trace.stage}${trace.message === '' ? '' : `, ${trace.message}`}`,
  );
  lines.push(`watchdog: ${all.watchdogReset ? 'reset the device' : 'did not reset the device'}`);
  if (all.reset !== undefined) lines.push(`memory: ${all.reset === 'cold' ? 'was without power' : 'kept its power'}`);
  if (all.attemptsLeft !== undefined) lines.push(`attempts left: ${all.attemptsLeft}`);
  if (all.rule !== '') lines.push(`the boot after it was chosen by rule: ${all.rule}`);
  return lines;
}
