/** States at random: mostly such as a device comes to, with something wrong here and there. */
import { PLACES, type Place, STARTS_VARIABLE, type Vars } from '../../../bootloader/protocol/index.ts';
import type { Below } from '../../../bootloader/u-boot-env/random.ts';
import {
  type Content,
  DAMAGED,
  FOREIGN,
  HOSTILE_VALUES,
  type Maker,
  OVERSIZED,
  pick,
  sealed,
  whole,
} from './content.ts';
import { PARTITIONS, type PartitionName } from './partition.ts';
import type { ScriptState } from './state.ts';

export const MARKS = [
  ...['', 'good-failed', 'prev-tried', 'wait-1', 'wait-2', 'wait-3', 'wait-4'],
  ...['retry-1', 'retry-2', 'retry-3', 'retry-4', 'last-2', 'last-3', 'last-4', 'last-1', 'wait-5', 'something-else'],
] as const;

const CAUSES = ['', '', 'load-failed', 'missing-kernel', 'no-attempts'];
const MODES = ['', '', '', 'try', 'try', 'try', 'trying', 'trying', 'tried', 'default', 'TRY', '0'];
const LEFT = ['3', '3', '2', '1', '0', '', 'many', '03', '9'];
const GENERATIONS = ['0', '1', '2', '', '7', '00', 'x'];
const KERNELS = ['k_1.snap', 'k_1.snap', 'k_1.snap', 'k_0.snap', 'k_2.snap', 'k_9.snap'];
const TRY_KERNELS = ['k_2.snap', 'k_2.snap', '', 'k_1.snap', 'k_9.snap'];
const BASES = ['b_1.snap', 'b_1.snap', 'b_0.snap', 'b_2.snap'];
const GADGETS = ['g_1.snap', 'g_1.snap', '', 'g_2.snap', 'g_9.snap'];
const TRY_GADGETS = ['', '', 'g_2.snap', 'g_1.snap', 'g_9.snap'];
const PREVIOUS = [
  ...[
    'k_0.snap b_0.snap g_1.snap',
    'k_0.snap b_0.snap',
    '',
    'k_0.snap',
    'k_9.snap b_0.snap',
    'k_1.snap b_1.snap g_1.snap',
  ],
  ...['k_0.snap  b_0.snap', 'k_0.snap b_0.snap g_2.snap g_1.snap more'],
];
const STARTS = ['0', '1', '2', '3', '4', 'trial', '', 'x', '01', '-1'];

/** Every way to spoil an image, by what is spoiled. */
export const SPOILS = { damaged: DAMAGED, foreign: FOREIGN, oversized: OVERSIZED, hostile: HOSTILE_VALUES } as const;

const KINDS = ['damaged', 'foreign', 'oversized', 'hostile'] as const;

/** The likelihood that an image is spoiled: one in so many. */
const SPOILED_ONE_IN = 8;

/** What a draw leaves no choice in. */
export interface Fixed {
  /** Each place that is named holds an image spoiled so. */
  readonly spoils?: Readonly<Partial<Record<Place | 'starts', Maker>>>;
  /** Variables of the copies that are as given, in both. */
  readonly vars?: Vars;
  readonly partition?: PartitionName;
  readonly mark?: string;
  readonly starts?: string;
}

export function drawState(below: Below, fixed: Fixed = {}): ScriptState {
  const isOneIn = (count: number): boolean => below(count) === 0;
  const spoil = (place: Place | 'starts', vars: Vars): Content => {
    const maker = fixed.spoils?.[place];
    if (maker !== undefined) return maker(vars, below);
    if (!isOneIn(SPOILED_ONE_IN)) return isOneIn(2) ? whole(vars) : exportedLike(vars);
    return pick(below, Object.values(SPOILS[pick(below, KINDS)]))(vars, below);
  };
  const a = drawVars(below);
  // Two copies are mostly one step apart, as their writers leave them.
  const b = isOneIn(3)
    ? drawVars(below)
    : { ...a, ...pickedFrom(below, drawVars(below), 3), snap_gen: pick(below, GENERATIONS) };
  const record = pickedFrom(below, drawVars(below), 10, ['snap_kernel', 'snap_core', 'snap_gadget', 'snap_prev']);
  const mark = { snap_mark: fixed.mark ?? (isOneIn(2) ? '' : pick(below, MARKS)), snap_try_cause: pick(below, CAUSES) };
  const starts = { [STARTS_VARIABLE]: fixed.starts ?? pick(below, STARTS) };
  const names = Object.keys(PARTITIONS) as PartitionName[];
  return {
    places: {
      'env-a': spoil('env-a', { ...a, ...fixed.vars }),
      'env-b': spoil('env-b', { ...b, ...fixed.vars }),
      good: spoil('good', record),
      mark: spoil('mark', mark),
    },
    starts: spoil('starts', starts),
    partition: fixed.partition ?? (isOneIn(2) ? 'whole' : pick(below, names)),
    unreadable: isOneIn(20) ? [pick(below, PLACES)] : [],
    unwritable: isOneIn(16) ? [pick(below, PLACES)] : [],
    losing: isOneIn(16) ? [pick(below, PLACES)] : [],
    disk: isOneIn(30) ? 'read-only' : 'sound',
  };
}

function drawVars(below: Below): Vars {
  const vars = {
    snap_mode: pick(below, MODES),
    snap_kernel: pick(below, KERNELS),
    snap_core: below(25) === 0 ? '' : pick(below, BASES),
    snap_gadget: pick(below, GADGETS),
    snap_try_kernel: pick(below, TRY_KERNELS),
    snap_try_core: pick(below, ['', '', 'b_2.snap']),
    snap_try_gadget: pick(below, TRY_GADGETS),
    snap_try_left: pick(below, LEFT),
    snap_prev: pick(below, PREVIOUS),
    snap_gen: pick(below, GENERATIONS),
  };
  return Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== ''));
}

/** At most `count` of the variables, of those with the given names. */
function pickedFrom(below: Below, vars: Vars, count: number, names: readonly string[] = Object.keys(vars)): Vars {
  const kept = names.filter((name) => vars[name] !== undefined && below(names.length) < count);
  return Object.fromEntries(kept.map((name) => [name, vars[name] ?? '']));
}

/** An image as U-Boot writes it: other padding than ours. */
function exportedLike(vars: Vars): Content {
  const list = Object.entries(vars).filter(([, value]) => value !== '');
  return sealed('whole', `${list.map(([name, value]) => `${name}=${value}\0`).join('')}\0`);
}
