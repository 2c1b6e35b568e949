/**
 * A record from bytes. Nothing in them is believed: what is missing, of another kind or unknown to this version is left out,
 * and without a boot number there is no record.
 */
import { CAUSE_CODES, type Cause } from '../cause.ts';
import { boundRecord, maxCheckEvidence, maxChecks, maxEvidence, maxMarks, maxMounts } from './bounds.ts';
import {
  type BootEnd,
  type BootRecord,
  type BootVerdict,
  type CheckLine,
  ENDS,
  RESETS,
  STAGES,
  type StageMark,
} from './record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads a record; `undefined` where the bytes are none. Never throws. */
export function decodeRecord(bytes: Uint8Array): BootRecord | undefined {
  const fields = fieldsOf(parse(bytes));
  const boot = count(fields['boot']);
  const version = count(fields['version']);
  if (boot === undefined || version === undefined) return undefined;
  const kernel = fieldsOf(fields['kernel']);
  const health = fields['health'] === undefined ? undefined : fieldsOf(fields['health']);
  const verdict = verdictOf(fieldsOf(fields['verdict']));
  return boundRecord({
    boot,
    version,
    bootId: text(fields['bootId']),
    time: text(fields['time']),
    rule: text(fields['rule']),
    copy: text(fields['copy']),
    trial: fields['trial'] === true,
    reset: oneOf(RESETS, fields['reset']) ?? 'unknown',
    set: setOf(fields['set']),
    kernel: { release: text(kernel['release']), buildId: text(kernel['buildId']) },
    commandLine: text(fields['commandLine']),
    mounts: texts(fields['mounts'], maxMounts),
    marks: list(fields['marks'], maxMarks, markOf),
    ...(health === undefined ? {} : { health: { checks: list(health['checks'], maxChecks, checkOf) } }),
    ...(verdict === undefined ? {} : { verdict }),
    end: endOf(fieldsOf(fields['end'])),
  });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function markOf(fields: Fields): StageMark | undefined {
  const stage = oneOf(STAGES, fields['stage']);
  const uptimeSeconds = fields['uptimeSeconds'];
  if (stage === undefined || typeof uptimeSeconds !== 'number' || !(uptimeSeconds >= 0)) return undefined;
  return { stage, uptimeSeconds };
}

function checkOf(fields: Fields): CheckLine | undefined {
  const weight = oneOf(['required', 'wanted'] as const, fields['weight']);
  const state = oneOf(['pass', 'wait', 'fail'] as const, fields['state']);
  if (weight === undefined || state === undefined) return undefined;
  const evidence = texts(fields['evidence'], maxCheckEvidence);
  return { check: text(fields['check']), weight, state, reason: text(fields['reason']), evidence };
}

function verdictOf(fields: Fields): BootVerdict | undefined {
  const kind = oneOf(['good', 'bad'] as const, fields['kind']);
  if (kind === undefined) return undefined;
  const by = fields['by'] === 'person' ? 'person' : 'agent';
  return { kind, by, reason: text(fields['reason']), evidence: texts(fields['evidence'], maxEvidence) };
}

function endOf(fields: Fields): BootEnd {
  const cause = causeOf(fieldsOf(fields['cause']));
  return {
    // Not `running`: a later version has written down an end that this one does not know.
    how: oneOf(ENDS, fields['how']) ?? 'died',
    ...(cause === undefined ? {} : { cause }),
    ...(fields['backTo'] === undefined ? {} : { backTo: setOf(fields['backTo']) }),
  };
}

function causeOf(fields: Fields): Cause | undefined {
  const code = oneOf(CAUSE_CODES, fields['code']);
  if (code === undefined) return undefined;
  return { code, message: text(fields['message']), evidence: texts(fields['evidence'], maxEvidence) };
}

function setOf(value: unknown): BootRecord['set'] {
  const { kernel, base, gadget } = fieldsOf(value);
  return {
    ...(typeof kernel === 'string' && kernel !== '' ? { kernel } : {}),
    ...(typeof base === 'string' && base !== '' ? { base } : {}),
    ...(typeof gadget === 'string' && gadget !== '' ? { gadget } : {}),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown, max: number): string[] {
  return Array.isArray(value) ? value.slice(0, max).filter((item) => typeof item === 'string') : [];
}

function list<T>(value: unknown, max: number, read: (fields: Fields) => T | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, max).flatMap((item) => read(fieldsOf(item)) ?? []);
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}
