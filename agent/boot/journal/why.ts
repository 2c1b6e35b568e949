/** Why a boot ended as it did, for people who find a device on another revision than they expected. Pure. */
import { isEmpty, SLOTS, type SlotNames } from '../../../bootloader/protocol/index.ts';
import type { BootRecord, CheckLine } from './record.ts';
import { difference, endWords, fileWords, setWords, timeWords, withoutPerson } from './words.ts';

/** More than these lines of evidence are only in the data. */
const maxSeen = 12;

/** The same as data, for programs. */
export interface WhyData {
  readonly boot: number;
  /** ISO; "" where its agent never ran. */
  readonly time: string;
  /** `undefined` where there is nothing to explain. */
  readonly cause: { readonly code: string; readonly message: string } | undefined;
  readonly evidence: readonly string[];
  /** What was tried; empty for a boot that was no trial. */
  readonly tried: SlotNames;
  readonly backTo: SlotNames | undefined;
}

/**
 * The boot that is explained when nobody says which: the newest that was a trial or did not end well, or else the newest. A
 * device that is switched off at the plug loses its power every day: that hides nothing that came before.
 * @param records newest first
 */
export function bootToExplain(records: readonly BootRecord[]): BootRecord | undefined {
  const isTold = ({ trial, end }: BootRecord) => trial || (end.cause !== undefined && end.how !== 'power-cut');
  return records.find(isTold) ?? records.find(({ end }) => end.cause !== undefined) ?? records[0];
}

/** A few plain lines. Where there is a cause the second one is `Cause: <code>: <message>`. */
export function whyLines(record: BootRecord): string[] {
  const { cause } = record.end;
  if (cause === undefined) return [...goodLines(record), ...wantedLines(record)];
  const { evidence } = cause;
  const shown = evidence.length <= maxSeen ? evidence : evidence.slice(0, maxSeen - 1);
  const seen = shown.map((line) => `Seen: ${line}`);
  const left = evidence.length - shown.length;
  if (left > 0) seen.push(`Seen: ${left} more lines (holdfast boot why ${record.boot} --json)`);
  return [headline(record), `Cause: ${cause.code}: ${cause.message}`, ...seen];
}

export function whyJson(record: BootRecord): WhyData {
  const { boot, time, end } = record;
  const { cause, backTo } = end;
  return {
    ...{ boot, time, tried: record.trial ? triedOf(record) : {}, backTo },
    cause: cause === undefined ? undefined : { code: cause.code, message: cause.message },
    evidence: cause?.evidence ?? record.verdict?.evidence ?? [],
  };
}

/** What a trial tried: the slots that were not booted afterwards; all of them where nothing else was. */
function triedOf({ set, end }: BootRecord): SlotNames {
  const differs = difference(set, end.backTo ?? {});
  return isEmpty(differs) ? set : differs;
}

function headline(record: BootRecord): string {
  const { trial, set, end, verdict } = record;
  const boot = bootWords(record);
  if (end.backTo === undefined) {
    const kept = trial && verdict?.kind === 'good' ? 'was confirmed, and later ' : '';
    return `${boot} ${kept}${endWords(end.how)}`;
  }
  const tried = triedOf(record);
  const before = Object.fromEntries(SLOTS.flatMap((slot) => (tried[slot] ? [[slot, end.backTo?.[slot]]] : [])));
  const back = `went back to ${fileWords(before) || 'the set before'}`;
  return trial
    ? `${boot} tried ${setWords(tried)} and ${back}`
    : `${boot} could not start ${setWords(difference(set, end.backTo))} and ${back}`;
}

function goodLines(record: BootRecord): string[] {
  const { trial, verdict, set, end } = record;
  const boot = bootWords(record);
  const isUnexplained = end.how !== 'running' && end.how !== 'shutdown';
  if (!trial)
    return [isUnexplained ? `${boot} ${endWords(end.how)}` : `${boot}: nothing to explain, it ${endWords(end.how)}`];
  if (verdict === undefined) {
    if (end.how !== 'running')
      return [`${boot} was a trial of ${setWords(set)}, and ${endWords(end.how)} before there was a verdict`];
    return [`${boot} is a trial of ${setWords(set)}: there is no verdict yet`];
  }
  const who = verdict.by === 'person' ? ' by a person' : '';
  const lines = [verdict.reason, ...verdict.evidence].map(withoutPerson);
  const said = lines.filter((line) => line !== '').join('; ');
  if (verdict.kind === 'good') return [`${boot} was confirmed${who}${said === '' ? '' : `: ${said}`}`];
  return [`${boot} was rejected${who} and is about to go back${said === '' ? '' : `: ${said}`}`];
}

/** Checks that did not pass and did not decide. */
function wantedLines({ health }: BootRecord): string[] {
  const failed = health?.checks.filter(({ weight, state }) => weight === 'wanted' && state !== 'pass') ?? [];
  return failed.map(({ check, reason }: CheckLine) => `Wanted: ${check} did not pass: ${reason}`);
}

function bootWords({ boot, time }: BootRecord): string {
  return `Boot ${boot} (${timeWords(time)})`;
}
