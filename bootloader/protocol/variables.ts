/** Which variable holds what, and reading slots out of variables. Names: snapd's (`boot.md` §2.7) and our extensions. */
import { ProtocolError } from './errors.ts';
import { SLOTS, type Slot, type SlotNames, type Vars } from './types.ts';

export type Role = 'good' | 'try' | 'previous';

const NAMES: Readonly<Record<'good' | 'try', Readonly<Record<Slot, string>>>> = {
  good: { kernel: 'snap_kernel', base: 'snap_core', gadget: 'snap_gadget' },
  try: { kernel: 'snap_try_kernel', base: 'snap_try_core', gadget: 'snap_try_gadget' },
};

/** The previous set in one variable, `KERNEL BASE` or `KERNEL BASE GADGET`: stock U-Boot exports ten names at most. */
const PREVIOUS = 'snap_prev';

/** Variables that the boot script saves with a trial; anything else in a copy is dropped when the script writes it. */
export const SCRIPT_VARIABLES: readonly string[] = [
  'snap_mode',
  ...SLOTS.flatMap((slot) => [NAMES.good[slot], NAMES.try[slot]]),
  'snap_try_left',
  PREVIOUS,
  'snap_gen',
];

/** Variables of the last-good record. */
export const RECORD_VARIABLES: readonly string[] = [...SLOTS.map((slot) => NAMES.good[slot]), PREVIOUS];

/** Variables of the mark: what an earlier stage of booting leaves for a later boot, and for the agent to read. */
export const MARK_VARIABLES: readonly string[] = ['snap_mark', 'snap_try_cause'];

/** The one variable of hf-mark's second block: starts of the good set since an initramfs last ran to its end, or `trial`. */
export const STARTS_VARIABLE = 'hf_starts';

/** The set that a role's variables name. */
export function slotsOf(vars: Vars, role: Role): SlotNames {
  if (role === 'previous') return unpacked(vars[PREVIOUS] ?? '');
  const names: Partial<Record<Slot, string>> = {};
  for (const slot of SLOTS) {
    const value = vars[NAMES[role][slot]];
    if (value !== undefined && value !== '') names[slot] = value;
  }
  return names;
}

/**
 * `vars` with a role's variables set to exactly `names`: slots that are absent become unset. What stands there already
 * stays as it is, whoever wrote it: only a new name is checked.
 * @throws ProtocolError `bad-value`
 */
export function withSlots(vars: Vars, role: Role, names: SlotNames): Vars {
  const changed: Record<string, string> = { ...vars };
  if (role === 'previous') {
    delete changed[PREVIOUS];
    const value = packed(names);
    return value === '' ? changed : { ...changed, [PREVIOUS]: value };
  }
  for (const slot of SLOTS) {
    const value = names[slot];
    if (value === undefined) delete changed[NAMES[role][slot]];
    else if (vars[NAMES[role][slot]] !== value) changed[NAMES[role][slot]] = checkedFileName(value);
  }
  return changed;
}

/** `vars` without the named variables. */
export function without(vars: Vars, ...names: readonly string[]): Vars {
  return Object.fromEntries(Object.entries(vars).filter(([name]) => !names.includes(name)));
}

/** The slots of `a` overlaid with those of `b`. */
export function overlay(a: SlotNames, b: SlotNames): SlotNames {
  return { ...a, ...b };
}

/** True where both name the same file in every slot. */
export function sameSlots(a: SlotNames, b: SlotNames): boolean {
  return SLOTS.every((slot) => a[slot] === b[slot]);
}

/** True where nothing is named. */
export function isEmpty(names: SlotNames): boolean {
  return SLOTS.every((slot) => names[slot] === undefined);
}

/**
 * A previous set without a kernel or a base is none: it could not be booted. So is one with a name of a foreign writer
 * that cannot be packed with others; it must not keep a good trial from being confirmed.
 */
function packed(names: SlotNames): string {
  if (names.kernel === undefined || names.base === undefined) return '';
  const words = [names.kernel, names.base, ...(names.gadget === undefined ? [] : [names.gadget])];
  return words.every(isFileName) ? words.join(' ') : '';
}

function unpacked(value: string): SlotNames {
  const [kernel, base, gadget] = value.split(' ').filter((word) => word !== '');
  if (kernel === undefined || base === undefined) return {};
  return gadget === undefined ? { kernel, base } : { kernel, base, gadget };
}

/** True for a value that boot scripts and the kernel command line can carry unquoted. */
function isFileName(value: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]{0,120}\.snap$/.test(value);
}

/** @throws ProtocolError `bad-value` */
function checkedFileName(value: string): string {
  if (!isFileName(value)) {
    throw new ProtocolError(
      'bad-value',
      `cannot name ${JSON.stringify(value)} in the boot environment: not a snap file name`,
    );
  }
  return value;
}
