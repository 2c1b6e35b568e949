/**
 * The classes of intended difference from snapd in the env protocol. A class says when it applies and what we must answer
 * then; a step belongs to it only where snapd's answer is the one that its rules give and ours is exactly the intended one.
 */
import { parseFileName } from '../../agent/snaps/file-name.ts';
import { type Difference, type Encounter, type Seen, sameVars } from './encounter.ts';
import type { Answer, Operation, Variables } from './history.ts';
import { DEVICE } from './machine.ts';
import {
  bySnapd,
  changed,
  committed,
  type Side,
  SLOT_VARS,
  type SlotVars,
  setNext,
  slotVarsOf,
  takesPart,
  withoutNext,
} from './snapd-rules.ts';

const modeOf = (vars: Variables): string => vars['snap_mode'] ?? '';
const isNamed = (vars: Variables): boolean => SLOT_VARS.some(({ next }) => vars[next] !== undefined);
const isBootable = (vars: Variables): boolean => vars['snap_kernel'] !== undefined && vars['snap_core'] !== undefined;
const next = (reboot: boolean): Answer => ({ said: 'next', reboot, trivial: false });
const refused = (why: string, before: Variables): Side => ({ answer: { said: 'error', why }, vars: before });
const isStrange = (vars: Variables): boolean => !['', 'try', 'trying'].includes(modeOf(vars));
const isOver = (vars: Variables): boolean => modeOf(vars) !== 'try' && modeOf(vars) !== 'trying';

/** Everything that is named to be tried is what runs. */
function isWhatRuns(before: Variables, ran: Variables): boolean {
  return SLOT_VARS.every(({ good, next }) => before[next] === undefined || before[next] === ran[good]);
}

/** This boot is a trial, and there is no verdict yet. */
function isRunning(before: Variables, { isTrial, ran }: Seen): boolean {
  if (!isTrial || !isBootable(before)) return false;
  return modeOf(before) === 'trying' || (modeOf(before) === 'try' && isWhatRuns(before, ran));
}

function isKept(file: string, before: Variables, { named }: Seen): boolean {
  const nameOf = (other: string): string => other.slice(0, Math.max(0, other.lastIndexOf('_')));
  return modeOf(before) !== '' || named.has(file) || ![...named].some((other) => nameOf(other) === nameOf(file));
}

type SetNext = Extract<Operation, { op: 'set_next' }>;

function setNextOf({ operation }: Encounter): SetNext | undefined {
  return operation.op === 'set_next' && takesPart(operation.type, operation.snap) ? operation : undefined;
}

/** A step that names the model's gadget: of no meaning to snapd here. */
function gadgetOf({ operation }: Encounter): SetNext | undefined {
  if (operation.op !== 'set_next' || operation.type !== 'gadget') return undefined;
  return parseFileName(operation.snap)?.name === DEVICE.gadget ? operation : undefined;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'nothing-good',
    hole: '§5.5, 1',
    snapdDoes: 'goes on with an environment that names no kernel or no base: such a device boots nothing',
    weDo: 'neither copy nor the record can be booted: nothing is staged, changed or collected, and the script goes to its rescue',
    ours: (encounter) => {
      const { operation, before, seen } = encounter;
      if (isBootable(before) || seen.record !== undefined) return undefined;
      if (operation.op === 'bootloader') return { answer: { said: 'rescue' }, vars: before };
      if (operation.op === 'mark_successful') return { answer: { said: 'done' }, vars: before };
      if (operation.op === 'in_use') return { answer: { said: 'in-use', inUse: true }, vars: before };
      const isOurs = setNextOf(encounter) !== undefined || gadgetOf(encounter) !== undefined;
      return isOurs ? refused('nothing-good', before) : undefined;
    },
  },
  {
    name: 'trial-open',
    hole: '§5.1: a verdict about one set would confirm another',
    snapdDoes: 'changes the variables of the trial that runs',
    weDo: 'refuse until there is a verdict',
    ours: (encounter) => {
      const { before } = encounter;
      if (modeOf(before) !== 'trying' || !isBootable(before)) return undefined;
      return setNextOf(encounter) === undefined ? undefined : refused('trial-open', before);
    },
  },
  {
    name: 'one-slot-leaves',
    hole: '§3.3: the shared mode de-arms the other slot (A15)',
    snapdDoes:
      'naming the good revision of one slot, or undoing it, resets the mode: the trial of the other slot is lost',
    weDo: 'only that slot leaves the trial, the other one stays armed and is started by the next boot',
    ours: (encounter) => {
      const { before } = encounter;
      const operation = setNextOf(encounter);
      if (operation === undefined || modeOf(before) !== 'try' || !isBootable(before)) return undefined;
      const snapds = setNext(operation, before).vars;
      if (modeOf(snapds) !== '' || !isNamed(snapds)) return undefined;
      return { answer: next(true), vars: changed(snapds, { snap_mode: 'try' }) };
    },
  },
  {
    name: 'names-left-over',
    hole: '§3.3: names of a trial that is over stay and are armed by the next one',
    snapdDoes: 'leaves the names of a trial that is over, and the mode of another trial arms them again',
    weDo: 'drop them with the next change of the variables',
    ours: (encounter) => {
      const { before } = encounter;
      const operation = setNextOf(encounter);
      if (operation === undefined || !isOver(before) || !isNamed(before) || !isBootable(before)) return undefined;
      return setNext(operation, withoutNext(before));
    },
  },
  {
    name: 'gadget-slot',
    hole: '§3.1: a gadget that cannot be taken back (B7)',
    snapdDoes: 'a gadget has no part in the env protocol',
    weDo: 'where the running script announced the gadget slot, a gadget is tried and taken back as kernel and base are',
    ours: (encounter) => {
      const { before, seen } = encounter;
      const operation = gadgetOf(encounter);
      if (operation === undefined || !isBootable(before)) return undefined;
      if (modeOf(before) === 'trying') return refused('trial-open', before);
      const kept = modeOf(before) === 'try' ? before : withoutNext(before);
      const isTried = !operation.noTry && operation.snap !== seen.goodGadget;
      const isArmed = isTried || isNamed(kept);
      const isNew = operation.noTry && operation.snap !== seen.goodGadget;
      return { answer: next(isArmed || isNew), vars: changed(kept, { snap_mode: isArmed ? 'try' : '' }) };
    },
  },
  {
    name: 'armed-stays',
    hole: '§3.3: a restart of the daemon cancels an armed trial (A16)',
    snapdDoes: 'marking a boot successful clears what was to be tried, and the mode stays',
    weDo: 'what is armed and did not run stays armed',
    ours: ({ operation, before, seen }) => {
      if (operation.op !== 'mark_successful' || modeOf(before) !== 'try' || !isNamed(before)) return undefined;
      if (!isBootable(before) || (seen.isTrial && isWhatRuns(before, seen.ran))) return undefined;
      return { answer: { said: 'done' }, vars: before };
    },
  },
  {
    name: 'trial-that-ran-is-kept',
    hole: '§6.4: the environment is believed, not what runs',
    snapdDoes: 'clears the names of the trial that runs where the mode was set back to `try`',
    weDo: 'the command line says that the trial runs: it is kept',
    ours: ({ operation, before, seen }) => {
      if (modeOf(before) !== 'try' || !isNamed(before) || !isBootable(before)) return undefined;
      if (!seen.isTrial || !isWhatRuns(before, seen.ran)) return undefined;
      return operation.op === 'mark_successful' ? { answer: { said: 'done' }, vars: committed(before) } : undefined;
    },
  },
  {
    name: 'strange-name-tried',
    hole: '§3.2: a value that the kernel command line cannot carry is made good',
    snapdDoes: 'makes good whatever was to be tried',
    weDo: 'a name that is not one of a snap file is not made good: the confirmation is refused',
    ours: ({ operation, before, seen }) => {
      if (operation.op !== 'mark_successful' || !isBootable(before)) return undefined;
      if (!isRunning(before, seen) || !isNamed(before)) return undefined;
      const isStrangeName = (name: SlotVars): boolean => {
        const value = before[name.next];
        return (
          value !== undefined &&
          value === seen.ran[name.good] &&
          value !== before[name.good] &&
          !value.endsWith('.snap')
        );
      };
      return SLOT_VARS.some(isStrangeName) ? refused('bad-value', before) : undefined;
    },
  },
  {
    name: 'only-what-ran',
    hole: '§6.4: the environment is believed, not what runs',
    snapdDoes: 'mode `trying` is enough to make good what was to be tried',
    weDo: "only what the command line says that this trial ran is made good; a mode without names is the next boot script's",
    ours: ({ operation, before, seen }) => {
      if (operation.op !== 'mark_successful' || modeOf(before) !== 'trying' || !isBootable(before)) return undefined;
      if (seen.isTrial && isWhatRuns(before, seen.ran)) return undefined;
      if (!isNamed(before)) return { answer: { said: 'done' }, vars: before };
      const ran = SLOT_VARS.filter(({ good, next }) => seen.isTrial && before[next] === seen.ran[good]);
      const made = Object.fromEntries(ran.map(({ good, next }) => [good, before[next] ?? before[good] ?? '']));
      return { answer: { said: 'done' }, vars: changed(withoutNext(before), { ...made, snap_mode: '' }) };
    },
  },
  {
    name: 'strange-mode',
    hole: '§5.5, 6 and 7: a mode that nobody handles stays for ever',
    snapdDoes: 'leaves a mode that it does not know as it is',
    weDo: 'the boot script, and the agent where names are left of the trial, write the mode back to ""',
    ours: ({ operation, before }) => {
      if (!isStrange(before) || !isBootable(before)) return undefined;
      if (operation.op === 'mark_successful' && isNamed(before)) {
        return { answer: { said: 'done' }, vars: changed(withoutNext(before), { snap_mode: '' }) };
      }
      if (operation.op !== 'bootloader') return undefined;
      return { answer: bootsGood(before), vars: changed(before, { snap_mode: '' }) };
    },
  },
  {
    name: 'try-without-target',
    hole: '§5.5, 7',
    snapdDoes: '`try` with nothing to try becomes `trying`: the good set boots as a trial',
    weDo: 'the boot script gives it up at once: mode "", and the cause is noted',
    ours: ({ operation, before }) => {
      if (operation.op !== 'bootloader' || modeOf(before) !== 'try' || isNamed(before)) return undefined;
      if (!isBootable(before)) return undefined;
      return { answer: bootsGood(before), vars: changed(before, { snap_mode: '' }) };
    },
  },
  {
    name: 'what-runs',
    hole: '§6.4: the revision is compared with the environment, never with what runs (R6, R10)',
    snapdDoes: "takes the environment's word for what booted",
    weDo: 'say what the command line says',
    ours: ({ operation, before, seen }) => {
      const slot = operation.op === 'current_boot' ? slotVarsOf(operation.type) : undefined;
      if (slot === undefined) return undefined;
      if (isRunning(before, seen)) return { answer: { said: 'not-ready' }, vars: before };
      const snap = seen.ran[slot.good] ?? '';
      if (parseFileName(snap) === undefined) return refused('not a snap file', before);
      return { answer: { said: 'snap', snap }, vars: before };
    },
  },
  {
    name: 'kept-longer',
    hole: '§3.3, "in use": what a fallback would need may be discarded',
    snapdDoes: 'only what the good and the try variable name is in use',
    weDo: 'nothing goes while a trial is open, and nothing that runs or that any copy or record names; files of other snaps are not ours to judge',
    ours: ({ operation, before, snapd, seen }) => {
      if (operation.op !== 'in_use' || snapd.answer.said === 'error' || !isBootable(before)) return undefined;
      if (!isKept(operation.snap, before, seen)) return undefined;
      return { answer: { said: 'in-use', inUse: true }, vars: before };
    },
  },
  {
    name: 'strange-good-name',
    hole: '§3.3, "in use": nothing can be discarded any more',
    snapdDoes: 'fails where the good name is not one of a snap file',
    weDo: 'compare file names: what is named stays, whatever it is called',
    ours: ({ operation, before, snapd, seen }) => {
      if (operation.op !== 'in_use' || snapd.answer.said !== 'error' || !isBootable(before)) return undefined;
      return { answer: { said: 'in-use', inUse: isKept(operation.snap, before, seen) }, vars: before };
    },
  },
  {
    name: 'last-good-record',
    hole: '§5.5, 1',
    snapdDoes: 'has one environment: what it does not name cannot be booted',
    weDo: 'with neither copy bootable, the last-good record is what the device has: it boots, and both copies are written from it',
    ours: (encounter) => {
      const { operation, before, seen } = encounter;
      const { record } = seen;
      if (isBootable(before) || record === undefined || operation.op === 'set_vars') return undefined;
      if (operation.op === 'in_use')
        return { answer: { said: 'in-use', inUse: isKept(operation.snap, record, seen) }, vars: before };
      const so = { ...encounter, before: record };
      const other = DIFFERENCES.find((difference) => difference.ours(so) !== undefined);
      const side = other?.ours(so) ?? bySnapd(operation, record);
      if (side === undefined || (side.answer.said === 'next' && side.answer.trivial)) return undefined;
      const isWritten = operation.op === 'mark_successful' || (operation.op === 'set_next' && operation.noTry);
      const isLeft = sameVars(side.vars, record) && (!isWritten || side.answer.said === 'error');
      return isLeft ? { ...side, vars: before } : side;
    },
  },
];

function bootsGood(vars: Variables): Answer {
  return { said: 'boots', kernel: vars['snap_kernel'] ?? '', base: vars['snap_core'] ?? '' };
}
