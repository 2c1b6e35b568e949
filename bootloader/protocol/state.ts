/** What the four places say, read once and told apart: pure, and total over hostile bytes. */
import { readVars } from './exchange.ts';
import { isBNewer } from './generation.ts';
import type { Medium, SlotNames, Vars } from './types.ts';
import { slotsOf } from './variables.ts';

export interface BootState {
  /** `snap_mode`: "", `try`, `trying`, or whatever a foreign writer left. */
  readonly mode: string;
  readonly good: SlotNames;
  /** `snap_try_*`. */
  readonly trying: SlotNames;
  readonly previous: SlotNames;
  /** `snap_try_left`; `undefined` where no script or agent of ours wrote it. */
  readonly attemptsLeft: number | undefined;
  /** `snap_try_cause`: why the boot script gave a trial up. */
  readonly cause: string | undefined;
  /** The place that the boot script takes its variables from. */
  readonly source: 'env-a' | 'env-b' | 'good' | 'none';
  readonly copies: { readonly a: Copy; readonly b: Copy };
  readonly record: Vars | undefined;
  /** `snap_mark`, or "" where there is none or it cannot be read. */
  readonly mark: string;
  /** All variables of the source, those of foreign writers included. */
  readonly vars: Vars;
}

/** A copy is valid when its CRC is right and it names a kernel and a base; otherwise nothing in it counts. */
export type Copy = { readonly valid: true; readonly vars: Vars } | { readonly valid: false };

/** Reads what the boot script would read. Never throws: bad bytes are an invalid copy. */
export function readBootState(medium: Medium): BootState {
  const a = readCopy(medium['env-a']);
  const b = readCopy(medium['env-b']);
  const record = readCopy(medium.good);
  const notes = readVars(medium.mark) ?? {};
  const source = chooseSource(a, b, record);
  const vars = varsOf(source, a, b, record);
  const left = vars['snap_try_left'];
  return {
    mode: vars['snap_mode'] ?? '',
    good: slotsOf(vars, 'good'),
    trying: slotsOf(vars, 'try'),
    previous: slotsOf(vars, 'previous'),
    attemptsLeft: left !== undefined && /^\d$/.test(left) ? Number(left) : undefined,
    cause: notes['snap_try_cause'],
    source,
    copies: { a, b },
    record: record.valid ? record.vars : undefined,
    mark: notes['snap_mark'] ?? '',
    vars,
  };
}

function readCopy(bytes: Uint8Array | undefined): Copy {
  const vars = readVars(bytes);
  if (vars === undefined || !vars['snap_kernel'] || !vars['snap_core']) return { valid: false };
  return { valid: true, vars };
}

function chooseSource(a: Copy, b: Copy, record: Copy): BootState['source'] {
  if (a.valid && b.valid) return isBNewer(a.vars['snap_gen'], b.vars['snap_gen']) ? 'env-b' : 'env-a';
  if (a.valid) return 'env-a';
  if (b.valid) return 'env-b';
  return record.valid ? 'good' : 'none';
}

function varsOf(source: BootState['source'], a: Copy, b: Copy, record: Copy): Vars {
  const copy = { 'env-a': a, 'env-b': b, good: record, none: { valid: false } as const }[source];
  return copy.valid ? copy.vars : {};
}
