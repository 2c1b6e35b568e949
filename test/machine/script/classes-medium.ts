/** Classes by what the medium says and does: generations, sources, marks, the count of starts, refused reads and writes. */
import { type Place, readBootState } from '../../../bootloader/protocol/index.ts';
import type { StateClass } from './classes.ts';
import { sealed, zeros } from './content.ts';
import { MARKS } from './draw.ts';
import { ARMED, GOOD, mediumOf, modelRun, type ScriptState, startsWord } from './state.ts';

const GENERATIONS = ['0', '1', '2', '', 'x'] as const;

/** Both copies are valid and say something else, so that it shows which one is taken. */
function byGenerations(a: string, b: string): StateClass {
  return {
    name: `generations ${JSON.stringify(a)} ${JSON.stringify(b)}`,
    picked: { 'other kernels': { a: { ...GOOD, snap_gen: a }, b: { ...GOOD, snap_kernel: 'k_0.snap', snap_gen: b } } },
    drawn: 1,
    fixed: () => ({ spoils: {} }),
    holds: (state) => {
      const { copies } = readBootState(mediumOf(state));
      if (!copies.a.valid || !copies.b.valid) return false;
      const generations = [copies.a.vars['snap_gen'] ?? '', copies.b.vars['snap_gen'] ?? ''];
      return (
        generations[0] === a && generations[1] === b && copies.a.vars['snap_kernel'] !== copies.b.vars['snap_kernel']
      );
    },
  };
}

function bySource(source: string, picked: StateClass['picked']): StateClass {
  return {
    name: `source ${source}`,
    picked,
    drawn: 3,
    holds: (state) => readBootState(mediumOf(state)).source === source,
  };
}

function byMark(mark: string): StateClass {
  return {
    name: `mark ${JSON.stringify(mark)}`,
    picked: { 'nothing is tried': { mark: { snap_mark: mark, snap_try_cause: 'missing-kernel' } } },
    drawn: 1,
    fixed: () => ({ mark }),
    holds: (state) => readBootState(mediumOf(state)).mark === mark,
  };
}

function byStarts(name: string, word: string | undefined, picked: StateClass['picked']): StateClass {
  return {
    name: `unfinished starts ${name}`,
    picked,
    drawn: 2,
    ...(word === undefined ? {} : { fixed: () => ({ starts: word }) }),
    holds: (state) => startsWord(state) === word,
  };
}

/** A read or a write is refused, and the run is another for it. */
function byRefusal(name: string, picked: StateClass['picked'], isRefused: (state: ScriptState) => boolean): StateClass {
  const sound = { unreadable: [], unwritable: [], losing: [], disk: 'sound' } as const;
  const told = (state: ScriptState): string => {
    const { starts, writes, ...end } = modelRun(state);
    return JSON.stringify([starts, writes.map(({ place }) => place), end]);
  };
  const holds = (state: ScriptState): boolean => isRefused(state) && told(state) !== told({ ...state, ...sound });
  return { name, picked, drawn: 2, holds };
}

const unwritable = (place: Place) => (state: ScriptState) => state.unwritable.includes(place);
const losing = (place: Place) => (state: ScriptState) => state.losing.includes(place);
const unreadable = (place: Place) => (state: ScriptState) => state.unreadable.includes(place);

export const mediumClasses: readonly StateClass[] = [
  ...GENERATIONS.flatMap((a) => GENERATIONS.map((b) => byGenerations(a, b))),
  bySource('env-a', { 'B is bad': { b: zeros }, 'B names no base': { b: { ...GOOD, snap_core: '' } } }),
  bySource('env-b', {
    'A is bad': { a: zeros, b: ARMED },
    'A names no set': { a: { snap_gen: '0', other: 'something' }, b: ARMED },
    'A cannot be read': { b: ARMED, unreadable: ['env-a'] },
  }),
  bySource('good', {
    'both are bad': { a: zeros, b: zeros },
    'a mark': { a: zeros, b: zeros, mark: { snap_mark: 'good-failed' } },
  }),
  bySource('none', {
    'all are bad': { a: zeros, b: zeros, record: zeros },
    'the record names no set': { a: zeros, b: zeros, record: { snap_gen: '0', other: 'something' } },
    'the script is damaged too': { a: zeros, b: zeros, record: zeros, partition: 'script damaged' },
    'a mark': { a: zeros, b: zeros, record: zeros, mark: { snap_mark: 'wait-3' } },
  }),
  ...MARKS.map(byMark),
  byStarts('unknown', undefined, {
    'never counted': {},
    'a mark that cannot be read': { starts: '2', unreadable: ['mark'] },
    'a bad image': { starts: zeros },
  }),
  ...['0', '1', '2', '3', '4', 'x', '01'].map((word) => byStarts(word, word, { 'nothing is tried': { starts: word } })),
  byStarts('trial', 'trial', {
    'nothing is tried': { starts: 'trial' },
    'a trial failed': { a: { ...ARMED, snap_mode: 'trying', snap_try_left: '2' }, starts: 'trial' },
    'a trial failed, in an earlier boot': { a: { ...ARMED, snap_mode: '' }, starts: 'trial' },
    'it starts again': { a: ARMED, starts: 'trial' },
    'it is not started': { a: { ...ARMED, snap_try_left: '0' }, starts: 'trial' },
  }),
  {
    name: 'mark refused half read',
    picked: {
      'a mark of a failed good set': { mark: sealed('a value without name', 'snap_mark=good-failed\0=v\0\0') },
      'a cause': {
        a: { ...ARMED, snap_try_left: '0' },
        mark: sealed('no name', 'snap_try_cause=old\0snap_mark=wait-1\0=v\0\0'),
      },
      'a count': { starts: sealed('no name', 'hf_starts=3\0=v\0\0') },
    },
    drawn: 0,
    holds: (state) => readBootState(mediumOf(state)).mark === '' && startsWord(state) === undefined,
  },
  byRefusal(
    'A cannot be written',
    { trying: { a: { ...GOOD, snap_gen: '0' }, b: { ...ARMED, snap_mode: 'trying' }, unwritable: ['env-a'] } },
    unwritable('env-a'),
  ),
  byRefusal('B cannot be written', { armed: { a: ARMED, unwritable: ['env-b'] } }, unwritable('env-b')),
  byRefusal(
    'the mark cannot be written',
    {
      'no cause can be noted': { a: { ...ARMED, snap_try_left: '0' }, unwritable: ['mark'] },
      'no start can be counted': { starts: '1', unwritable: ['mark'] },
      'no start can be counted, armed': { a: ARMED, starts: '1', unwritable: ['mark'] },
    },
    unwritable('mark'),
  ),
  byRefusal(
    'writes to A are lost',
    { trying: { a: GOOD, b: { ...ARMED, snap_mode: 'trying' }, losing: ['env-a'] } },
    losing('env-a'),
  ),
  byRefusal('writes to B are lost', { armed: { a: ARMED, losing: ['env-b'] } }, losing('env-b')),
  byRefusal(
    'writes to the mark are lost',
    { 'no cause can be noted': { a: { ...ARMED, snap_try_left: '0' }, starts: '1', losing: ['mark'] } },
    losing('mark'),
  ),
  byRefusal('A cannot be read', { 'B is older': { a: ARMED, unreadable: ['env-a'] } }, unreadable('env-a')),
  byRefusal('B cannot be read', { 'A is older': { b: ARMED, unreadable: ['env-b'] } }, unreadable('env-b')),
  byRefusal(
    'the record cannot be read',
    { 'both are bad': { a: zeros, b: zeros, unreadable: ['good'] } },
    unreadable('good'),
  ),
  byRefusal(
    'the mark cannot be read',
    { 'good set failed': { mark: { snap_mark: 'good-failed' }, unreadable: ['mark'] } },
    unreadable('mark'),
  ),
  byRefusal(
    'a disk that can only be read',
    {
      'two unfinished starts': { disk: 'read-only', starts: '2' },
      'armed, two unfinished starts': { a: ARMED, disk: 'read-only', starts: '2' },
    },
    ({ disk }) => disk === 'read-only',
  ),
  {
    name: 'disks',
    picked: {
      'a second disk, a copy with other variables': { a: ARMED, disk: 'beside a second' },
      'the first partition table is damaged': { a: ARMED, disk: 'without its first table' },
    },
    drawn: 0,
    holds: ({ disk }) => disk !== 'sound',
  },
];
