/** Kernels that do not come as far as their agent. */
import { type Fault, PANIC } from './fault.ts';

export const KERNEL_FAULTS: readonly Fault[] = [
  {
    name: 'kernel-panics',
    slot: 'kernel',
    title: 'a kernel that panics',
    changes: [{ kind: 'init-line', before: 'read_command_line\n', line: 'echo c > /proc/sysrq-trigger' }],
    evidence: /Kernel panic - not syncing: sysrq triggered crash/,
    watchdog: false,
    cause: 'panic',
    message: /Kernel panic - not syncing: sysrq triggered crash/,
  },
  {
    name: 'kernel-corrupt-initrd',
    slot: 'kernel',
    title: 'a kernel with a corrupt initrd',
    changes: [{ kind: 'flip', file: 'initrd.img', offset: 300_000, bytes: 64 }],
    evidence: new RegExp(`Initramfs unpacking failed[^]*${PANIC}`),
    watchdog: false,
    // Nothing is there yet that could keep the text of the panic.
    cause: 'died-before-initramfs',
    message: /it died before its initial file system started: .*/,
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
    message: /it hung before its initial file system started; the watchdog reset the device/,
  },
  {
    name: 'kernel-hangs-late',
    slot: 'kernel',
    title: 'a kernel that hangs after the initramfs',
    changes: [{ kind: 'init-program', source: 'hang.c', before: 'say "starting' }],
    evidence: /fault: this system hangs from here/,
    watchdog: true,
    cause: 'hang',
    message: /the system hung after it was started; the watchdog reset the device/,
  },
  {
    name: 'kernel-initramfs-fails',
    slot: 'kernel',
    title: 'a kernel whose initramfs lacks the drivers of its file systems',
    changes: [{ kind: 'init-file', path: 'modules/filesystems', content: '' }],
    evidence: /holdfast-init: FAILED: cannot check and mount/,
    watchdog: false,
    cause: 'initramfs-failed',
    message: /cannot check and mount \/dev\/\w+ for writing/,
  },
];
