/** One state of the model: everything that decides what can happen next, as small numbers. */
import type { ScriptRule } from '../../bootloader/protocol/index.ts';
import { recordVars } from '../../bootloader/protocol/index.ts';
import { CLEAR, type ImageId, imageOfVars } from './images.ts';
import { namesOf, tripleOf } from './names.ts';

/** What the machine is doing. */
export const OFF = 0;
/** Userland runs, the daemon does not. */
export const UP = 1;
/** The daemon has done what there was to do, and answers requests. */
export const REST = 2;
/** The daemon watches the trial that this boot is. */
export const JUDGING = 3;
/** The trial was given up; the machine is about to go down. */
export const LEAVING = 4;
export const PHASE_WORDS = ['off', 'up', 'at rest', 'judging', 'going down'] as const;

/** The trace of the trial's initramfs. */
export const TRACES = ['', 'initramfs', 'switched', 'failed', 'deadline'] as const;
/** `traceAge`: no agent has seen the trace, this boot's has, an earlier boot's has. */
export const UNSEEN = 0;
export const SEEN = 1;
export const OLD = 2;
/** The word of the trial's agent. */
export const VERDICTS = ['', 'bad', 'bad by a person', 'interrupted'] as const;
/** How the journal says that the latest boot of the trial ended. */
export const ENDS = ['', 'running', 'power-cut', 'panic', 'other'] as const;

/** Boots are told apart only as far as anybody compares them. */
export const NO_BOOT = 0;
export const THIS_BOOT = 1;
/** The latest start of the trial, where that was an earlier boot. */
export const TRIAL_BOOT = 2;
export const OTHER_BOOT = 3;

/** The log's open entry. */
export const OUTCOMES = ['', 'open', 'confirmed', 'reverted', 'cancelled'] as const;
/**
 * The change: its task at `changeAt` is being done, undone, or waits: for the trial, or while it is undone for the reboot into
 * what was good before.
 */
export const CHANGES = ['', 'doing', 'undoing', 'waiting', 'waiting to go back'] as const;
export const DOING = 1;
export const UNDOING = 2;
export const WAITING = 3;
export const GOING_BACK = 4;

/** Rules of the boot script, by number. */
export const RULES: readonly ScriptRule[] = [
  'default',
  'try',
  'not-saved',
  'not-started',
  'after-trial',
  'unknown-status',
  'record',
  'backup-script',
  'retry',
  'previous',
];

/** `condemned`: the trial was shown to be bad, and something on the medium says so. */
export const ON_MEDIUM = 1;
/** The same, but only the next boot can tell, from what is in memory: if that ends early, nobody can. */
export const ONLY_IN_MEMORY = 2;

/** `count`: starts of the good set are not counted. */
export const NOT_COUNTED = 4;
/** `count`: a trial started, and no initramfs that knows the count came through since. */
export const TRIAL_COUNT = 5;
/** `vleft` where the word does not say. */
export const NO_LEFT = 4;

/** A revision's files, as one number: `snap + 5 * assets + 25 * digest + 50 * gathering`. */
export const ABSENT = 0;
export const SOUND = 1;
/** Of a snap: it cannot be mounted any more. Of assets: they cannot be loaded any more. */
export const ROTTEN = 2;
/** Of assets: they load, and the kernel dies before its initramfs is through. */
export const DEADLY = 3;
/** Something is there under the final name that was never read back, or not all of it. */
export const HALF = 4;

export const snapOf = (file: number) => file % 5;
export const assetsOf = (file: number) => Math.floor(file / 5) % 5;
export const digestOf = (file: number) => Math.floor(file / 25) % 2;
export const gatheringOf = (file: number) => Math.floor(file / 50);
export const fileCode = (snap: number, assets: number, digest: number, gathering: number) =>
  snap + 5 * assets + 25 * digest + 50 * gathering;

/** The numeric fields, in the order in which they stand in a key. */
export const FIELDS = [
  /** The four places, and the count of starts in the second block of hf-mark. */
  'a',
  'b',
  'record',
  'mark',
  'count',
  /** hf-journal: what the trial left, and what the ring remembers of its boots. */
  'trace',
  'traceAge',
  'verdict',
  'vboot',
  'vleft',
  'jstarts',
  'jend',
  /** The trial started, and no agent has written that down. */
  'junseen',
  /** The text of the trial's panic is in memory. */
  'text',
  /** The database: the open entry of the log of trials, and the open change. */
  'outcome',
  'tried',
  'stagedHere',
  'reboots',
  'askedHere',
  'trialBoot',
  'ofChange',
  'change',
  'changeSet',
  'changeAt',
  /** What of its revisions was there before: snaps in the lowest three bits, then assets. */
  'had',
  /** How its trial ended, when the log's entry is open no more. */
  'changeEnd',
  /** The previous set of before it, and whether its task has that written down. */
  'hadPrevious',
  'knowsPrevious',
  /** It began to wait to go back in this boot. */
  'backHere',
  /** This boot. While the machine is off: how the next one will come about. */
  'phase',
  'rule',
  'trial',
  'ran',
  'cold',
  'watchdog',
  'clean',
  /** The writable file system was not unmounted in order. */
  'dirty',
  /** The journal has this boot's page. */
  'begun',
  /** A reboot was asked for. */
  'pending',
  /** What no part of the device knows: how often this arming really started, and whether it was shown to be bad. */
  'starts',
  'condemned',
  /** The device fell back to another set while the log has an open entry. */
  'fellBack',
  /** Faults that may still happen, and how many places neighbours have spoilt. */
  'budget',
  'spoilt',
] as const;

export type Field = (typeof FIELDS)[number];

export type State = { [field in Field]: number } & { files: number[] };

const good = tripleOf([1, 1, 1]);

/** A device as an image makes it, before its first boot. */
export function firstState(budget: number): State {
  const vars = {
    snap_kernel: namesOf(good).kernel ?? '',
    snap_core: namesOf(good).base ?? '',
    snap_gadget: namesOf(good).gadget ?? '',
  };
  const copy = imageOfVars({ ...vars, snap_gen: '0' });
  const zero = Object.fromEntries(FIELDS.map((field) => [field, 0])) as { [field in Field]: number };
  const sound = (slot: number) => [fileCode(SOUND, slot === 1 ? ABSENT : SOUND, 1, 0), 0, 0];
  return {
    ...zero,
    ...{ a: copy, b: copy, record: imageOfVars(recordVars(vars)), mark: CLEAR },
    ...{ vleft: NO_LEFT, cold: 1, budget },
    files: [...sound(0), ...sound(1), ...sound(2)],
  };
}

export function copyOf(state: State): State {
  return { ...state, files: state.files.slice() };
}

/** The image of one of the three places that can name a set. */
export function copies(state: State): readonly ImageId[] {
  return [state.a, state.b, state.record];
}
