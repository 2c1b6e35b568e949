/** What a boot writes into the journal when its agent starts: the ends of those before it, and itself. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isEmpty } from '../../../bootloader/protocol/index.ts';
import { isRightAfterTrial, resetOfTrial, wordOfTrial } from '../attempts.ts';
import { goodSetFailed, kernelSaid, type PanicText } from '../cause.ts';
import { secondsOf } from '../evidence.ts';
import { endOf, type Found } from './end.ts';
import type { KernelFacts } from './kernel.ts';
import { covers, type MissingBoot, missingBoots } from './missing.ts';
import type { Panic } from './panic-text.ts';
import { type BootEnd, type BootRecord, isStage, type StageMark } from './record.ts';
import type { BootStart } from './start.ts';

export interface Beginning {
  readonly start: BootStart;
  readonly kernel: KernelFacts;
  /** What was left in memory, the latest last. */
  readonly panics: readonly Panic[];
  /** ISO */
  readonly time: string;
}

export interface Page {
  /** Earlier boots that are now known better, and those that nobody had written down. */
  readonly earlier: readonly BootRecord[];
  readonly current: BootRecord;
}

/**
 * The page that this boot opens; `undefined` where it has one already, because only the daemon was started again.
 * @param records the newest version of each boot's, oldest boot first
 */
export function openPage(records: readonly BootRecord[], beginning: Beginning): Page | undefined {
  const { start, panics } = beginning;
  const { bootId } = start.facts;
  if (bootId !== '' && records.some((record) => record.bootId === bootId)) return undefined;
  const last = records.at(-1);
  const missing = missingBoots(records, start, panics);
  const earlier: BootRecord[] = [];
  if (last !== undefined && !isClosed(last)) {
    const end = missing.length === 0 ? endOf(last, found(last, beginning)) : endBefore(last, missing, panics);
    if (!isDeepStrictEqual(end, last.end)) earlier.push({ ...last, end });
  }
  let boot = (last?.boot ?? 0) + 1;
  for (const [index, one] of missing.entries()) {
    const record = recordOf(one, boot++);
    const isDirect =
      index === missing.length - 1 &&
      (one.kind !== 'trial' || isRightAfterTrial(start.facts.booted.rule, start.state.mode));
    earlier.push({ ...record, end: endOfMissing(one, record, beginning, isDirect) });
  }
  return { earlier, current: currentOf(boot, beginning) };
}

/** Its end was found out by a boot before this one. */
function isClosed({ end }: BootRecord): boolean {
  return end.cause !== undefined || end.backTo !== undefined;
}

/** What this boot found of the one before it. */
function found(record: BootRecord, { start, panics }: Beginning, isDirect = true): Found {
  const { facts, state, trace, verdict } = start;
  const named = panics.findLast(({ bootId }) => bootId !== '' && bootId === record.bootId);
  const kept = !record.trial || isKept(record, start);
  const isItsReset = isDirect && (kept || isRightAfterTrial(facts.booted.rule, state.mode));
  const panic = named ?? (isItsReset ? panics.findLast(({ bootId }) => bootId === '') : undefined);
  return {
    evidence: {
      tried: isEmpty(state.trying) || !covers(record.set, state.trying) ? record.set : state.trying,
      started: state.mode !== 'try' || record.time !== '',
      scriptCause: record.time === '' ? state.cause : undefined,
      rule: facts.booted.rule,
      trace,
      verdict: wordOfTrial(verdict, state.attemptsLeft),
      watchdogReset: isItsReset && facts.watchdogReset,
      isCleanlyLeft: isItsReset && facts.initramfs.get('fsck') === 'clean',
      reset: kept ? facts.booted.reset : resetOfTrial(facts.booted),
      panic,
      attemptsLeft: facts.booted.abilities.has('attempts') ? state.attemptsLeft : undefined,
    },
    fsck: facts.initramfs.get('fsck') ?? '',
    kept,
    backTo: facts.booted.ran,
  };
}

/** A trial that the environment still names was not; otherwise its agent's word counts, or what is good now. */
function isKept(record: BootRecord, { state }: BootStart): boolean {
  if (!isEmpty(state.trying) && covers(record.set, state.trying)) return false;
  return record.verdict?.kind === 'good' || covers(state.good, record.set);
}

/** The end of a boot that another one followed of which no agent ran: it went down to start that one, or it panicked. */
function endBefore(
  { end, bootId, trial }: BootRecord,
  [next]: readonly MissingBoot[],
  panics: readonly Panic[],
): BootEnd {
  const panic = panics.findLast((one) => one.bootId !== '' && one.bootId === bootId);
  if (panic !== undefined) return panicEnd(panic);
  if (end.how !== 'running') return end;
  return next?.kind === 'trial' && !trial ? { how: 'shutdown' } : { how: 'died' };
}

function panicEnd({ line, text }: PanicText): BootEnd {
  const evidence = text.map((one) => `${kernelSaid}${one}`);
  return { how: 'panic', cause: { code: 'panic', message: line, evidence } };
}

function endOfMissing(one: MissingBoot, record: BootRecord, beginning: Beginning, isDirect: boolean): BootEnd {
  const clues = found(record, beginning, isDirect);
  if (one.kind === 'trial') return endOf(record, { ...clues, kept: false });
  const { panic, rule } = clues.evidence;
  if (one.kind === 'panicked') return panic === undefined ? { how: 'died' } : panicEnd(panic);
  return {
    how: 'failed',
    cause: {
      ...goodSetFailed,
      evidence: [
        ...(panic?.text ?? []).map((text) => `${kernelSaid}${text}`),
        `failed: ${Object.values(one.set).join(', ')}`,
        `the boot after it was chosen by rule: ${rule}`,
      ],
    },
    backTo: clues.backTo,
  };
}

function recordOf({ kind, bootId, set, trial, marks }: MissingBoot, boot: number): BootRecord {
  return {
    ...{ boot, version: 0, bootId, time: '', rule: kind === 'trial' ? 'try' : '', copy: '', trial, reset: 'unknown' },
    ...{ set, kernel: { release: '', buildId: '' }, commandLine: '', mounts: [], marks },
    end: { how: 'running' },
  };
}

function currentOf(boot: number, { start, kernel, time }: Beginning): BootRecord {
  const { bootId, booted, watchdogReset, initramfs } = start.facts;
  const marks: StageMark[] = booted.rule === '' ? [] : [{ stage: 'script', uptimeSeconds: 0 }];
  marks.push(...parseMarks(initramfs.get('marks') ?? ''), { stage: 'daemon', uptimeSeconds: start.uptimeSeconds });
  return {
    ...{ boot, version: 0, bootId, time, rule: booted.rule, copy: booted.copy, trial: booted.trial },
    reset: watchdogReset ? 'watchdog' : (booted.reset ?? 'unknown'),
    set: booted.ran,
    ...kernel,
    marks,
    end: { how: 'running' },
  };
}

const maxMarkWords = 16;

/** `initramfs:1.2,mounted:3.4`, as the initramfs leaves it; what is not that is skipped. */
export function parseMarks(text: string): StageMark[] {
  return text.split(',', maxMarkWords).flatMap((word) => {
    const [stage = '', seconds] = word.split(':', 2);
    const uptimeSeconds = secondsOf(seconds);
    return isStage(stage) && uptimeSeconds !== undefined ? [{ stage, uptimeSeconds }] : [];
  });
}
