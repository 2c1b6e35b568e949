/** The boot protocol over numbered images: each question is asked of the product's functions once and remembered. */
import type { Garbage, Present } from '../../agent/snaps/garbage.ts';
import type {
  BootPlan,
  BootState,
  Medium,
  Place,
  ScriptRule,
  ScriptRun,
  SlotNames,
} from '../../bootloader/protocol/index.ts';
import { type ImageId, imageOf, imageOfBytes } from './images.ts';
import { fileIndex, fileOf, indexOfFile, namesOf, type Triple, tripleOfNames } from './names.ts';
import { ABSENT, assetsOf, DEADLY, NOT_COUNTED, SOUND, type State, TRIAL_COUNT } from './state.ts';
import type { System } from './system.ts';

export type PlaceField = 'a' | 'b' | 'record' | 'mark';

const FIELD_OF: Readonly<Record<Place, PlaceField>> = { 'env-a': 'a', 'env-b': 'b', good: 'record', mark: 'mark' };

export interface Write {
  readonly field: PlaceField;
  readonly image: ImageId;
}

/** One durable thing that the boot script does, in order. */
export type ScriptWrite = Write | { readonly field: 'count'; readonly image: number };

export interface Script {
  readonly writes: readonly ScriptWrite[];
  readonly outcome: ScriptRun['outcome'];
  readonly rule: ScriptRule;
  readonly trial: boolean;
  /** What it started last. */
  readonly set: Triple;
  /** All that it tried to start, as sets. */
  readonly attempts: readonly { readonly set: Triple; readonly trial: boolean; readonly rule: ScriptRule }[];
}

export interface ScriptOptions {
  /** No copy of the environment takes a write in this boot. */
  readonly stuck: boolean;
  readonly backup: boolean;
  /** The kernel that is tried does not load, whatever its files are like. */
  readonly triedFails: boolean;
}

interface Known {
  readonly medium: Medium;
  readonly state: BootState;
  readonly plans: Map<string, readonly Write[]>;
  readonly scripts: Map<number, Script>;
  readonly garbage: Map<string, Garbage>;
  keep: ReadonlySet<string> | undefined;
  mayCollect: boolean | undefined;
}

/** `leave`: the set before what was kept becomes good at once, and the one before that the previous one again. */
export type Operation = 'stage' | 'leave' | 'confirm' | 'revert' | 'cancel' | 'adopt' | 'repair';

interface Details {
  /** Of `stage`; the usual number without it. */
  readonly attempts?: number;
  /** Of `leave`: what is the previous set then. */
  readonly previous?: Triple;
}

export class Protocol {
  readonly #system: System;
  readonly #media = new Map<number, Known>();

  constructor(system: System) {
    this.#system = system;
  }

  /** What the places say. */
  state(state: State): BootState {
    return this.#known(state).state;
  }

  medium(state: State): Medium {
    return this.#known(state).medium;
  }

  /** The product says that a file must stay. */
  mayBoot(state: State, file: string): boolean {
    const known = this.#known(state);
    known.mayCollect ??= this.#system.mayCollect(known.medium);
    known.keep ??= this.#system.keepRevisions(known.medium);
    return !known.mayCollect || known.keep.has(file);
  }

  /** What garbage collection takes of the files that are there. */
  garbage(state: State, present: () => Present): Garbage {
    const known = this.#known(state);
    const key = String.fromCharCode(state.ran, ...state.files);
    let garbage = known.garbage.get(key);
    if (garbage === undefined) {
      garbage = this.#system.garbageOf(present(), known.medium, namesOf(state.ran));
      known.garbage.set(key, garbage);
    }
    return garbage;
  }

  /**
   * The writes of an operation.
   * @throws ProtocolError where the product refuses it
   */
  plan(
    state: State,
    operation: Operation,
    set: Triple,
    { attempts = 0, previous = 0 }: Details = {},
  ): readonly Write[] {
    const known = this.#known(state);
    const key = `${operation} ${set} ${attempts} ${previous}`;
    let writes = known.plans.get(key);
    if (writes === undefined) {
      const plan = this.#planned(known.medium, operation, namesOf(set), { attempts, previous });
      writes = plan.writes.map(({ place, bytes }) => ({ field: FIELD_OF[place], image: imageOfBytes(bytes) }));
      known.plans.set(key, writes);
    }
    return writes;
  }

  #planned(
    medium: Medium,
    operation: Operation,
    names: SlotNames,
    { attempts, previous }: Required<Details>,
  ): BootPlan {
    const { stage, confirm, revert, cancel, adopt, repair } = this.#system;
    switch (operation) {
      case 'stage':
        return stage(medium, names, attempts === 0 ? {} : { attempts });
      case 'leave':
        return stage(medium, names, { withoutTry: true, previous: namesOf(previous) });
      case 'confirm':
        return confirm(medium, names);
      case 'revert':
        return revert(medium);
      case 'cancel':
        return cancel(medium);
      case 'adopt':
        return adopt(medium, names);
      case 'repair':
        return repair(medium);
    }
  }

  /** What the boot script does on this medium, with these files. */
  script(state: State, options: ScriptOptions): Script {
    const known = this.#known(state);
    const key = worldKey(state, options);
    let script = known.scripts.get(key);
    if (script === undefined) {
      script = this.#scripted(known, state, options);
      known.scripts.set(key, script);
    }
    return script;
  }

  /** The writes and what lies between them: the count of starts is written just before something is started. */
  #scripted({ medium, state: said }: Known, state: State, { stuck, backup, triedFails }: ScriptOptions): Script {
    const saves: Place[] = [];
    let savesBeforeStart: number | undefined;
    const run = this.#system.runScript(medium, {
      has: (path) => assetsAt(state, path.slice(0, path.indexOf('/'))) !== ABSENT,
      starts: (kernel) => {
        const isFirst = savesBeforeStart === undefined;
        savesBeforeStart ??= saves.length;
        if (triedFails && isFirst && said.mode === 'try' && kernel === said.trying.kernel) return false;
        const assets = assetsAt(state, kernel);
        return assets === SOUND || assets === DEADLY;
      },
      saves: (place) => {
        if (stuck && place !== 'mark') return false;
        saves.push(place);
        return true;
      },
      script: backup ? 'backup' : 'main',
      ...(state.count === NOT_COUNTED ? {} : { unfinishedStarts: state.count === TRIAL_COUNT ? 'trial' : state.count }),
    });
    const writes: ScriptWrite[] = run.writes.map(({ place, bytes }) => ({
      field: FIELD_OF[place],
      image: imageOfBytes(bytes),
    }));
    const left = run.unfinishedStarts;
    const count = left === 'trial' ? TRIAL_COUNT : (left ?? NOT_COUNTED);
    if (saves.length > writes.length && savesBeforeStart !== undefined) {
      const at = savesBeforeStart - 1;
      if (count !== state.count) writes.splice(at, 0, { field: 'count', image: count });
    }
    const last = run.starts.at(-1);
    return {
      writes,
      outcome: run.outcome,
      rule: last?.rule ?? 'default',
      trial: last?.trial ?? false,
      set: tripleOfNames(last?.set ?? {}),
      attempts: run.starts.map(({ set, trial, rule }) => ({ set: tripleOfNames(set), trial, rule })),
    };
  }

  #known(state: State): Known {
    const { a, b, record, mark } = state;
    const key = ((a * 8192 + b) * 8192 + record) * 8192 + mark;
    let known = this.#media.get(key);
    if (known === undefined) {
      if (Math.max(a, b, record, mark) >= 8192) throw new Error('cannot number the medium: it has too many images');
      const medium = {
        'env-a': imageOf(a).bytes,
        'env-b': imageOf(b).bytes,
        good: imageOf(record).bytes,
        mark: imageOf(mark).bytes,
      };
      const plans = new Map<string, readonly Write[]>();
      known = {
        medium,
        state: this.#system.readBootState(medium),
        plans,
        scripts: new Map(),
        garbage: new Map(),
        keep: undefined,
        mayCollect: undefined,
      };
      this.#media.set(key, known);
    }
    return known;
  }
}

function assetsAt(state: State, file: string): number {
  const index = indexOfFile(file);
  return index < 0 ? ABSENT : assetsOf(state.files[index] ?? 0);
}

/** What of the files and the options the script can see, as a number. */
function worldKey(state: State, { stuck, backup, triedFails }: ScriptOptions): number {
  let key = state.count;
  for (const slot of [0, 2]) {
    for (let revision = 1; revision <= 3; revision++) {
      key = key * 5 + assetsOf(state.files[fileIndex(slot, revision)] ?? 0);
    }
  }
  return ((key * 2 + Number(stuck)) * 2 + Number(backup)) * 2 + Number(triedFails);
}

export { fileOf };
