/**
 * The snaps that are tried: two good ones and ones with exactly one fault each. A fault is a change to the files of the
 * good snap (or of the initramfs in it), the evidence on the serial console that it happened, and what the device must say
 * about it afterwards. Tests and `make demo` run the same list.
 */

/** A change to a good snap; several are applied in order. */
export type Change =
  /** Insert a line into the initramfs's init, before the line that begins with `before`. */
  | { readonly kind: 'init-line'; readonly before: string; readonly line: string }
  /** Put a program into the initramfs and start it in the background, before the line of init that begins with `before`. */
  | { readonly kind: 'init-program'; readonly source: string; readonly before: string }
  /** Flip bits of some bytes of a file of the snap, from `offset` on. */
  | { readonly kind: 'flip'; readonly file: string; readonly offset: number; readonly bytes: number }
  /** Overwrite a 32-bit little-endian word of a file of the snap. */
  | { readonly kind: 'word'; readonly file: string; readonly offset: number; readonly value: number }
  /** Put a file into the snap. */
  | { readonly kind: 'file'; readonly path: string; readonly content: string; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

export interface Fault {
  /** Also the name of the snap's file, `<name>.snap`. */
  readonly name: string;
  readonly slot: 'kernel' | 'base';
  /** For people: what is wrong with it. */
  readonly title: string;
  readonly changes: readonly Change[];
  /** What the serial console must show after the trial began, or nothing could be said of the fault. */
  readonly evidence: RegExp;
  /** What must not stand between the start of the trial and the next one of U-Boot. */
  readonly absent?: RegExp;
  /** The hardware watchdog must have reset the machine; or must not. */
  readonly watchdog: boolean;
  /** `cause.code` of the outcome that the device records. */
  readonly cause: string;
}

/** What must be found of a good trial. */
export const GOOD: readonly Pick<Fault, 'name' | 'slot' | 'title'>[] = [
  { name: 'good-kernel', slot: 'kernel', title: 'a good kernel' },
  { name: 'good-base', slot: 'base', title: 'a good base' },
];

const PANIC = 'Kernel panic - not syncing';

export const FAULTS: readonly Fault[] = [
  {
    name: 'kernel-panics',
    slot: 'kernel',
    title: 'a kernel that panics',
    changes: [{ kind: 'init-line', before: 'read_command_line\n', line: 'echo c > /proc/sysrq-trigger' }],
    evidence: /Kernel panic - not syncing: sysrq triggered crash/,
    watchdog: false,
    cause: 'died-before-initramfs',
  },
  {
    name: 'kernel-corrupt-initrd',
    slot: 'kernel',
    title: 'a kernel with a corrupt initrd',
    changes: [{ kind: 'flip', file: 'initrd.img', offset: 300_000, bytes: 64 }],
    evidence: new RegExp(`Initramfs unpacking failed[^]*${PANIC}`),
    watchdog: false,
    cause: 'died-before-initramfs',
  },
  {
    name: 'kernel-hangs-early',
    slot: 'kernel',
    title: 'a kernel that hangs before the initramfs',
    // The second word of an arm64 Image is the branch to its entry: a branch to itself instead.
    changes: [{ kind: 'word', file: 'kernel.img', offset: 4, value: 0x14000000 }],
    evidence: /Starting kernel \.\.\.\s+U-Boot 20/,
    absent: /Linux version/,
    watchdog: true,
    cause: 'hang-before-initramfs',
  },
  {
    name: 'kernel-hangs-late',
    slot: 'kernel',
    title: 'a kernel that hangs after the initramfs',
    changes: [{ kind: 'init-program', source: 'hang.c', before: 'say "starting' }],
    evidence: /fault: this system hangs from here/,
    watchdog: true,
    cause: 'hang',
  },
  {
    name: 'base-stuck',
    slot: 'base',
    title: 'a base whose systemd never reaches its target',
    changes: [
      {
        kind: 'file',
        path: 'usr/lib/systemd/system/fault-stuck.service',
        content: [
          '[Unit]\nDescription=A service that never ends starting\nDefaultDependencies=no\nBefore=multi-user.target',
          '[Service]\nType=oneshot\nTimeoutStartSec=infinity\nStandardOutput=tty\nTTYPath=/dev/console',
          "ExecStart=/bin/sh -c 'echo fault: the target waits for this; sleep 86400'\n",
        ].join('\n'),
      },
      {
        kind: 'symlink',
        path: 'usr/lib/systemd/system/multi-user.target.wants/fault-stuck.service',
        target: '../fault-stuck.service',
      },
    ],
    evidence: /fault: the target waits for this/,
    watchdog: false,
    cause: 'verdict',
  },
  {
    name: 'base-no-daemon',
    slot: 'base',
    title: 'a base whose daemon does not start',
    changes: [{ kind: 'symlink', path: 'usr/lib/systemd/system/holdfast.service', target: '/dev/null' }],
    evidence: /holdfast-deadman: deadline passed without a verdict/,
    watchdog: false,
    cause: 'deadline',
  },
  {
    name: 'base-pid1-dies',
    slot: 'base',
    title: 'a base whose PID 1 dies',
    changes: [
      { kind: 'file', path: 'usr/sbin/init', content: '#!/bin/sh\necho "fault: PID 1 ends"\nexit 1\n', mode: 0o755 },
    ],
    evidence: new RegExp(`fault: PID 1 ends[^]*${PANIC}: Attempted to kill init`),
    watchdog: false,
    cause: 'panic',
  },
];
