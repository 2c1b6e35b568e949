/**
 * The functions of the product that the model drives. They are handed in, so that a mutation is a changed System and the
 * rest of the model stays as it is.
 */

import { isRightAfterTrial } from '../../agent/boot/attempts.ts';
import { causeOf } from '../../agent/boot/cause.ts';
import { phaseOf } from '../../agent/boot/phase.ts';
import { decide } from '../../agent/device/decide.ts';
import { evidenceOf, knownPowerCut, situationOf } from '../../agent/device/situation.ts';
import { garbageOf } from '../../agent/snaps/garbage.ts';
import {
  adopt,
  cancel,
  confirm,
  keepRevisions,
  mayCollect,
  parseCommandLine,
  readBootState,
  repair,
  revert,
  runScript,
  stage,
} from '../../bootloader/protocol/index.ts';

/**
 * What the steps of an installation keep to. The handlers themselves do I/O, so the model has their order in `change.ts`,
 * and `order.test.ts` holds that to the real handlers.
 */
export interface Habits {
  /** A file gets its name only when it was read back whole. */
  readonly verifies: boolean;
  /** Assets are gathered under another name first. */
  readonly gathers: boolean;
  /** The record of the digest is written before anything is armed. */
  readonly recordsDigest: boolean;
  /** Arming comes after placing and extracting. */
  readonly armsLast: boolean;
  /** What an earlier trial left is blanked before the next one is armed. */
  readonly forgetsEvidence: boolean;
  /** Undo waits for the reboot where what it takes away runs. */
  readonly waitsToGoBack: boolean;
  /** Undo leaves alone what was there before the change. */
  readonly keepsEarlier: boolean;
  /** Undo leaves alone what the environment names. */
  readonly refusesNamed: boolean;
  /** A write is durable when the next one starts, in the order of the plan. */
  readonly waitsForDisk: boolean;
  /** The cause is written down before the environment loses its evidence. */
  readonly decidesFirst: boolean;
  /** All places say that a trial was kept before the log does. */
  readonly mendsFirst: boolean;
  /** The initramfs flushes what the boot script wrote, first of all. */
  readonly flushesFirst: boolean;
  /** The initramfs marks a good set that it could not mount. */
  readonly marksFailure: boolean;
  /** The initramfs sets the count of starts to 0 when it is through. */
  readonly resetsCount: boolean;
}

export const realHabits: Habits = {
  verifies: true,
  gathers: true,
  recordsDigest: true,
  armsLast: true,
  forgetsEvidence: true,
  waitsToGoBack: true,
  keepsEarlier: true,
  refusesNamed: true,
  waitsForDisk: true,
  decidesFirst: true,
  mendsFirst: true,
  flushesFirst: true,
  marksFailure: true,
  resetsCount: true,
};

export const realSystem = {
  adopt,
  cancel,
  causeOf,
  confirm,
  decide,
  evidenceOf,
  garbageOf,
  isRightAfterTrial,
  keepRevisions,
  knownPowerCut,
  mayCollect,
  parseCommandLine,
  phaseOf,
  readBootState,
  repair,
  revert,
  runScript,
  situationOf,
  stage,
  habits: realHabits,
};

export type System = typeof realSystem;
