/** Where everything is on a device. One function, so that `--root DIR` moves all of it and nothing else names a path. */
import { join } from 'node:path';

export interface Layout {
  readonly root: string;
  /** Snap files: `<name>_<revision>.snap`. */
  readonly snaps: string;
  /** One file per snap file, of the same name: `<size> <sha256>`. The initramfs of a trial boot checks it. */
  readonly digests: string;
  readonly database: string;
  /** snapd's lock on its state. */
  readonly stateLock: string;
  readonly maintenance: string;
  /** The boot partition: one directory of assets per kernel and gadget file. */
  readonly bootPartition: string;
  readonly rawPlaces: string;
  readonly socket: string;
  readonly snapSocket: string;
  readonly commandLine: string;
  readonly bootId: string;
  readonly uptime: string;
  /** What the initramfs of this boot did. */
  readonly bootRecord: string;
  readonly deadManControl: string;
  readonly deadManPid: string;
  readonly watchdogStatus: string;
  /** Where the kernel shows what the one before it left in memory when it panicked. */
  readonly pstore: string;
  /** ELF notes of the running kernel, its build id among them. */
  readonly kernelNotes: string;
  readonly kernelRelease: string;
  readonly mounts: string;
  readonly loopDevices: string;
  readonly currentLinks: string;
  readonly snapdUnits: readonly string[];
  /** A file that is written only to see whether the writable partition takes it. */
  readonly healthProbe: string;
  /** Unpacked health commands of the running snaps: `<snap file>/<weight>/<name>`. */
  readonly healthCommands: string;
  /** There once the network has set the clock in this boot. */
  readonly timeSynchronized: string;
  /** Files whose time of change has certainly been. */
  readonly knownTimes: readonly string[];
  readonly network: string;
  /** Each program of a snap runs in a control group of its own. */
  readonly cgroups: string;
}

/** The paths of a device whose root directory is `root`. */
export function layoutUnder(root: string): Layout {
  const at = (path: string) => join(root, path);
  return {
    root,
    snaps: at('var/lib/snapd/snaps'),
    digests: at('var/lib/holdfast/digests'),
    database: at('var/lib/holdfast/state.db'),
    stateLock: at('var/lib/snapd/state.lock'),
    maintenance: at('var/lib/snapd/maintenance.json'),
    bootPartition: at('boot/uboot'),
    rawPlaces: at('dev/disk/by-partlabel'),
    socket: at('run/snapd.socket'),
    snapSocket: at('run/snapd-snap.socket'),
    commandLine: at('proc/cmdline'),
    bootId: at('proc/sys/kernel/random/boot_id'),
    uptime: at('proc/uptime'),
    bootRecord: at('run/holdfast/boot'),
    deadManControl: at('run/holdfast/deadman'),
    deadManPid: at('run/holdfast/deadman.pid'),
    watchdogStatus: at('sys/class/watchdog/watchdog0/bootstatus'),
    pstore: at('sys/fs/pstore'),
    kernelNotes: at('sys/kernel/notes'),
    kernelRelease: at('proc/sys/kernel/osrelease'),
    mounts: at('proc/self/mountinfo'),
    loopDevices: at('sys/block'),
    currentLinks: at('snap'),
    snapdUnits: ['usr/lib', 'lib', 'etc'].map((folder) => at(`${folder}/systemd/system/snapd.service`)),
    healthProbe: at('var/lib/holdfast/health-probe'),
    healthCommands: at('run/holdfast/health.d'),
    timeSynchronized: at('run/systemd/timesync/synchronized'),
    knownTimes: ['var/lib/systemd/timesync/clock', 'usr/lib/os-release'].map(at),
    network: at('proc/net'),
    cgroups: at('sys/fs/cgroup'),
  };
}
