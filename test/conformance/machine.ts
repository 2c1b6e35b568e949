/**
 * A device of ours as the histories need it: the four raw places with real bytes, what booted, and our own functions for
 * each operation. Pure: every operation gives the next device.
 */
import { phaseOf } from '../../agent/boot/phase.ts';
import { parseFileName } from '../../agent/snaps/file-name.ts';
import { garbageOf } from '../../agent/snaps/garbage.ts';
import {
  type BootDevice,
  type BootedFacts,
  type BootPlan,
  type BootWrite,
  confirm,
  type Medium,
  overlay,
  ProtocolError,
  parseCommandLine,
  participates,
  placeBytes,
  readBootState,
  readVars,
  recordVars,
  repair,
  revert,
  runScript,
  type ScriptStart,
  type ScriptWorld,
  type Slot,
  slotsOf,
  stage,
} from '../../bootloader/protocol/index.ts';
import type { Answer, Operation, Variables } from './history.ts';

export interface Machine {
  readonly medium: Medium;
  readonly booted: BootedFacts;
  /** A trial was staged since this boot began. */
  readonly isStagedHere: boolean;
}

export interface Played {
  readonly answer: Answer;
  readonly after: Machine;
  readonly writes: readonly BootWrite[];
}

/** The model of all histories. */
export const DEVICE: BootDevice = {
  kind: 'core',
  graded: false,
  mode: 'run',
  kernel: 'pc-kernel',
  base: 'core18',
  gadget: 'pc',
};

/** snapd's variables of this protocol. */
const SNAPD_NAMES: readonly string[] = ['snap_mode', 'snap_core', 'snap_try_core', 'snap_kernel', 'snap_try_kernel'];

const SLOT_OF: Readonly<Record<string, Slot>> = { kernel: 'kernel', base: 'base', os: 'base', gadget: 'gadget' };

/** Every file is there and every write arrives: what the histories' own boot script takes for granted. */
const ALL_WELL: ScriptWorld = { has: () => true, starts: () => true, saves: () => true, script: 'main' };

export function slotOf(type: string): Slot | undefined {
  return SLOT_OF[type];
}

/** The variables that snapd knows, without empty ones. */
export function snapdVars(vars: Variables): Variables {
  return Object.fromEntries(SNAPD_NAMES.flatMap((name) => (vars[name] ? [[name, vars[name]]] : [])));
}

/** What stands in the environment, also where no set can be booted from it. */
export function varsOf({ medium }: Machine): Variables {
  const { source, vars } = readBootState(medium);
  return source === 'env-a' || source === 'env-b' ? vars : (readVars(medium['env-a']) ?? {});
}

/** A device as it left the factory with `vars`, booted the way its mode says. */
export function machineOf(vars: Variables): Machine {
  const bytes = placeBytes(snapdVars(vars));
  const medium = { 'env-a': bytes, 'env-b': bytes, good: placeBytes(recordVars(vars)), mark: placeBytes({}) };
  return { medium, booted: bootedAs(vars), isStagedHere: false };
}

/** `machine` after snapd's variables were written by somebody who knows of no trial or rescue of ours: both copies are new. */
export function rewritten(machine: Machine, vars: Variables): Machine {
  const unknown = [...SNAPD_NAMES, 'snap_try_gadget', 'snap_try_left'];
  const kept = Object.entries(varsOf(machine)).filter(([name]) => !unknown.includes(name));
  const bytes = placeBytes({ ...Object.fromEntries(kept), ...snapdVars(vars) });
  return { ...machine, medium: { ...machine.medium, 'env-a': bytes, 'env-b': bytes, mark: placeBytes({}) } };
}

/** What the command line says on a device whose script chose `set`. */
export function bootedWith({ set, rule, copy, trial }: ScriptStart): BootedFacts {
  const names = Object.entries({ snap_core: set.base, snap_kernel: set.kernel, snap_gadget: set.gadget });
  const words = names.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  const script = 'holdfast.script=dual,good,prev,gadget,attempts,watchdog,mark';
  const said = [...words, script, `holdfast.rule=${rule}`, `holdfast.copy=${copy}`, trial ? 'holdfast.trial=1' : ''];
  return parseCommandLine(said.join(' '));
}

function bootedAs(vars: Variables): BootedFacts {
  const good = slotsOf(vars, 'good');
  const trial = vars['snap_mode'] === 'trying';
  const set = trial ? overlay(good, slotsOf(vars, 'try')) : good;
  return bootedWith({ set, rule: trial ? 'try' : 'default', copy: 'a', trial });
}

/** One operation; `undefined` where nothing of ours does it. */
export function play(machine: Machine, operation: Operation): Played | undefined {
  switch (operation.op) {
    case 'set_next':
      return setNext(machine, operation.type, operation.snap, operation.noTry);
    case 'mark_successful':
      return markSuccessful(machine);
    case 'bootloader':
      return powerOn(machine);
    case 'current_boot':
      return told(machine, currentBoot(machine, operation.type));
    case 'in_use':
      return told(machine, { said: 'in-use', inUse: !isGarbage(machine, operation.snap) });
    case 'set_vars':
      return {
        ...told(machine, { said: 'done' }),
        after: rewritten(machine, { ...varsOf(machine), ...operation.vars }),
      };
    case 'initramfs':
    case 'write_modeenv':
      return undefined;
  }
}

/** The medium after the writes have reached it. */
export function written(medium: Medium, writes: readonly BootWrite[]): Medium {
  return { ...medium, ...Object.fromEntries(writes.map(({ place, bytes }) => [place, bytes])) };
}

function told(machine: Machine, answer: Answer): Played {
  return { answer, after: machine, writes: [] };
}

function planned(machine: Machine, plan: () => BootPlan, answer: (plan: BootPlan) => Answer): Played {
  try {
    const made = plan();
    const after = { ...machine, medium: written(machine.medium, made.writes) };
    return { answer: answer(made), after, writes: made.writes };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return told(machine, { said: 'error', why: error.code });
  }
}

function setNext(machine: Machine, type: string, snap: string, withoutTry: boolean): Played {
  const name = parseFileName(snap)?.name ?? '';
  const slot = slotOf(type);
  if (slot === undefined || !participates({ type, name }, DEVICE, machine.booted.abilities)) {
    return told(machine, { said: 'next', reboot: false, trivial: true });
  }
  const played = planned(
    machine,
    () => stage(machine.medium, { [slot]: snap }, { withoutTry }),
    ({ reboot }) => ({ said: 'next', reboot, trivial: false }),
  );
  return { ...played, after: { ...played.after, isStagedHere: machine.isStagedHere || played.writes.length > 0 } };
}

/** What the agent does about the boot set once this boot is taken for good. */
function markSuccessful(machine: Machine): Played {
  const { medium, booted } = machine;
  const said = (): Answer => ({ said: 'done' });
  const phase = phaseOfMachine(machine);
  if (readBootState(medium).source === 'none' || phase === 'armed') return told(machine, { said: 'done' });
  if (phase === 'running') return planned(machine, () => confirm(medium, booted.ran), said);
  if (phase === 'failed' || phase === 'refused') return planned(machine, () => revert(medium), said);
  return planned(machine, () => repair(medium), said);
}

function powerOn({ medium }: Machine): Played {
  const { starts, outcome, writes } = runScript(medium, ALL_WELL);
  const start = starts.at(-1);
  const after = { medium: written(medium, writes), isStagedHere: false };
  if (outcome !== 'boot' || start === undefined) {
    const nowhere = { set: {}, rule: 'default', copy: 'a', trial: false } as const;
    return { answer: { said: 'rescue' }, after: { ...after, booted: bootedWith(nowhere) }, writes };
  }
  const { kernel = '', base = '' } = start.set;
  return { answer: { said: 'boots', kernel, base }, after: { ...after, booted: bootedWith(start) }, writes };
}

function currentBoot(machine: Machine, type: string): Answer {
  const slot = slotOf(type);
  if (slot === undefined || slot === 'gadget') return { said: 'error', why: 'not a slot' };
  if (phaseOfMachine(machine) === 'running') return { said: 'not-ready' };
  const snap = machine.booted.ran[slot];
  if (snap === undefined || parseFileName(snap) === undefined) return { said: 'error', why: 'not a snap file' };
  return { said: 'snap', snap };
}

function isGarbage({ medium, booted }: Machine, snap: string): boolean {
  const present = { snapFiles: [snap], digests: [], assets: [] };
  return garbageOf(present, medium, booted.ran).snapFiles.includes(snap);
}

function phaseOfMachine({ medium, booted, isStagedHere }: Machine) {
  const facts = { booted, bootId: 'this boot' };
  return phaseOf(readBootState(medium), facts, { stagedBoot: isStagedHere ? 'this boot' : 'another boot' });
}
