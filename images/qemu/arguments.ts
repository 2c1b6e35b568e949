import { MachineError } from './error.ts';

/** A disk image file as QEMU's tools see it. */
export interface DiskImage {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
}

/** The parts of a machine that a saved state depends on: a state starts only on a machine of the same shape. */
export interface MachineShape {
  /** RAM in MiB. */
  readonly memoryMiB: number;
  readonly cpus: number;
  /** `tcg` everywhere by default: /dev/kvm may exist and still be useless. */
  readonly accelerator: 'tcg' | 'kvm';
  /**
   * What the guest's time is. `instructions`: each takes 4 ns, about what an idle host needs, so that a busy host slows all of
   * the guest, its clocks and timers included, and a deadline means the same on each. Where the guest waits, it waits real
   * time. Only with `tcg`.
   */
  readonly clock: 'instructions' | 'host';
  readonly watchdog: boolean;
  /**
   * A network card. The guest gets 10.0.2.15 by DHCP from 10.0.2.2, and reaches nothing but the `services` of the plan: neither
   * this host nor what lies behind it.
   */
  readonly network: boolean;
}

/** A TCP service of this host that the guest finds in its own network. */
export interface GuestService {
  /** Under which the guest reaches it: 10.0.2.100 or so, not 10.0.2.2, .3 or .15. */
  readonly address: string;
  readonly port: number;
  /** On 127.0.0.1. Where nobody listens, the guest's connection is accepted and closed at once. */
  readonly hostPort: number;
}

/** One run of QEMU, spelled out: what `qemuArguments` turns into a command line. */
export interface QemuPlan extends MachineShape {
  readonly firmware: string;
  /** Where QEMU itself appends every byte that the guest's serial port says. */
  readonly serialLog: string;
  /** The image of flash bank 1, exactly `FLASH_BYTES` long; read only for the guest. */
  readonly flash?: string;
  readonly disk?: DiskImage;
  /** Record every write and flush of `disk` in this file (dm-log-writes format). It must exist. */
  readonly recordWrites?: string;
  /** A second disk that the guest can only read. */
  readonly payload?: DiskImage;
  readonly services?: readonly GuestService[];
  /** Wait for a saved state over QMP instead of booting. */
  readonly incoming: boolean;
}

/** Size of one flash bank of the `virt` machine: QEMU takes no image of another size. */
export const FLASH_BYTES = 64 * 1024 * 1024;

/** Sector size of write logs, the only one that `recordWrites` produces. */
export const LOG_SECTOR_BYTES = 512;

/** PCI device numbers. The boot script finds the watchdog at 00:02.0, so none of these may move. */
const PCI_ADDRESS = { watchdog: 2, disk: 3, payload: 4, random: 5, network: 6 } as const;

/** The network card's name in QMP. */
export const NETWORK_CARD = 'nic';

/** An instruction takes two to this power nanoseconds. */
const INSTRUCTION_SHIFT = 2;

const MEMORY_MIB_LIMIT = 8192;
const CPU_LIMIT = 8;
const PORT_LIMIT = 65535;

type BlockNode = Readonly<Record<string, unknown>>;

/** The arguments of `qemu-system-aarch64` for one run; the machine waits in preconfig state with QMP on descriptor 3. */
export function qemuArguments(plan: QemuPlan): string[] {
  checkRange('memoryMiB', plan.memoryMiB, MEMORY_MIB_LIMIT);
  checkRange('cpus', plan.cpus, CPU_LIMIT);
  const logfile = escapeCommas(plan.serialLog);
  return [
    ...['-nodefaults', '-display', 'none'],
    // Without ACPI the power button is in the device tree, where Linux without EFI finds it.
    ...['-machine', `virt,acpi=off${plan.flash === undefined ? '' : ',pflash1=flash1'}`],
    ...['-accel', plan.accelerator],
    // The clock that Linux takes the date from goes with the rest of the machine, or a reboot would jump to the host's time.
    ...(plan.clock === 'instructions' && plan.accelerator === 'tcg'
      ? ['-icount', `shift=${INSTRUCTION_SHIFT}`, '-rtc', 'base=utc,clock=vm']
      : []),
    ...['-cpu', plan.accelerator === 'kvm' ? 'host' : 'cortex-a72'],
    ...['-m', String(plan.memoryMiB), '-smp', String(plan.cpus)],
    ...['-bios', plan.firmware],
    ...['-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `pty,id=serial0,logfile=${logfile},logappend=on`, '-serial', 'chardev:serial0'],
    // The serial port is created only when preconfig ends. A pty that is open by then is seen as connected at once;
    // otherwise QEMU looks for a reader once a second, and drops what does not fit into the pty meanwhile.
    ...['-S', '-preconfig'],
    ...(plan.incoming ? ['-incoming', 'defer'] : []),
    ...networkArguments(plan),
    ...(plan.watchdog ? ['-device', `i6300esb,addr=${PCI_ADDRESS.watchdog}`, '-action', 'watchdog=reset'] : []),
    ...(plan.flash === undefined ? [] : block(flashNode(plan.flash))),
    ...diskArguments(plan),
    ...(plan.payload === undefined ? [] : payloadArguments(plan.payload)),
    ...['-device', `virtio-rng-pci,addr=${PCI_ADDRESS.random}`],
  ];
}

function networkArguments({ network, services = [] }: QemuPlan): string[] {
  if (!network) {
    if (services.length === 0) return ['-nic', 'none'];
    throw new MachineError('bad-argument', 'cannot give services to a machine without a network');
  }
  const forwards = services.map(({ address, port, hostPort }) => {
    checkRange('port', port, PORT_LIMIT);
    checkRange('hostPort', hostPort, PORT_LIMIT);
    if (!/^10\.0\.2\.\d{1,3}$/.test(address))
      throw new MachineError(
        'bad-argument',
        `cannot offer a service at ${address}: the guest's network is 10.0.2.0/24`,
      );
    // One process for each connection: a service may come, go and come again while the machine runs.
    return `,guestfwd=tcp:${address}:${port}-cmd:busybox nc 127.0.0.1 ${hostPort}`;
  });
  return [
    ...['-netdev', `user,id=net,ipv6=off,restrict=on${forwards.join('')}`],
    // Without its boot ROM, which is of another package.
    ...['-device', `virtio-net-pci,id=${NETWORK_CARD},netdev=net,addr=${PCI_ADDRESS.network},romfile=`],
  ];
}

function diskArguments({ disk, recordWrites }: QemuPlan): string[] {
  if (disk === undefined) {
    if (recordWrites === undefined) return [];
    throw new MachineError('bad-argument', 'cannot record writes of a machine that has no disk');
  }
  const device = ['-device', `virtio-blk-pci,drive=disk,addr=${PCI_ADDRESS.disk}`];
  if (recordWrites === undefined) return [...block(imageNode('disk', disk, false)), ...device];
  return [
    ...block(imageNode('disk-image', disk, false)),
    ...block({ driver: 'file', 'node-name': 'disk-log', filename: recordWrites, cache: CACHE }),
    ...block({
      driver: 'blklogwrites',
      'node-name': 'disk',
      file: 'disk-image',
      log: 'disk-log',
      'log-sector-size': LOG_SECTOR_BYTES,
      // The number of entries is then right after each write, also when QEMU is killed.
      'log-super-update-interval': 1,
    }),
    ...device,
  ];
}

function payloadArguments(payload: DiskImage): string[] {
  const device = ['-device', `virtio-blk-pci,drive=payload,addr=${PCI_ADDRESS.payload}`];
  return [...block(imageNode('payload', payload, true)), ...device];
}

/** The host's page cache survives even SIGKILL, so a guest's flush need not become an fsync of the host. */
const CACHE = { 'no-flush': true } as const;

function imageNode(name: string, { file, format }: DiskImage, readOnly: boolean): BlockNode {
  return {
    driver: format,
    'node-name': name,
    'read-only': readOnly,
    file: { driver: 'file', filename: file, cache: CACHE },
  };
}

function flashNode(file: string): BlockNode {
  // Read only: U-Boot's environment in flash is a constant of the image, and QEMU writes a writable bank's whole
  // 64 MiB back when it restores a saved state.
  return { driver: 'raw', 'node-name': 'flash1', 'read-only': true, file: { driver: 'file', filename: file } };
}

function block(node: BlockNode): string[] {
  return ['-blockdev', JSON.stringify(node)];
}

function escapeCommas(path: string): string {
  return path.replaceAll(',', ',,');
}

function checkRange(name: string, value: number, limit: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= limit) return;
  throw new MachineError('bad-argument', `cannot use ${name} ${value}: give a whole number from 1 to ${limit}`);
}
