/** The text of a panic, read out of what the kernel dumped. Pure; the text may be cut, damaged or from any kernel. */
import type { SlotNames } from '../../../bootloader/protocol/types.ts';
import type { PanicText } from '../cause.ts';
import { line } from './bounds.ts';

export interface Panic extends PanicText {
  /** "" where the text does not tell: the boot ended before its initramfs said it. */
  readonly bootId: string;
  readonly set: SlotNames;
  readonly trial: boolean;
}

const linesBefore = 4;
const linesAfter = 8;
const maxLine = 200;

/** `Panic#1 Part1`, the kernel's own heading. */
const heading = /^(\w+)#(\d{1,6}) Part(\d{1,4})$/;
const panicLine = /Kernel panic - not syncing/;
/** What the initramfs says first of all. */
const bootLine = /\bholdfast: boot ([0-9a-f-]{1,64}) kernel=(\S*) core=(\S*) gadget=(\S*) trial=([01])/;

/** One file of the dump. */
export interface Dump {
  readonly kind: string;
  readonly count: number;
  readonly part: number;
  readonly lines: readonly string[];
}

/** Takes a dump apart. Never throws: without the kernel's heading it is of kind "". */
export function parseDump(text: string): Dump {
  const [first = '', ...rest] = text.split('\n');
  const found = heading.exec(first.trim());
  const said = found === null ? [first, ...rest] : rest;
  const lines = said.map((one) => line(one.replace(/^<\d{1,4}>/, ''), maxLine).trimEnd());
  return {
    kind: found?.[1] ?? '',
    count: Number(found?.[2] ?? 0),
    part: Number(found?.[3] ?? 1),
    lines: lines.filter((one) => one !== '' && !one.startsWith('ECC: ')),
  };
}

/** The panic that a dump tells of; `undefined` where it tells of none: a kernel that stumbled and went on dumps, too. */
export function panicOf({ kind, part, lines }: Dump): Panic | undefined {
  const at = lines.findIndex((one) => panicLine.test(one));
  if (at < 0 && (kind !== 'Panic' || part !== 1)) return undefined;
  const where = at < 0 ? lines.length - 1 : at;
  return {
    line: at < 0 ? 'Kernel panic, of which the text is lost' : withoutTime(lines[at] ?? ''),
    text: lines.slice(Math.max(0, where - linesBefore), where + linesAfter),
    ...whoWas(lines),
  };
}

/** Which boot said these lines; the last word counts. */
export function whoWas(lines: readonly string[]): Pick<Panic, 'bootId' | 'set' | 'trial'> {
  for (const one of lines.toReversed()) {
    const [, bootId, kernel, base, gadget, trial] = bootLine.exec(one) ?? [];
    if (bootId === undefined) continue;
    const set = { ...(kernel ? { kernel } : {}), ...(base ? { base } : {}), ...(gadget ? { gadget } : {}) };
    return { bootId, set, trial: trial === '1' };
  }
  return { bootId: '', set: {}, trial: false };
}

function withoutTime(text: string): string {
  return text.replace(/^\[ *\d+\.\d+\](\[[^\]]*\])? ?/, '');
}
