/** What a snap's meta/snap.yaml says, as plain data. Maps have the snap's own names as keys, in their order. */
import type { Epoch } from './epoch.ts';

export const TYPES = ['app', 'kernel', 'base', 'os', 'gadget', 'snapd'] as const;
export const CONFINEMENTS = ['strict', 'devmode', 'classic'] as const;
export const DAEMON_SCOPES = ['system', 'user'] as const;
export const COMPONENT_TYPES = ['test', 'standard', 'kernel-modules'] as const;

export type SnapType = (typeof TYPES)[number];
export type Confinement = (typeof CONFINEMENTS)[number];
export type Grade = 'stable' | 'devel';
export type DaemonScope = (typeof DAEMON_SCOPES)[number];
export type ComponentType = (typeof COMPONENT_TYPES)[number];

/** Name and value of a variable; in this order they are set. */
export type Variable = readonly [name: string, value: string];

/** Nanoseconds, as snapd counts; may be negative until it was checked. */
export type Duration = number;

/** What an attribute of a plug or slot can be. */
export type Attribute = string | boolean | number | readonly Attribute[] | Attributes;
export type Attributes = { readonly [name: string]: Attribute };

export interface SnapInfo {
  readonly name: string;
  readonly version: string;
  readonly type: SnapType;
  /** Debian's names, or "all"; never empty. */
  readonly architectures: readonly string[];
  /** As given: undefined stands for `core` in apps, "none" for no base at all. */
  readonly base: string | undefined;
  readonly epoch: Epoch;
  readonly confinement: Confinement;
  /** Matters to stores; a word that is unknown counts as `devel`. */
  readonly grade: Grade;
  readonly title: string;
  readonly summary: string;
  readonly description: string;
  readonly license: string;
  /** "" stands for `global-upload`. */
  readonly provenance: string;
  /** Sorted. */
  readonly assumes: readonly string[];
  readonly environment: readonly Variable[];
  readonly apps: ReadonlyMap<string, App>;
  readonly hooks: ReadonlyMap<string, Hook>;
  readonly plugs: ReadonlyMap<string, Plug>;
  readonly slots: ReadonlyMap<string, Slot>;
  /** By path. */
  readonly layout: ReadonlyMap<string, Layout>;
  readonly systemUsernames: ReadonlyMap<string, SystemUsername>;
  readonly links: ReadonlyMap<string, readonly string[]>;
  readonly components: ReadonlyMap<string, Component>;
  /** The old kind of alias: its name, and the app that it calls. */
  readonly legacyAliases: ReadonlyMap<string, string>;
  /** Plugs and slots that were left out, and why. */
  readonly badInterfaces: ReadonlyMap<string, string>;
}

/** A command or, with a `daemon`, a service. Texts that were not given are "". */
export interface App {
  readonly name: string;
  readonly command: string;
  readonly commandChain: readonly string[];
  readonly aliases: readonly string[];
  readonly commonId: string;
  readonly completer: string;
  readonly autostart: string;
  readonly environment: readonly Variable[];
  /** Names of plugs and slots bound to it, sorted. */
  readonly plugs: readonly string[];
  readonly slots: readonly string[];
  /** systemd's word for how it starts; "" in what is no service. */
  readonly daemon: string;
  readonly daemonScope: DaemonScope | '';
  readonly stopCommand: string;
  readonly reloadCommand: string;
  readonly postStopCommand: string;
  /** 0 where none was given, here and below. */
  readonly stopTimeout: Duration;
  readonly startTimeout: Duration;
  readonly watchdogTimeout: Duration;
  readonly restartDelay: Duration;
  readonly restartCondition: string;
  readonly successExitStatus: readonly string[];
  readonly stopMode: string;
  readonly refreshMode: string;
  readonly installMode: string;
  readonly after: readonly string[];
  readonly before: readonly string[];
  readonly busName: string;
  /** Names of slots, in the order given. */
  readonly activatesOn: readonly string[];
  readonly sockets: ReadonlyMap<string, Socket>;
  /** Its schedule as it was written. */
  readonly timer: string;
}

export interface Socket {
  readonly listenStream: string;
  /** 0 where none was given. */
  readonly mode: number;
}

export interface Hook {
  readonly name: string;
  readonly plugs: readonly string[];
  readonly slots: readonly string[];
  readonly environment: readonly Variable[];
  readonly commandChain: readonly string[];
}

/** One end of a connection. */
export interface Plug {
  readonly name: string;
  readonly interface: string;
  readonly label: string;
  readonly attrs: Attributes;
  /** Bound to all apps and hooks, as none of them names it. */
  readonly unscoped: boolean;
  /** Names of what it is bound to, sorted. */
  readonly apps: readonly string[];
  readonly hooks: readonly string[];
}

export type Slot = Plug;

export interface Layout {
  readonly path: string;
  /** Exactly one of these four says what appears there; the others are "". */
  readonly bind: string;
  readonly bindFile: string;
  readonly symlink: string;
  readonly type: string;
  readonly user: string;
  readonly group: string;
  readonly mode: number;
}

export interface SystemUsername {
  readonly scope: string;
  readonly attrs: Attributes;
}

export interface Component {
  readonly name: string;
  /** "" where none was given. */
  readonly type: ComponentType | '';
  readonly summary: string;
  readonly description: string;
  readonly hooks: ReadonlyMap<string, Hook>;
}

export function isService(app: Pick<App, 'daemon'>): boolean {
  return app.daemon !== '';
}
