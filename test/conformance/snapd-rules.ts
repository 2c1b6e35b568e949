/**
 * What snapd does with the variables of the env protocol (boot.md §3.1, §3.3, §9.1), written down a second time: a
 * difference is intended only where snapd's answer is the one that we know and mean to differ from.
 */
import { parseFileName } from '../../agent/snaps/file-name.ts';
import type { Answer, Operation, Variables } from './history.ts';
import { DEVICE } from './machine.ts';

/** What one side says and leaves. */
export interface Side {
  readonly answer: Answer;
  /** Without empty ones. */
  readonly vars: Variables;
}

/** What the variables of one slot are called. */
export interface SlotVars {
  readonly good: 'snap_core' | 'snap_kernel';
  readonly next: 'snap_try_core' | 'snap_try_kernel';
}

const BASE: SlotVars = { good: 'snap_core', next: 'snap_try_core' };
const KERNEL: SlotVars = { good: 'snap_kernel', next: 'snap_try_kernel' };
const SLOTS: Readonly<Record<string, SlotVars>> = { base: BASE, os: BASE, kernel: KERNEL };
export const SLOT_VARS: readonly SlotVars[] = [BASE, KERNEL];

/** The variables of a type of snap; `undefined` for a type without any. */
export function slotVarsOf(type: string): SlotVars | undefined {
  return SLOTS[type];
}

/** `vars` with changes; an empty value removes the variable. */
export function changed(vars: Variables, changes: Variables): Variables {
  return Object.fromEntries(Object.entries({ ...vars, ...changes }).filter(([, value]) => value !== ''));
}

/** Nothing is to be tried any more, but the mode stays. */
export function withoutNext(vars: Variables): Variables {
  return changed(vars, { [BASE.next]: '', [KERNEL.next]: '' });
}

/** What was tried is good. */
export function committed(vars: Variables): Variables {
  const { snap_core = '', snap_kernel = '', snap_try_core = '', snap_try_kernel = '' } = vars;
  const good = { snap_core: snap_try_core || snap_core, snap_kernel: snap_try_kernel || snap_kernel };
  return changed(withoutNext(vars), { ...good, snap_mode: '' });
}

/** @returns `undefined` for an operation that the env protocol does not have */
export function bySnapd(operation: Operation, before: Variables): Side | undefined {
  const mode = before['snap_mode'] ?? '';
  switch (operation.op) {
    case 'set_next':
      return takesPart(operation.type, operation.snap)
        ? setNext(operation, before)
        : { answer: { said: 'next', reboot: false, trivial: true }, vars: before };
    case 'mark_successful':
      return { answer: { said: 'done' }, vars: mode === 'trying' ? committed(before) : withoutNext(before) };
    case 'bootloader':
      return scriptRun(before);
    case 'current_boot':
      return { answer: currentBoot(operation.type, before), vars: before };
    case 'in_use':
      return { answer: inUse(operation, before), vars: before };
    case 'set_vars':
      return { answer: { said: 'done' }, vars: changed(before, operation.vars) };
    default:
      return undefined;
  }
}

/** snapd knows no gadget in the boot set of this protocol. */
export function takesPart(type: string, snap: string): boolean {
  const name = parseFileName(snap)?.name;
  return type === 'kernel' ? name === DEVICE.kernel : slotVarsOf(type) !== undefined && name === DEVICE.base;
}

/** The rule of set-next, for a snap that takes part. */
export function setNext(operation: Extract<Operation, { op: 'set_next' }>, before: Variables): Side {
  const { snap, type, noTry } = operation;
  const { good, next } = slotVarsOf(type) ?? KERNEL;
  const said = (reboot: boolean): Answer => ({ said: 'next', reboot, trivial: false });
  if (before[good] === snap) {
    const mode = before['snap_mode'] ?? '';
    return { answer: said(false), vars: mode === '' ? before : changed(before, { snap_mode: '', [next]: '' }) };
  }
  const changes = noTry ? { [good]: snap, [next]: '', snap_mode: '' } : { [next]: snap, snap_mode: 'try' };
  return { answer: said(true), vars: changed(before, changes) };
}

function scriptRun(before: Variables): Side {
  const { snap_mode: mode, snap_core = '', snap_kernel = '', snap_try_core, snap_try_kernel } = before;
  if (mode !== 'try') {
    const vars = mode === 'trying' ? changed(before, { snap_mode: '' }) : before;
    return { answer: { said: 'boots', kernel: snap_kernel, base: snap_core }, vars };
  }
  const set = { kernel: snap_try_kernel ?? snap_kernel, base: snap_try_core ?? snap_core };
  return { answer: { said: 'boots', ...set }, vars: changed(before, { snap_mode: 'trying' }) };
}

function currentBoot(type: string, before: Variables): Answer {
  const slot = slotVarsOf(type);
  const snap = slot === undefined ? '' : (before[slot.good] ?? '');
  if (parseFileName(snap) === undefined) return { said: 'error', why: 'no snap is named' };
  return before['snap_mode'] === 'trying' ? { said: 'not-ready' } : { said: 'snap', snap };
}

function inUse({ type, snap }: { readonly type: string; readonly snap: string }, before: Variables): Answer {
  const slot = slotVarsOf(type);
  if (slot === undefined) return { said: 'in-use', inUse: false };
  if (parseFileName(before[slot.good] ?? '') === undefined) return { said: 'error', why: 'no snap is named' };
  return { said: 'in-use', inUse: before[slot.good] === snap || before[slot.next] === snap };
}
