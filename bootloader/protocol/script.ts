/**
 * The boot script's decisions as a pure function: what `bootloader/scripts/boot.cmd` does on one boot, write by write.
 * Tests hold the real script on the real U-Boot to it; the agent and the model check reason with it.
 *
 * ```
 * take the newer valid copy; none valid: the last-good record, as if nothing were tried; no record: rescue
 * backup script (the first one is damaged): nothing is tried or saved, the good set boots
 * try, with a target that is there and attempts left: mode trying, one attempt less, saved and read back -> start it
 *      saved: on a failure to load note the cause, reset        not saved: the good set boots
 * try, otherwise: note the cause; mode "", saved -> the good set boots
 * trying: mode "", saved -> the good set boots
 * anything else but "": mode "", saved -> the good set boots
 * good set: if it cannot be loaded, or the initramfs marked that it could not be mounted, or it was started three times and
 *      never came through its initramfs: the previous set
 * that fails too: rescue: wait (1, 5, 15, 60 minutes), reset, try the good set once more, and then the previous one
 * ```
 */
import { exportedBytes } from './exchange.ts';
import { nextGeneration } from './generation.ts';
import { type BootState, readBootState } from './state.ts';
import type { BootWrite, Medium, Place, SlotNames, Vars } from './types.ts';
import { isEmpty, overlay, SCRIPT_VARIABLES, slotsOf, without } from './variables.ts';

export type ScriptRule =
  | 'default'
  | 'try'
  | 'not-saved'
  | 'not-started'
  | 'after-trial'
  | 'unknown-status'
  | 'record'
  | 'backup-script'
  | 'retry'
  | 'previous';

/**
 * How often the good set was started since an initramfs ran to its end; 0 where that was torn. `trial`: since then a trial
 * started, and no initramfs that knows the count ran to its end.
 */
export type UnfinishedStarts = number | 'trial';

/** What the script meets besides the four places. */
export interface ScriptWorld {
  /** The file is on the boot partition (`<snap file>/kernel.img`). */
  readonly has: (file: string) => boolean;
  /** The snap's kernel and initrd load, and the kernel starts. */
  readonly starts: (kernelSnap: string) => boolean;
  /** A write reaches the medium and is read back equal. */
  readonly saves: (place: Place) => boolean;
  /** The second block of hf-mark. Absent where no initramfs ever wrote it: then starts are not counted. */
  readonly unfinishedStarts?: UnfinishedStarts;
  /** `backup`: the first script is damaged. */
  readonly script: 'main' | 'backup';
}

/** One start that the script tried, in order; only the last one can have succeeded. */
export interface ScriptStart {
  readonly rule: ScriptRule;
  readonly set: SlotNames;
  readonly copy: 'a' | 'b' | 'record';
  readonly trial: boolean;
}

export interface ScriptRun {
  readonly starts: readonly ScriptStart[];
  /** `boot`: the last start succeeded. `reset`: a trial failed to load. `rescue`: waits, then resets. */
  readonly outcome: 'boot' | 'reset' | 'rescue';
  /** Writes that reached the medium, in order. */
  readonly writes: readonly BootWrite[];
  /** 1 to 4 where the outcome is `rescue`. */
  readonly rescueLevel?: number;
  /** What the script leaves for the next boot to find; absent where starts are not counted. */
  readonly unfinishedStarts?: UnfinishedStarts;
}

/** After so many starts that no initramfs finished, the good set is taken for one that cannot be loaded. */
const MAX_UNFINISHED_STARTS = 3;

/** Runs the script once over `medium`. Pure; the caller applies `writes`. */
export function runScript(medium: Medium, world: ScriptWorld): ScriptRun {
  const run = new Run(readBootState(medium), world);
  return run.decide();
}

class Run {
  readonly #world: ScriptWorld;
  readonly #state: BootState;
  readonly #starts: ScriptStart[] = [];
  readonly #writes: BootWrite[] = [];
  #vars: Vars;
  #copy: 'a' | 'b' | 'record';
  #notes: Vars;
  #unfinished: UnfinishedStarts | undefined;

  constructor(state: BootState, world: ScriptWorld) {
    this.#state = state;
    this.#world = world;
    this.#unfinished = world.unfinishedStarts;
    this.#copy = state.source === 'env-b' ? 'b' : state.source === 'good' ? 'record' : 'a';
    this.#vars = Object.fromEntries(
      SCRIPT_VARIABLES.flatMap((name) => (state.vars[name] ? [[name, state.vars[name]]] : [])),
    );
    this.#notes = { snap_mark: state.mark, ...(state.cause === undefined ? {} : { snap_try_cause: state.cause }) };
  }

  decide(): ScriptRun {
    if (this.#state.source === 'none') return this.#rescue(1);
    const rule = this.#rule();
    if (rule === 'try') {
      // A trial may bring an initramfs that does not know the count; one that knows it sets it to 0 again.
      if (this.#unfinished !== undefined && this.#world.saves('mark')) this.#unfinished = 'trial';
      const set = overlay(slotsOf(this.#vars, 'good'), slotsOf(this.#vars, 'try'));
      if (this.#start('try', set)) return this.#end('boot');
      this.#note({ snap_try_cause: 'load-failed' });
      return this.#end('reset');
    }
    return this.#bootGood(rule);
  }

  #rule(): ScriptRule {
    if (this.#world.script === 'backup') return 'backup-script';
    if (this.#state.source === 'good') return 'record';
    const mode = this.#vars['snap_mode'] ?? '';
    if (mode === 'try') return this.#tryRule();
    if (mode === '') return 'default';
    this.#vars = without(this.#vars, 'snap_mode');
    this.#save();
    return mode === 'trying' ? 'after-trial' : 'unknown-status';
  }

  #tryRule(): ScriptRule {
    this.#notes = without(this.#notes, 'snap_try_cause');
    const cause = this.#whyNot();
    if (cause !== undefined) {
      this.#note({ snap_try_cause: cause });
      this.#vars = without(this.#vars, 'snap_mode');
      this.#save();
      return 'not-started';
    }
    const left = { '3': '2', '2': '1' }[this.#vars['snap_try_left'] ?? ''] ?? '0';
    this.#vars = { ...this.#vars, snap_mode: 'trying', snap_try_left: left };
    return this.#save() ? 'try' : 'not-saved';
  }

  #whyNot(): string | undefined {
    const target = slotsOf(this.#vars, 'try');
    if (isEmpty(target)) return 'no-target';
    if (this.#vars['snap_try_left'] === '0') return 'no-attempts';
    if (target.kernel !== undefined && !this.#world.has(`${target.kernel}/kernel.img`)) return 'missing-kernel';
    if (target.kernel !== undefined && !this.#world.has(`${target.kernel}/initrd.img`)) return 'missing-initrd';
    if (target.gadget !== undefined && !this.#world.has(`${target.gadget}/gadget.env`)) return 'missing-gadget';
    return undefined;
  }

  #bootGood(rule: ScriptRule): ScriptRun {
    const mark = this.#notes['snap_mark'] ?? '';
    const last = /^last-([2-4])$/.exec(mark)?.[1];
    if (last !== undefined) return this.#rescue(Number(last));
    if (mark === 'prev-tried') return this.#rescue(1);
    const retried = /^retry-([1-4])$/.exec(mark)?.[1];
    if (mark === 'good-failed' || retried !== undefined) return this.#bootPrevious(retried);
    const waited = /^wait-([1-4])$/.exec(mark)?.[1];
    if (waited !== undefined) this.#note({ snap_mark: `retry-${waited}` });
    else if (this.#unfinished === MAX_UNFINISHED_STARTS) return this.#bootPrevious(undefined);
    else this.#count();
    if (this.#start(waited === undefined ? rule : 'retry', slotsOf(this.#vars, 'good'))) return this.#end('boot');
    return this.#bootPrevious(waited);
  }

  /** After a trial that was not kept the count begins anew: the good set is the one that knew it. */
  #count(): void {
    const isAfterTrial = this.#unfinished === 'trial' && !isEmpty(slotsOf(this.#vars, 'try'));
    const counted = isAfterTrial ? 0 : this.#unfinished;
    if (typeof counted === 'number' && this.#world.saves('mark')) this.#unfinished = counted + 1;
  }

  /** @param waited the level of the rescue that the good set was tried again after */
  #bootPrevious(waited: string | undefined): ScriptRun {
    const level = waited === undefined ? 1 : Math.min(Number(waited) + 1, 4);
    const previous = slotsOf(this.#vars, 'previous');
    if (previous.kernel === undefined || previous.base === undefined) return this.#rescue(level);
    this.#note({ snap_mark: waited === undefined ? 'prev-tried' : `last-${level}` });
    return this.#start('previous', previous) ? this.#end('boot') : this.#rescue(level);
  }

  #rescue(level: number): ScriptRun {
    this.#note({ snap_mark: `wait-${level}` });
    return { ...this.#end('rescue'), rescueLevel: level };
  }

  #start(rule: ScriptRule, set: SlotNames): boolean {
    this.#starts.push({ rule, set, copy: this.#copy, trial: rule === 'try' });
    return set.kernel !== undefined && this.#world.starts(set.kernel);
  }

  #save(): boolean {
    this.#vars = { ...this.#vars, snap_gen: nextGeneration(this.#vars['snap_gen']) };
    const other = this.#copy === 'a' ? 'b' : 'a';
    if (!this.#write(`env-${other}`, this.#vars, `mode ${this.#vars['snap_mode'] ?? ''}`)) return false;
    this.#copy = other;
    return true;
  }

  #note(changes: Vars): void {
    this.#notes = { ...this.#notes, ...changes };
    const said = Object.values(this.#notes).join(' ');
    this.#write('mark', this.#notes, `noted: ${said}`);
  }

  #write(place: Place, vars: Vars, why: string): boolean {
    const bytes = exportedBytes(vars);
    if (bytes === undefined || !this.#world.saves(place)) return false;
    this.#writes.push({ place, bytes, why });
    return true;
  }

  #end(outcome: ScriptRun['outcome']): ScriptRun {
    const unfinished = this.#unfinished === undefined ? {} : { unfinishedStarts: this.#unfinished };
    return { starts: this.#starts, outcome, writes: this.#writes, ...unfinished };
  }
}
