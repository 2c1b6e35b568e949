/** What the kernel command line says about how this boot came about: the word of the script that ran, not a guess. */
import type { Slot, SlotNames } from './types.ts';

/** Longest command line that is looked at, bytes; Linux's own limit on arm64 and x86 is 2048 and 4096. */
const MAX_COMMAND_LINE = 8192;

export interface BootedFacts {
  /** The set that the script chose; a slot is absent where the script does not know it. */
  readonly ran: SlotNames;
  /** By which rule it was chosen (`script.ts`); "" for a script that is not ours. */
  readonly rule: string;
  /** `a`, `b` or `record`: where the variables came from; "" for a script that is not ours. */
  readonly copy: string;
  /** This boot is a trial. */
  readonly trial: boolean;
  /**
   * How the machine came to this boot (`holdfast.reset=`): `warm` by a reset, by whatever it was made, `cold` by switching
   * power on. Absent where the script cannot tell.
   */
  readonly reset?: 'warm' | 'cold';
  /** What the script that ran can do (`holdfast.script=`). */
  readonly abilities: ReadonlySet<string>;
  /** Seconds, where the gadget sets them. */
  readonly deadlineSeconds?: number;
  readonly settleSeconds?: number;
  readonly patienceSeconds?: number;
}

const SLOT_OF: Readonly<Record<string, Slot>> = { snap_kernel: 'kernel', snap_core: 'base', snap_gadget: 'gadget' };

/** Reads a kernel command line. Never throws; the last of several equal keys counts, as in the kernel. */
export function parseCommandLine(text: string): BootedFacts {
  const values = new Map<string, string>();
  for (const word of text.slice(0, MAX_COMMAND_LINE).trim().split(/\s+/)) {
    const at = word.indexOf('=');
    if (at > 0) values.set(word.slice(0, at), word.slice(at + 1));
  }
  const ran: Partial<Record<Slot, string>> = {};
  for (const [key, slot] of Object.entries(SLOT_OF)) {
    const value = values.get(key);
    if (value) ran[slot] = value;
  }
  const reset = values.get('holdfast.reset');
  const deadline = seconds(values.get('holdfast.deadline'));
  const settle = seconds(values.get('holdfast.settle'));
  const patience = seconds(values.get('holdfast.patience'));
  return {
    ran,
    rule: values.get('holdfast.rule') ?? '',
    copy: values.get('holdfast.copy') ?? '',
    trial: values.get('holdfast.trial') === '1',
    abilities: new Set((values.get('holdfast.script') ?? '').split(',').filter((word) => word !== '')),
    ...(reset === 'warm' || reset === 'cold' ? { reset } : {}),
    ...(deadline === undefined ? {} : { deadlineSeconds: deadline }),
    ...(settle === undefined ? {} : { settleSeconds: settle }),
    ...(patience === undefined ? {} : { patienceSeconds: patience }),
  };
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined;
}
