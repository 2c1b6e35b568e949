/** A state of a device before it boots: what stands in the places and on the boot partition, and what of the disk fails. */
import {
  type Medium,
  PLACES,
  type Place,
  readVars,
  runScript,
  type ScriptRun,
  type ScriptWorld,
  STARTS_VARIABLE,
  type UnfinishedStarts,
  type Vars,
} from '../../../bootloader/protocol/index.ts';
import { type Content, erased, whole } from './content.ts';
import { has, PARTITIONS, type Partition, type PartitionName, starts } from './partition.ts';

export interface ScriptState {
  readonly places: Readonly<Record<Place, Content>>;
  /** The second block of hf-mark. */
  readonly starts: Content;
  readonly partition: PartitionName;
  readonly unreadable: readonly Place[];
  readonly unwritable: readonly Place[];
  /** A write is acknowledged, and the place stays as it was. */
  readonly losing: readonly Place[];
  readonly disk: 'sound' | 'read-only' | 'beside a second' | 'without its first table';
}

/** A state with the class that it was made for. */
export interface NamedState {
  readonly className: string;
  readonly title: string;
  readonly state: ScriptState;
}

export const GOOD: Vars = {
  snap_kernel: 'k_1.snap',
  snap_core: 'b_1.snap',
  snap_gadget: 'g_1.snap',
  snap_prev: 'k_0.snap b_0.snap g_1.snap',
  snap_gen: '0',
};

export const ARMED: Vars = {
  ...GOOD,
  snap_mode: 'try',
  snap_try_kernel: 'k_2.snap',
  snap_try_left: '3',
  snap_gen: '1',
};

export const RECORD: Vars = {
  snap_kernel: 'k_1.snap',
  snap_core: 'b_1.snap',
  snap_gadget: 'g_1.snap',
  snap_prev: 'k_0.snap b_0.snap',
};

/** What differs from a device on which nothing is tried and nothing is wrong. */
export interface Changes extends Partial<Omit<ScriptState, 'places' | 'starts'>> {
  readonly a?: Vars | Content;
  readonly b?: Vars | Content;
  readonly record?: Vars | Content;
  readonly mark?: Vars | Content;
  /** A text is that count. */
  readonly starts?: string | Content;
}

export function stateOf({ a = GOOD, b = GOOD, record = RECORD, mark = {}, starts, ...rest }: Changes): ScriptState {
  return {
    places: { 'env-a': content(a), 'env-b': content(b), good: content(record), mark: content(mark) },
    starts: starts === undefined ? erased : typeof starts === 'string' ? whole({ [STARTS_VARIABLE]: starts }) : starts,
    partition: 'whole',
    unreadable: [],
    unwritable: [],
    losing: [],
    disk: 'sound',
    ...rest,
  };
}

function content(it: Vars | Content): Content {
  return isContent(it) ? it : whole(it);
}

function isContent(it: Vars | Content): it is Content {
  return it['bytes'] instanceof Uint8Array;
}

/** What stands on the medium. */
export function bytesOf({ places }: ScriptState): Readonly<Record<Place, Uint8Array>> {
  const { 'env-a': a, 'env-b': b, good, mark } = places;
  return { 'env-a': a.bytes, 'env-b': b.bytes, good: good.bytes, mark: mark.bytes };
}

/** What can be read of it. */
export function mediumOf(state: ScriptState): Medium {
  return { ...bytesOf(state), ...Object.fromEntries(state.unreadable.map((place) => [place, undefined])) };
}

/** The word in the second block of hf-mark, if one can be read. */
export function startsWord(state: ScriptState): string | undefined {
  return state.unreadable.includes('mark') ? undefined : readVars(state.starts.bytes)?.[STARTS_VARIABLE];
}

/** True where what is written to `place` can be read back. */
export function saves({ disk, unreadable, unwritable, losing }: ScriptState, place: Place): boolean {
  return disk !== 'read-only' && ![...unreadable, ...unwritable, ...losing].includes(place);
}

/** What the script takes for the count: one that is none of its own is no count, and a torn one begins anew. */
export function countOf(state: ScriptState): UnfinishedStarts | undefined {
  const word = startsWord(state);
  if (word !== undefined && /^[0-3]$/.test(word)) return Number(word);
  if (word === 'trial') return word;
  if (state.unreadable.includes('mark') || readVars(state.starts.bytes) !== undefined) return undefined;
  return Buffer.from(state.starts.bytes.subarray(4, 8)).toString('latin1') === 'hf_s' ? 0 : undefined;
}

export function worldOf(state: ScriptState): ScriptWorld {
  const partition: Partition = PARTITIONS[state.partition];
  const count = countOf(state);
  return {
    has: (file) => has(partition, file),
    starts: (kernel) => starts(partition, kernel),
    saves: (place) => saves(state, place),
    ...(count === undefined ? {} : { unfinishedStarts: count }),
    script: partition.damaged === undefined ? 'main' : 'backup',
  };
}

/** What the model says that the script does. */
export function modelRun(state: ScriptState): ScriptRun {
  return runScript(mediumOf(state), worldOf(state));
}

/** For a report: everything that makes the state. */
export function describe(state: ScriptState): string {
  const { places, starts, unreadable, unwritable, losing, disk, partition } = state;
  return [
    ...PLACES.map(
      (place) => `${place}: ${places[place].what}\n    read as ${JSON.stringify(readVars(places[place].bytes))}`,
    ),
    `starts: ${starts.what}`,
    `boot partition: ${partition}, disk: ${disk}, unreadable: ${unreadable.join(' ')}, unwritable: ${unwritable.join(' ')}, losing: ${losing.join(' ')}`,
  ].join('\n');
}
