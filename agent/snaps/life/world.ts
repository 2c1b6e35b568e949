/** What the tasks of a snap's life need from outside, so that tests and `--root` can give it something else. */
import type { SnapInfo } from '../../../images/snap/index.ts';
import type { Place } from '../../../images/snap/units/index.ts';
import type { Layout } from '../../boot/layout.ts';
import type { DoResult, TaskContext } from '../../engine/handler.ts';
import type { Change } from '../../engine/model.ts';
import type { Clock } from '../../system/clock.ts';
import type { Writer } from '../../system/database.ts';
import type { Disk } from '../../system/disk.ts';
import type { Systemd } from '../../system/systemd.ts';
import type { SnapSetup } from '../plan/setup.ts';
import type { Running } from '../plan/view.ts';
import type { SnapRecords } from '../record/store.ts';

export type LifeSystemd = Pick<Systemd, 'listUnits' | 'startUnit' | 'stopUnit' | 'killUnit' | 'resetFailed' | 'reload'>;

/** What a mounted revision says of itself. */
export interface MountedSnap {
  readonly info: SnapInfo;
  /** Hooks that are there and can be run, whether snap.yaml names them or not. */
  readonly hooks: ReadonlySet<string>;
}

export interface MountedSnaps {
  /** `undefined` where it is not mounted, or what is mounted cannot be read. */
  read(place: Place): Promise<MountedSnap | undefined>;
}

/** A program of a snap to be run once, with its limits. */
export interface HookRun {
  /** Absolute paths on the device: the command chain, and last the hook. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly seconds: number;
}

export interface HookEnd {
  /** `undefined` where all went well; or else why not, such as `exit status 1`. */
  readonly problem: string | undefined;
  /** The last lines that it printed. */
  readonly output: readonly string[];
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type ConfigDocument = { readonly [key: string]: Json };

/** Configuration of snaps, a document each. What is kept of an old revision goes by `<instance>/<revision>`. */
export interface SnapConfigs {
  /** Empty where nothing was ever set. */
  read(name: string): ConfigDocument;
  put(sql: Writer, name: string, document: ConfigDocument): void;
}

/**
 * The boot set's part in tasks that all types of snaps have. Each is called for every snap, also for those that do not belong
 * to it; what it returns is what the task ends with, together with what the task itself records. All are idempotent.
 */
export interface BootSetPort {
  /**
   * True for what boots, is armed, is the last good or the previous one, by any readable copy of the environment; and where
   * none can be read.
   */
  uses(place: Place): Promise<boolean>;
  /** link-snap: all of its files are in place, its record is not. The last one of a boot set arms the one trial. */
  arm(context: TaskContext, setup: SnapSetup): Promise<DoResult>;
  /** link-snap is undone: nothing of it has been taken back yet. */
  disarm(context: TaskContext, setup: SnapSetup): Promise<DoResult>;
  /** auto-connect: how did the trial end? */
  outcome(context: TaskContext, setup: SnapSetup): Promise<DoResult>;
  /** unlink-current-snap is undone: the old revision is linked again. */
  relinked(context: TaskContext, setup: SnapSetup): Promise<DoResult>;
}

export interface LifeWorld {
  readonly layout: Pick<Layout, 'root' | 'snaps' | 'digests'>;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly records: SnapRecords;
  readonly configs: SnapConfigs;
  readonly systemd: LifeSystemd;
  /** Debian's name of this machine's. */
  readonly architecture: string;
  readonly mounted: MountedSnaps;
  /** Changes that are not over. */
  openChanges(): readonly Change[];
  /** Programs of a snap that run now, services left out. */
  running(instance: string): Promise<Running | undefined>;
  /** Runs a hook to its end. Never rejects. */
  runHook(run: HookRun, signal: AbortSignal): Promise<HookEnd>;
  /** Missing where the device has no boot set to try. */
  readonly bootSet?: BootSetPort;
  /** Aliases that the publisher of a snap may set, with the app that each calls. */
  autoAliases?(instance: string): Readonly<Record<string, string>>;
}
