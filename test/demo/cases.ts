/** The cases of the demo, in the order in which they are told: what is tried, and what the device must then say. */
import type { Place, Slot } from '../../bootloader/protocol/index.ts';
import { FAULTS, GOOD, WANTED } from '../machine/lab/faults.ts';

/** What a case must end with. */
export interface Promised {
  readonly what: 'confirmed' | 'reverted';
  /** `cause.code` of the device's outcome; none where the trial is confirmed. */
  readonly cause?: string;
  /** The message of that cause. */
  readonly message?: RegExp;
  /** What the serial console must show. */
  readonly evidence: RegExp;
  /** What it must not show during the trial. */
  readonly absent?: RegExp;
  /** The hardware watchdog must have reset the machine; or must not. */
  readonly watchdog: boolean;
}

interface Told {
  readonly name: string;
  readonly title: string;
  /** For somebody who has never seen it: what is wrong, and what brings the device back. */
  readonly story: string;
}

/** A snap is installed, and something happens to its trial. */
export interface SnapCase extends Told {
  /** `trial`: nothing but the snap. `kernel-lost`, `script-damaged`: what happens to the device on top of it. */
  readonly kind: 'trial' | 'kernel-lost' | 'script-damaged';
  /** Name of the snap's file, without `.snap`. */
  readonly snap: string;
  readonly slot: Slot;
  readonly promised: Promised;
}

/** Power goes inside a write to one copy of the environment, on a device of its own. */
export interface CutCase extends Told {
  readonly kind: 'power-cut';
  readonly place: Extract<Place, 'env-a' | 'env-b'>;
  readonly snap: string;
}

/** An app is installed, refreshed, reverted, removed and restored on the one device. */
export interface AppCase extends Told {
  readonly kind: 'app-life';
}

export type DemoCase = SnapCase | CutCase | AppCase;

const STORIES: Readonly<Record<string, string>> = {
  'good-kernel': 'It boots, the target is reached, the agent lives: the agent confirms it.',
  'kernel-panics':
    'Its initramfs makes the kernel panic at once. `panic=5` restarts the machine; U-Boot takes it back.',
  'kernel-corrupt-initrd':
    'Bits of its initrd are flipped: the kernel cannot unpack it and panics. `panic=5` restarts the machine.',
  'kernel-hangs-early':
    'Its first instruction jumps to itself: nothing runs, nothing is printed. The hardware watchdog, armed by U-Boot, resets.',
  'kernel-hangs-late':
    'A real-time loop takes the CPU after the base has started: nobody feeds the watchdog any more, and it resets.',
  'kernel-initramfs-fails': 'Its initramfs cannot mount the writable partition: it says so, and resets the device.',
  'kernel-no-link': 'It boots, but the network card is not there any more: the agent says no.',
  'kernel-command-fails': 'It ships a required command of its own, and that fails: the agent says no.',
  'kernel-wanted-fails': 'It ships a command that is only wanted, and that fails: written down, and kept all the same.',
  'good-base': 'Its systemd reaches the target, the agent lives: the agent confirms it.',
  'base-stuck': 'A service never ends starting, so the target is never reached: at the deadline the agent says no.',
  'base-no-daemon':
    'The agent is masked in it, so there is nobody to judge: the dead man of the initramfs resets at the deadline.',
  'base-service-fails': "An operator's service ran before and fails on it: the agent says no.",
  'base-service-loops':
    "An operator's service crashes again and again, and begins with it only when all looked well: the agent says no.",
  'base-pid1-dies': 'Its PID 1 ends, and the kernel panics: `panic=5` restarts the machine.',
};

/** Tried by the tests alone: in the demo they would look like another one. */
const UNTOLD: ReadonlySet<string> = new Set(['kernel-command-hangs', 'kernel-command-floods', 'base-daemon-dies']);

function story(name: string): string {
  const told = STORIES[name];
  if (told === undefined) throw new Error(`test/demo/cases.ts tells no story of ${name}`);
  return told;
}

function trials(slot: 'kernel' | 'base'): SnapCase[] {
  const kind = 'trial';
  const good = [...GOOD, WANTED].map((it): SnapCase => {
    const evidence = it === WANTED ? /fault: this is only wanted/ : /holdfast: rule=try[^\n]*/;
    const promised: Promised = { what: 'confirmed', evidence, watchdog: false };
    return { kind, name: it.name, title: it.title, story: story(it.name), snap: it.name, slot: it.slot, promised };
  });
  const broken = FAULTS.filter(({ name }) => !UNTOLD.has(name)).map((it): SnapCase => {
    const { evidence, absent, watchdog, cause, message } = it;
    const promised: Promised = {
      what: 'reverted',
      cause,
      message,
      evidence,
      watchdog,
      ...(absent === undefined ? {} : { absent }),
    };
    return { kind, name: it.name, title: it.title, story: story(it.name), snap: it.name, slot: it.slot, promised };
  });
  return [...good, ...broken].filter((it) => it.slot === slot);
}

const KERNEL_LOST: SnapCase = {
  kind: 'kernel-lost',
  name: 'kernel-missing',
  title: 'a kernel whose file is missing on the boot partition',
  story: 'Its trial is armed and the device switched off; then kernel.img is deleted. U-Boot looks before it tries.',
  snap: 'good-kernel',
  slot: 'kernel',
  promised: {
    what: 'reverted',
    cause: 'missing-kernel',
    evidence: /holdfast: trial not started: missing-kernel/,
    watchdog: false,
  },
};

const SCRIPT_DAMAGED: SnapCase = {
  kind: 'script-damaged',
  name: 'boot-script-damaged',
  title: 'a damaged boot script',
  story: 'Bytes of boot.scr are overwritten before a good kernel is to be tried: the backup script boots the good set.',
  snap: 'good-kernel',
  slot: 'kernel',
  promised: {
    what: 'reverted',
    cause: 'boot-script-damaged',
    evidence: /holdfast: boot\.scr is damaged or missing[\s\S]*holdfast: rule=backup-script[^\n]*/,
    watchdog: false,
  },
};

const APP_LIFE: AppCase = {
  kind: 'app-life',
  name: 'app-life',
  title: 'an app with a service, a command and data',
  story:
    'It is refreshed with a copy of its data, a bad refresh of it is undone, it is reverted, removed, and restored from what was saved.',
};

/** Whoever writes first: the agent, to arm the trial, copy B; the boot script, to say that it starts, copy A. */
function cut(copy: 'a' | 'b', writer: string, after: string): CutCase {
  return {
    kind: 'power-cut',
    name: `power-cut-${copy}`,
    title: `the power goes in the middle of writing copy ${copy.toUpperCase()} of the environment`,
    story: `An update is recorded on a second device, write by write, and replayed up to a byte of what ${writer} writes. ${after}`,
    place: `env-${copy}`,
    snap: 'good-kernel',
  };
}

export const CASES: readonly DemoCase[] = [
  ...trials('kernel'),
  KERNEL_LOST,
  cut('b', 'the agent', 'U-Boot boots the good set; the agent then arms the trial again.'),
  cut('a', 'the boot script', 'The trial has not started yet: U-Boot mends the copy and starts it.'),
  SCRIPT_DAMAGED,
  ...trials('base'),
  APP_LIFE,
];
