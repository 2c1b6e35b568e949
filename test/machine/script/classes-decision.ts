/** Classes by what the model decides: the rules, the causes, the previous set, the rescue levels. */
import type { ScriptRule, ScriptRun } from '../../../bootloader/protocol/index.ts';
import { readVars } from '../../../bootloader/protocol/index.ts';
import type { StateClass } from './classes.ts';
import { filled, zeros } from './content.ts';
import { ARMED, GOOD, type ScriptState } from './state.ts';

const TRYING = { ...ARMED, snap_mode: 'trying', snap_try_left: '2' };
const BAD_COPIES = { a: zeros, b: zeros };

/** The rule of the good set or the trial, whatever came after it. */
function byRule(rule: ScriptRule, picked: StateClass['picked'], drawn = 3): StateClass {
  return { name: `rule ${rule}`, picked, drawn, holds: (_, { starts }) => starts[0]?.rule === rule };
}

function byCause(cause: string, picked: StateClass['picked']): StateClass {
  const noted = (run: ScriptRun): boolean =>
    run.writes.some(({ place, bytes }) => place === 'mark' && readVars(bytes)?.['snap_try_cause'] === cause);
  const holds = (_: ScriptState, run: ScriptRun): boolean =>
    noted(run) && (run.starts[0]?.rule === 'not-started' || run.outcome === 'reset');
  return { name: `cause ${cause}`, picked, drawn: 3, holds };
}

function byRescue(level: number, picked: StateClass['picked']): StateClass {
  return { name: `rescue ${level}`, picked, drawn: 3, holds: (_, run) => run.rescueLevel === level };
}

export const decisionClasses: readonly StateClass[] = [
  byRule('default', {
    'nothing is tried': {},
    'a trial is over': { a: { ...ARMED, snap_mode: '' } },
    'no gadget': { a: { ...GOOD, snap_gadget: '' } },
    'what the older copy alone has is not taken over': { a: { ...ARMED, snap_gen: '2' } },
    'armed in the older copy alone': { a: { ...GOOD, snap_gen: '2' }, b: { ...ARMED, snap_gen: '1' } },
  }),
  byRule('try', {
    'a kernel, from A': { a: ARMED },
    'a kernel, from B': { a: GOOD, b: ARMED },
    'a base': { a: { ...ARMED, snap_try_kernel: '', snap_try_core: 'b_2.snap' } },
    'a gadget': { a: { ...ARMED, snap_try_kernel: '', snap_try_gadget: 'g_2.snap' } },
    'all three': { a: { ...ARMED, snap_try_core: 'b_2.snap', snap_try_gadget: 'g_2.snap' } },
    'a device without gadget': { a: { ...ARMED, snap_gadget: '' } },
    'as much is free as "trying" takes more than "try"': { a: filled(ARMED, 'snap_try_core', 3) },
    'after three unfinished starts': { a: ARMED, starts: '3' },
    'with a mark of a failed good set': { a: ARMED, mark: { snap_mark: 'good-failed' } },
    'with a cause of an earlier trial': { a: ARMED, mark: { snap_try_cause: 'load-failed' } },
  }),
  ...(
    [
      ['the second attempt', '2'],
      ['the last attempt', '1'],
      ['armed by snapd, without a count', ''],
      ['a count that is no number', 'many'],
      ['a count with two digits', '03'],
    ] as const
  ).map(
    ([title, left]): StateClass => ({
      name: `attempts ${JSON.stringify(left)}`,
      picked: { [title]: { a: { ...ARMED, snap_try_left: left } } },
      drawn: 1,
      fixed: () => ({ vars: { snap_mode: 'try', snap_try_kernel: 'k_2.snap', snap_try_left: left } }),
      holds: (_, { starts }) => starts[0]?.rule === 'try',
    }),
  ),
  byRule('not-saved', {
    'the other copy cannot be written': { a: ARMED, unwritable: ['env-b'] },
    'a disk that can only be read': { a: ARMED, disk: 'read-only' },
    'the other copy can be written but not read': { a: ARMED, b: zeros, unreadable: ['env-b'] },
    'a full environment': { a: filled(ARMED, 'snap_try_core') },
    'one byte less than "trying" takes more than "try" is free': { a: filled(ARMED, 'snap_try_core', 2) },
    'and the good kernel is gone': { a: ARMED, unwritable: ['env-b'], partition: 'good kernel gone' },
  }),
  byCause('no-target', { 'no name to try': { a: { ...ARMED, snap_try_kernel: '' } } }),
  byCause('no-attempts', {
    'no attempt left': { a: { ...ARMED, snap_try_left: '0' } },
    'and it cannot be saved': { a: { ...ARMED, snap_try_left: '0' }, unwritable: ['env-b'] },
  }),
  byCause('missing-kernel', {
    'no kernel': { a: ARMED, partition: 'try kernel gone' },
    'nothing at all of it': { a: { ...ARMED, snap_try_kernel: 'k_9.snap', snap_try_gadget: 'g_9.snap' } },
  }),
  byCause('missing-initrd', { 'no initrd': { a: ARMED, partition: 'try initrd gone' } }),
  byCause('missing-gadget', {
    'no gadget': { a: { ...ARMED, snap_try_gadget: 'g_2.snap' }, partition: 'try gadget gone' },
  }),
  byCause('load-failed', {
    'no kernel in its file': { a: ARMED, partition: 'try kernel broken' },
    'an empty kernel': { a: ARMED, partition: 'try kernel empty' },
    'a base with a kernel that is gone': {
      a: { ...ARMED, snap_try_kernel: '', snap_try_core: 'b_2.snap' },
      partition: 'good kernel gone',
    },
  }),
  byRule('after-trial', {
    'in A': { a: TRYING },
    'in B': { a: { ...GOOD, snap_gen: '0' }, b: { ...TRYING, snap_gen: '1' } },
    'it cannot be saved': { a: TRYING, unwritable: ['env-b'] },
    'a disk that can only be read': { a: TRYING, disk: 'read-only' },
    'after three unfinished starts, before the previous set': { a: TRYING, starts: '2' },
  }),
  byRule('unknown-status', {
    'tried, as in the other protocol': { a: { ...ARMED, snap_mode: 'tried' } },
    'the word in capitals': { a: { ...ARMED, snap_mode: 'TRY' } },
    'it cannot be saved': { a: { ...ARMED, snap_mode: 'default' }, unwritable: ['env-b'] },
  }),
  byRule('record', {
    'copies are zeros': BAD_COPIES,
    'copies name no set': { a: { snap_gen: '0' }, b: { snap_kernel: 'k_1.snap' } },
    'copies cannot be read': { unreadable: ['env-a', 'env-b'] },
    'a record with a mode': { ...BAD_COPIES, record: ARMED },
    'two unfinished starts': { ...BAD_COPIES, starts: '2' },
  }),
  byRule('backup-script', {
    'nothing is tried': { partition: 'script damaged' },
    armed: { a: ARMED, partition: 'script damaged' },
    trying: { a: TRYING, partition: 'script damaged' },
    'copies are bad': { ...BAD_COPIES, partition: 'script damaged' },
    'the good kernel is gone': { a: ARMED, partition: 'script damaged, good kernel gone' },
    'two unfinished starts': { partition: 'script damaged', starts: '2' },
  }),
  byRule('retry', {
    'after the first wait': { mark: { snap_mark: 'wait-1' } },
    'with a cause': { mark: { snap_mark: 'wait-2', snap_try_cause: 'missing-kernel' } },
    'after three unfinished starts': { mark: { snap_mark: 'wait-1' }, starts: '3' },
    'after a trial': { a: TRYING, mark: { snap_mark: 'wait-3' } },
    'it cannot be noted': { mark: { snap_mark: 'wait-4' }, unwritable: ['mark'] },
  }),
  {
    name: 'previous: marked',
    picked: { 'the good set did not mount': { mark: { snap_mark: 'good-failed' } } },
    drawn: 2,
    fixed: () => ({ mark: 'good-failed' }),
    holds: (_, { starts }) => starts[0]?.rule === 'previous',
  },
  {
    name: 'previous: the good set does not start',
    picked: {
      'kernel gone': { partition: 'good kernel gone' },
      'initrd gone': { partition: 'good initrd gone' },
      'no kernel in its file': { partition: 'good kernel broken' },
      'an empty kernel': { partition: 'good kernel empty' },
      'an empty initrd': { partition: 'good initrd empty' },
      'after a trial': { a: TRYING, partition: 'good kernel gone' },
      'a disk that can only be read': { partition: 'good kernel gone', disk: 'read-only' },
      'one unfinished start': { partition: 'good kernel gone', starts: '1' },
    },
    drawn: 3,
    holds: (_, { starts }) => starts.length === 2 && starts[1]?.rule === 'previous',
  },
  ...(['1', '2', '3', '4'] as const).map(
    (level): StateClass => ({
      name: `previous: after wait ${level}`,
      picked: {
        'the good set was tried again': { mark: { snap_mark: `retry-${level}` } },
        'the good set does not load': { mark: { snap_mark: `wait-${level}` }, partition: 'good kernel gone' },
        'it cannot be noted': { mark: { snap_mark: `retry-${level}` }, unwritable: ['mark'] },
      },
      drawn: 1,
      fixed: () => ({ mark: `retry-${level}` }),
      holds: ({ places }, { starts }) =>
        starts.at(-1)?.rule === 'previous' && /^(wait|retry)-/.test(readVars(places.mark.bytes)?.['snap_mark'] ?? ''),
    }),
  ),
  {
    name: 'previous: three unfinished starts',
    picked: {
      'nothing is tried': { starts: '3' },
      'after a trial': { a: TRYING, starts: '3' },
      'copies are bad': { ...BAD_COPIES, starts: '3' },
    },
    drawn: 2,
    fixed: () => ({ mark: '', starts: '3' }),
    holds: (_, { starts, unfinishedStarts }) => starts[0]?.rule === 'previous' && unfinishedStarts === 3,
  },
  ...(
    [
      ['absent', ''],
      ['without a base', 'k_0.snap'],
      ['without a gadget', 'k_0.snap b_0.snap'],
      ['with a fourth word', 'k_0.snap b_0.snap g_1.snap g_2.snap'],
      ['with blanks', 'k_0.snap   b_0.snap '],
    ] as const
  ).map(
    ([title, snap_prev]): StateClass => ({
      name: `previous ${title}`,
      picked: {
        'the good set did not mount': { a: { ...GOOD, snap_prev }, b: zeros, mark: { snap_mark: 'good-failed' } },
      },
      drawn: 1,
      fixed: () => ({ vars: { snap_prev }, mark: 'good-failed' }),
      holds: (_, { starts, rescueLevel }) =>
        starts[0]?.rule === 'previous' || (starts.length === 0 && rescueLevel === 1),
    }),
  ),
  byRescue(1, {
    'neither good nor previous starts': { partition: 'good and previous broken' },
    'an empty kernel after a good one': { partition: 'good initrd gone, previous kernel empty' },
    'nothing can be read': { ...BAD_COPIES, record: zeros },
    'the previous set was tried': { mark: { snap_mark: 'prev-tried' } },
    'no previous set': { a: { ...GOOD, snap_prev: '' }, b: zeros, partition: 'good kernel gone' },
    'it cannot be noted': { partition: 'no kernel at all', unwritable: ['mark'] },
  }),
  byRescue(2, {
    'after one wait, nothing starts': { mark: { snap_mark: 'wait-1' }, partition: 'good and previous broken' },
    'both were tried again': { mark: { snap_mark: 'last-2' } },
    'after a retry, no previous set': { a: { ...GOOD, snap_prev: '' }, b: zeros, mark: { snap_mark: 'retry-1' } },
  }),
  byRescue(3, {
    'after two waits, nothing starts': { mark: { snap_mark: 'wait-2' }, partition: 'good and previous broken' },
    'both were tried again': { mark: { snap_mark: 'last-3' } },
    'after a retry, no previous set': { a: { ...GOOD, snap_prev: '' }, b: zeros, mark: { snap_mark: 'retry-2' } },
  }),
  byRescue(4, {
    'after three waits, nothing starts': { mark: { snap_mark: 'wait-3' }, partition: 'good and previous broken' },
    'after four waits, nothing starts': { mark: { snap_mark: 'wait-4' }, partition: 'good and previous broken' },
    'both were tried again': { mark: { snap_mark: 'last-4' } },
    'after the last retry, the previous set is broken': {
      mark: { snap_mark: 'retry-4' },
      partition: 'good and previous broken',
    },
  }),
];
