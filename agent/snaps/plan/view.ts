/** What plans are made from: the device as plain data and functions that only read. */
import type { Slot } from '../../../bootloader/protocol/index.ts';
import type { Confinement, Epoch, SnapType } from '../../../images/snap/index.ts';
import type { SnapRecord } from '../record/model.ts';

/** What of a revision's snap.yaml plans ask for. */
export interface SnapFacts {
  readonly name: string;
  readonly type: SnapType;
  readonly version: string;
  /** `undefined` stands for `core` in apps. */
  readonly base?: string | undefined;
  readonly epoch: Epoch;
  readonly architectures: readonly string[];
  readonly assumes: readonly string[];
  readonly confinement: Confinement;
}

/** The device and its model. */
export interface DeviceView {
  readonly classic: boolean;
  /** Debian's name. */
  readonly architecture: string;
  /** False while the device is being installed or recovered. */
  readonly runMode: boolean;
  readonly model: {
    readonly kernel?: string;
    readonly gadget?: string;
    /** The base that boots. */
    readonly base?: string;
    readonly kernelTrack?: string;
    readonly gadgetTrack?: string;
    readonly grade?: string;
  };
  /** Slots of the boot set that the boot script that runs can try. */
  readonly slots: ReadonlySet<Slot>;
  /** Kernels have their modules in a driver tree of their own (UC24 and later). */
  readonly driversTree: boolean;
  /** Why the processor lacks an instruction set that a snap assumes; `undefined` where it has it. */
  lacksIsa(isa: string): string | undefined;
}

export interface PlanOptions {
  /** `refresh.retain` as it was set; `undefined` where it was not. */
  readonly retain: unknown;
  /** `experimental.parallel-instances`. */
  readonly parallelInstances: boolean;
  /** `experimental.check-disk-space-*`: what is refused where the medium is too full. */
  readonly checkDiskSpace: { readonly install: boolean; readonly refresh: boolean; readonly remove: boolean };
  /** Removing a snap saves its data first (`snapshots.automatic.retention` is not `no`). */
  readonly automaticSnapshots: boolean;
}

/** Programs of a snap that run now. */
export interface Running {
  readonly apps: readonly string[];
  readonly hooks: readonly string[];
  readonly pids: readonly number[];
}

export interface PlanView {
  /** All installed snaps, by instance. */
  readonly records: ReadonlyMap<string, SnapRecord>;
  readonly device: DeviceView;
  readonly options: PlanOptions;
  /** Of an installed revision; `undefined` where it cannot be read. */
  facts(instance: string, revision: string): SnapFacts | undefined;
  /** The revision for the next local file of a snap: higher than all that were ever given. */
  nextLocalRevision(instance: string): string;
  /** True for what boots, is armed, is the last good or the previous one, by any readable copy of the environment. */
  isBootUsed(instance: string, revision: string): boolean;
  /** The open change that works on a snap; its kind, such as `refresh`. */
  conflict(instance: string): { readonly changeKind?: string } | undefined;
  running(instance: string): Running | undefined;
  /** Bytes that `/var/lib/snapd` can still take. */
  readonly free: number;
  /** What saving a snap's data may take; bytes. */
  snapshotSize(instance: string): number;
}
