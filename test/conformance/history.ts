/** A boot history of the corpus and snapd's answer to it, as typed data. What is not known is an error, never left out. */
import { CorpusError, flag, type Json, list, onlyKnown, record, text, texts } from './json.ts';

/** Boot variables by snapd's names; an absent one and an empty one are the same. */
export type Variables = Readonly<Record<string, string>>;

export type Operation =
  | { readonly op: 'set_next'; readonly type: string; readonly snap: string; readonly noTry: boolean }
  | { readonly op: 'mark_successful' }
  | { readonly op: 'current_boot'; readonly type: string }
  | { readonly op: 'in_use'; readonly type: string; readonly snap: string }
  /** Somebody else writes variables. */
  | { readonly op: 'set_vars'; readonly vars: Variables }
  /** The device is switched on and its boot script runs. */
  | { readonly op: 'bootloader' }
  | { readonly op: 'initramfs' }
  | { readonly op: 'write_modeenv' };

export interface History {
  readonly bootloader: string;
  readonly vars: Variables;
  readonly operations: readonly Operation[];
  /** Kernel links or a modeenv are part of it: the UC20+ protocol. */
  readonly isGraded: boolean;
}

/** What an operation says back, in one form for snapd and for us. */
export type Answer =
  | { readonly said: 'done' }
  /** A text of snapd's, or a code of ours. */
  | { readonly said: 'error'; readonly why: string }
  | { readonly said: 'not-ready' }
  | { readonly said: 'next'; readonly reboot: boolean; readonly trivial: boolean }
  /** "" where nothing is named. */
  | { readonly said: 'boots'; readonly kernel: string; readonly base: string }
  /** Nothing boots: waits, then resets. */
  | { readonly said: 'rescue' }
  | { readonly said: 'snap'; readonly snap: string }
  | { readonly said: 'in-use'; readonly inUse: boolean }
  /** The power was cut before the first write. */
  | { readonly said: 'cut' };

/** snapd's state after one operation. */
export interface AnswerStep {
  readonly answer: Answer;
  readonly vars: Variables;
  /** How often variables were written so far; only where snapd's test double counts. */
  readonly writes: number | undefined;
}

const BOOTLOADERS: readonly string[] = ['uboot', 'grub', 'mock', 'mock-env', 'mock-notscriptable', 'mock-recovery'];

/** @throws CorpusError */
export function parseHistory(json: Json): History {
  onlyKnown(json, ['bootloader', 'vars', 'ops', 'modeenv', 'kernel', 'try_kernel', 'snaps'], 'the history');
  const bootloader = text(json['bootloader'], 'bootloader');
  if (!BOOTLOADERS.includes(bootloader)) throw new CorpusError(`cannot play a history of the bootloader ${bootloader}`);
  return {
    bootloader,
    vars: texts(json['vars'], 'vars'),
    operations: list(json['ops'], 'ops').map((op, at) => parseOperation(record(op, `ops[${at}]`), `ops[${at}]`)),
    isGraded: ['modeenv', 'kernel', 'try_kernel'].some((key) => json[key] !== undefined),
  };
}

function parseOperation(json: Json, where: string): Operation {
  const op = text(json['op'], `${where}.op`);
  const known = (...fields: readonly string[]): void => onlyKnown(json, ['op', 'crash_in', ...fields], where);
  switch (op) {
    case 'set_next': {
      known('type', 'snap', 'no_try');
      const noTry = json['no_try'] === undefined ? false : flag(json['no_try'], `${where}.no_try`);
      return { op, type: text(json['type'], `${where}.type`), snap: text(json['snap'], `${where}.snap`), noTry };
    }
    case 'current_boot':
      known('type');
      return { op, type: text(json['type'], `${where}.type`) };
    case 'in_use':
      known('type', 'snap');
      return { op, type: text(json['type'], `${where}.type`), snap: text(json['snap'], `${where}.snap`) };
    case 'set_vars':
      known('vars');
      return { op, vars: texts(json['vars'], `${where}.vars`) };
    case 'mark_successful':
    case 'bootloader':
      known();
      return { op };
    case 'initramfs':
    case 'write_modeenv':
      return { op };
    default:
      throw new CorpusError(`cannot play ${where}: the operation ${op} is not known`);
  }
}

/**
 * The initial state and one step for each operation.
 * @throws CorpusError where the answer is not one to `history`
 */
export function parseAnswer(json: Json, history: History): { initial: Variables; steps: readonly AnswerStep[] } {
  const [first, ...rest] = list(record(json['result'], 'result')['steps'], 'steps').map((step, at) =>
    record(step, `steps[${at}]`),
  );
  if (first === undefined || rest.length !== history.operations.length) {
    throw new CorpusError(`cannot compare: ${history.operations.length} operations, ${rest.length} answers`);
  }
  return {
    initial: stateOf(first, 'steps[0]').vars,
    steps: rest.map((step, at) => {
      const where = `steps[${at + 1}]`;
      const asked = text(record(step['op'], `${where}.op`)['op'], `${where}.op.op`);
      const { op } = history.operations[at] ?? { op: '' };
      if (asked !== op) throw new CorpusError(`cannot compare ${where}: it answers ${asked}, the history has ${op}`);
      return { answer: answerOf(op, record(step['result'] ?? {}, `${where}.result`), where), ...stateOf(step, where) };
    }),
  };
}

function stateOf(step: Json, where: string): Omit<AnswerStep, 'answer'> {
  const state = record(step['state'], `${where}.state`);
  const known = ['modeenv', 'modeenv_error', 'kernel_ref', 'try_kernel_ref', 'recovery_vars'];
  onlyKnown(state, ['vars', 'set_boot_vars_calls', ...known], `${where}.state`);
  const writes = state['set_boot_vars_calls'];
  return { vars: texts(state['vars'], `${where}.state.vars`), writes: typeof writes === 'number' ? writes : undefined };
}

function answerOf(op: string, result: Json, where: string): Answer {
  const of = (field: string): string => `${where}.result.${field}`;
  if (result['panic'] !== undefined) return { said: 'cut' };
  if (result['not_ready'] === true) return { said: 'not-ready' };
  const error = result['error'] ?? null;
  if (error !== null) return { said: 'error', why: text(error, of('error')) };
  switch (op) {
    case 'set_next': {
      const reboot = flag(result['reboot_required'], of('reboot_required'));
      return { said: 'next', reboot, trivial: flag(result['trivial'], of('trivial')) };
    }
    case 'bootloader':
      return {
        said: 'boots',
        kernel: text(result['kernel'] ?? '', of('kernel')),
        base: text(result['core'] ?? '', of('core')),
      };
    case 'current_boot':
      return { said: 'snap', snap: text(result['snap'], of('snap')) };
    case 'in_use':
      return { said: 'in-use', inUse: flag(result['in_use'], of('in_use')) };
    default:
      return { said: 'done' };
  }
}
