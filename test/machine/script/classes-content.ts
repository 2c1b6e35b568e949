/** Classes by what stands where an image should be: damaged, foreign, oversized, or made to be read as commands. */
import {
  exportedBytes,
  type Place,
  placeBytes,
  STARTS_VARIABLE,
  type Vars,
} from '../../../bootloader/protocol/index.ts';
import { type Below, randomBelow } from '../../../bootloader/u-boot-env/random.ts';
import type { StateClass } from './classes.ts';
import { DAMAGED, erased, type Maker, pick, torn } from './content.ts';
import { type Fixed, SPOILS } from './draw.ts';
import { ARMED, type Changes, GOOD } from './state.ts';

const SPOILED: readonly (Place | 'starts')[] = ['env-a', 'env-b', 'mark', 'good', 'starts'];

/** Each draw spoils the next place. The record is read only where both copies are bad. */
function spoiling(maker: Maker, below: Below, number: number): Fixed {
  const place = SPOILED[number % SPOILED.length] ?? 'env-a';
  const damage = (): Maker => pick(below, Object.values(DAMAGED));
  return { spoils: place === 'good' ? { good: maker, 'env-a': damage(), 'env-b': damage() } : { [place]: maker } };
}

function byMaker(kind: string, name: string, maker: Maker, drawn: number): StateClass {
  const below = randomBelow(name.length);
  return {
    name: `${kind}: ${name}`,
    picked: { 'A, armed': { a: maker(ARMED, below), b: { ...GOOD, snap_gen: '0' } } },
    drawn,
    fixed: (below, number) => spoiling(maker, below, number),
    // What is drawn is of the class by what was given.
    holds: () => true,
  };
}

function byKind(kind: keyof typeof SPOILS, drawn: number): StateClass[] {
  return Object.entries(SPOILS[kind]).map(([name, maker]) => byMaker(kind, name, maker, drawn));
}

/** The script's write of a trial's start stopped after so many bytes: over an image of the agent's, or an erased block. */
function tornStart(bytes: number, before: Uint8Array): Changes {
  const started: Vars = { ...ARMED, snap_mode: 'trying', snap_try_left: '2', snap_gen: '2' };
  return { a: ARMED, b: torn(before, exportedBytes(started) ?? before, bytes) };
}

const TORN_AFTER = [1, 4, 5, 30, 60, 100, 150, 512, 1024, 1536, 2048, 2560, 3072, 3584, 4095, 4096];

const tornStarts: StateClass = {
  name: 'torn: the start of a trial',
  picked: Object.fromEntries(
    TORN_AFTER.map((bytes) => [
      `after ${bytes} bytes`,
      tornStart(bytes, bytes % 1024 === 0 ? erased.bytes : placeBytes({ ...GOOD, snap_gen: '0' })),
    ]),
  ),
  drawn: 0,
  holds: () => true,
};

const tornMarks: StateClass = {
  name: 'torn: a note',
  picked: Object.fromEntries(
    [3, 4, 20, 512, 4096].map((bytes) => [
      `after ${bytes} bytes`,
      { mark: torn(placeBytes({}), exportedBytes({ snap_mark: 'prev-tried' }) ?? erased.bytes, bytes) },
    ]),
  ),
  drawn: 0,
  holds: () => true,
};

const count = (starts: string) => exportedBytes({ [STARTS_VARIABLE]: starts }) ?? erased.bytes;

/** Over a count of the initramfs or the script the name is always there; over an erased block it may not have come. */
const tornCounts: StateClass = {
  name: 'torn: the count of starts',
  picked: {
    ...Object.fromEntries(
      [1, 4, 15, 16].map((bytes) => [`after ${bytes} bytes`, { starts: torn(count('2'), count('0'), bytes) }]),
    ),
    'before a trial': { a: ARMED, starts: torn(count('2'), count('trial'), 512) },
    'its checksum came only': { a: ARMED, starts: torn(count('2'), count('trial'), 4) },
    'over an erased block, of which the name did not come': { starts: torn(erased.bytes, count('1'), 5) },
    'over an erased block, of which the end did not come': { starts: torn(erased.bytes, count('1'), 512) },
    'and it cannot be written': { starts: torn(count('2'), count('0'), 4), unwritable: ['mark'] },
    'and it cannot be read': { starts: torn(count('2'), count('0'), 4), unreadable: ['mark'] },
  },
  drawn: 0,
  holds: () => true,
};

/** Where the shell took a value for more than text, the boot would be another one. */
const hostile: StateClass = {
  name: 'hostile: one value by hand',
  picked: {
    'a quoted mode': { a: { ...ARMED, snap_mode: "'try'" } },
    'a mode in quotes': { a: { ...ARMED, snap_mode: '"trying"' } },
    'a mode with a command': { a: { ...ARMED, snap_mode: 'try; reset' } },
    'a mode that is an operator': { a: { ...ARMED, snap_mode: '=' } },
    'a kernel with a command': { a: { ...GOOD, snap_kernel: 'k_1.snap; reset' } },
    'a kernel of two words': { a: { ...GOOD, snap_kernel: 'k_1.snap k_0.snap' } },
    'a kernel elsewhere': { a: { ...GOOD, snap_kernel: '../k_1.snap' } },
    'a base with a variable': { a: { ...GOOD, snap_core: `\${kernel_addr_r}` } },
    'a base that breaks out of quotes': { a: { ...GOOD, snap_core: "b'; setenv hf_kernel k_0.snap; '" } },
    'a base on two lines': { a: { ...GOOD, snap_core: 'b_1.snap\nreset\n' } },
    'a target that is an option': { a: { ...ARMED, snap_try_kernel: '-n' } },
    'no attempts in quotes': { a: { ...ARMED, snap_try_left: "'0'" } },
    'a generation in quotes': { a: { ...GOOD, snap_gen: '0' }, b: { ...ARMED, snap_gen: '"1"' } },
    'a previous set with a command': {
      a: { ...GOOD, snap_prev: 'k_0.snap b_0.snap;reset' },
      partition: 'good kernel gone',
    },
    'a mark in quotes': { mark: { snap_mark: "'good-failed'" } },
    'a cause with a command': { mark: { snap_mark: 'wait-1', snap_try_cause: '; reset' } },
    'a count in quotes': { starts: "'3'" },
  },
  drawn: 0,
  holds: () => true,
};

export const contentClasses: readonly StateClass[] = [
  tornStarts,
  tornMarks,
  tornCounts,
  ...byKind('damaged', 3),
  ...byKind('foreign', 3),
  ...byKind('oversized', 5),
  hostile,
  ...byKind('hostile', 15),
];
