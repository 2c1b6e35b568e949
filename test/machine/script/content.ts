/** What can stand in one of the 4096 byte blocks that the boot script reads: images, and images in every way spoiled. */
import { crc32 } from 'node:zlib';
import { PLACE_BYTES, placeBytes, type Vars } from '../../../bootloader/protocol/index.ts';
import type { Below } from '../../../bootloader/u-boot-env/random.ts';

/** A block, and how it came about: for the report of a state on which script and model differ. */
export interface Content {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Makes a block that was to hold `vars`. */
export type Maker = (vars: Vars, below: Below) => Content;

const HEADER_BYTES = 4;
const SECTOR_BYTES = 512;

/** An image as the agent and the image builder write it. */
export function whole(vars: Vars): Content {
  return { what: `whole ${JSON.stringify(vars)}`, bytes: placeBytes(vars) };
}

/** An image with a right checksum over any list at all. */
export function sealed(what: string, list: string, padding = 0): Content {
  const bytes = Buffer.alloc(PLACE_BYTES, padding);
  bytes.write(list.slice(0, PLACE_BYTES - HEADER_BYTES), HEADER_BYTES, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(HEADER_BYTES)), 0);
  return { what: `${what} ${brief(list)}`, bytes };
}

export const zeros: Content = { what: 'zeros', bytes: new Uint8Array(PLACE_BYTES) };
export const erased: Content = { what: 'erased', bytes: new Uint8Array(PLACE_BYTES).fill(0xff) };

/** An image with so long a value that only `left` bytes of the block are free. */
export function filled(vars: Vars, name: string, left = 0): Content {
  const free = room({ ...vars, [name]: '' }) - `${name}=\0`.length - left;
  return whole({ ...vars, [name]: 'x'.repeat(free) });
}

/** The first `count` bytes of `after`, where `before` was. */
export function torn(before: Uint8Array, after: Uint8Array, count: number): Content {
  const bytes = Buffer.from(before);
  bytes.set(after.subarray(0, count));
  return { what: `torn after ${count} bytes`, bytes };
}

/** Ways to spoil an image that leave its checksum wrong, so that nothing in it counts. */
export const DAMAGED: Readonly<Record<string, Maker>> = {
  zeros: () => zeros,
  erased: () => erased,
  garbage: (_, below) => ({ what: 'garbage', bytes: Uint8Array.from({ length: PLACE_BYTES }, () => below(256)) }),
  'torn at a sector': (vars, below) => torn(erased.bytes, withZeros(vars), SECTOR_BYTES * (1 + below(7))),
  'torn within a sector': (vars, below) => torn(placeBytes({ snap_kernel: 'old' }), withZeros(vars), 1 + below(40)),
  'one bit': (vars, below) => flipped(placeBytes(vars), below(8 * PLACE_BYTES)),
  'redundant format': (vars) => ({ what: `redundant format ${JSON.stringify(vars)}`, bytes: withFlag(vars) }),
  'other byte order': (vars) => ({
    what: `other byte order ${JSON.stringify(vars)}`,
    bytes: Buffer.concat([Buffer.from(placeBytes(vars).subarray(0, 4)).reverse(), placeBytes(vars).subarray(4)]),
  }),
};

/** Images with a right checksum that no writer of ours makes. */
export const FOREIGN: Readonly<Record<string, Maker>> = {
  'other variables': (_, below) => whole({ bootcmd: 'run distro_bootcmd', bootcount: String(below(9)) }),
  "snapd's alone": ({ snap_mode = '', snap_kernel = '', snap_core = '', snap_try_kernel = '' }) =>
    whole({ snap_mode, snap_kernel, snap_core, snap_try_kernel }),
  'and other variables': (vars, below) => whole({ ...vars, bootcount: String(below(9)), someone: 'else' }),
  'names twice': (vars, below) => sealed('names twice', `${listOf(vars)}${listOf(shifted(vars, below))}\0`),
  'entries without value': (vars, below) =>
    sealed('entries without value', `${lines(vars, below, ['snap_try_kernel', 'snap_mode=', '=', ''])}\0`),
  'a value without name': (vars, below) => sealed('a value without name', `${lines(vars, below, ['=v'])}\0`),
  'blanks and comments': (vars, below) =>
    sealed('blanks and comments', `${lines(vars, below, ['#snap_mode=try', ' \tsnap_gen=1', '  '])}\0`),
  escapes: (vars) => sealed('escapes', `${listOf(mapped(vars, (value) => value.replaceAll('_', '\\_')))}\0`),
  'not ASCII': (vars, below) =>
    sealed('not ASCII', `${lines(vars, below, ['snap_try_core=b\u00e9.snap', '\u00ffx=1'])}\0`),
};

/** Images with a right checksum that are fuller than ours. */
export const OVERSIZED: Readonly<Record<string, Maker>> = {
  'a long value of another': (vars) => whole({ ...vars, zzz: 'z'.repeat(room(vars) - 5) }),
  'a long value of ours': (vars, below) => {
    const name = pick(below, ['snap_try_core', 'snap_prev', 'snap_gadget', 'snap_core', 'snap_kernel', 'snap_mode']);
    return filled(vars, name, below(20));
  },
  'many variables': (vars, below) => {
    const list = Array.from({ length: 200 + below(150) }, (_, i) => `v${i}=${i}\0`).join('');
    return sealed(
      'many variables',
      `${list.slice(0, room(vars))}\0${listOf(vars)}`.replaceAll('\0\0', '\0').concat('\0'),
    );
  },
  'no end': (vars) => {
    const list = `${listOf(vars)}zzz=`;
    return sealed('no end', list.padEnd(PLACE_BYTES - HEADER_BYTES, 'z'));
  },
  'no end, ours last': (vars) => {
    const list = listOf({ ...vars, snap_gen: '' });
    const filler = PLACE_BYTES - HEADER_BYTES - list.length - 'aaa=\0snap_gen=1'.length;
    return sealed('no end, ours last', `aaa=${'z'.repeat(filler)}\0${list}snap_gen=1`);
  },
};

/** What U-Boot's shell or its commands could read something into. */
const HOSTILE = [
  ...['a;b', 'a; reset', "a'b", 'a"b', '$a', `\${hf_dev}`, 'a`b`', 'a|b', 'a&b', 'a && b', 'a\nb', 'a\\', '\\\\', '#a'],
  ...[
    '-eq',
    '-n',
    '-z',
    '!',
    '=',
    '(',
    '*',
    '<',
    '>',
    ' a',
    '\ta',
    'a/b',
    '../a',
    '~',
    '\u0001',
    "'try'",
    '"try"',
    "a' b '",
  ],
];

/** Images of ours in which one value is such a thing, or has it added. */
export const HOSTILE_VALUES: Readonly<Record<string, Maker>> = {
  'a hostile value': (vars, below) => {
    const name = pick(below, Object.keys(vars).length === 0 ? ['snap_mark', 'snap_mode'] : Object.keys(vars));
    return sealed('a hostile value', `${listOf({ ...vars, [name]: pick(below, HOSTILE) })}\0`);
  },
  'a hostile end': (vars, below) => {
    const name = pick(below, Object.keys(vars).length === 0 ? ['snap_mark', 'snap_mode'] : Object.keys(vars));
    return sealed('a hostile end', `${listOf({ ...vars, [name]: `${vars[name] ?? ''}${pick(below, HOSTILE)}` })}\0`);
  },
};

export function pick<T>(below: Below, all: readonly T[]): T {
  const one = all[below(all.length)];
  if (one === undefined) throw new Error('cannot pick from nothing');
  return one;
}

function listOf(vars: Vars): string {
  return Object.entries(vars)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
}

/** The variables with `extra` entries between them. */
function lines(vars: Vars, below: Below, extra: readonly string[]): string {
  const all = Object.entries(vars).map(([name, value]) => `${name}=${value}`);
  for (const entry of extra) if (entry !== '') all.splice(below(all.length + 1), 0, entry);
  return all.map((entry) => `${entry}\0`).join('');
}

/** Each name with another name's value. */
function shifted(vars: Vars, below: Below): Vars {
  const values = Object.values(vars);
  const by = 1 + below(5);
  return Object.fromEntries(Object.keys(vars).map((name, i) => [name, values[(i + by) % values.length] ?? '']));
}

function mapped(vars: Vars, change: (value: string) => string): Vars {
  return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, change(value)]));
}

/** Bytes that are left beside `vars`, the last NUL not among them. */
function room(vars: Vars): number {
  const set = Object.entries(vars).filter(([, value]) => value !== '');
  return PLACE_BYTES - HEADER_BYTES - 1 - listOf(Object.fromEntries(set)).length;
}

/** An image as U-Boot writes it. */
function withZeros(vars: Vars): Uint8Array {
  return sealed('', `${listOf(vars)}\0`).bytes;
}

function flipped(image: Uint8Array, bit: number): Content {
  const bytes = Buffer.from(image);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return { what: `bit ${bit} flipped`, bytes };
}

/** The image of a U-Boot with redundant environments: a flag byte behind the checksum, which it does not cover. */
function withFlag(vars: Vars): Uint8Array {
  const bytes = Buffer.alloc(PLACE_BYTES);
  bytes[HEADER_BYTES] = 1;
  bytes.write(`${listOf(vars)}\0`, HEADER_BYTES + 1, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(HEADER_BYTES + 1)), 0);
  return bytes;
}

function brief(list: string): string {
  const text = JSON.stringify(list.replaceAll('\0', '␀'));
  return text.length > 400 ? `${text.slice(0, 400)}… ${list.length} bytes` : text;
}
