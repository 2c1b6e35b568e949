/**
 * The systemd port: what the agent asks of PID 1 and of logind. systemd-real.ts satisfies it over D-Bus, systemd-fake.ts in
 * tests. Errors are SystemdErrors.
 */

/** org.freedesktop.systemd1(5), "Properties" of a unit. */
export interface UnitState {
  readonly name: string;
  /** `loaded`, `not-found`, `masked`, `error` ... */
  readonly loadState: string;
  /** `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`, `maintenance` ... */
  readonly activeState: string;
  /** The finer state that the kind of unit has, such as `running` or `exited`. */
  readonly subState: string;
}

export interface UnitDetails extends UnitState {
  /** The units (timers, sockets, paths) that start this one. */
  readonly triggeredBy: readonly string[];
  /** For services only. */
  readonly service?: {
    /** `simple`, `notify`, `oneshot` ... */
    readonly type: string;
    /** `success`, `exit-code`, `signal`, `watchdog`, `timeout` ... of the last run. */
    readonly result: string;
    /** How often systemd restarted it by itself. */
    readonly restarts: number;
    /** 0 while none runs. */
    readonly mainPid: number;
  };
}

export interface SystemdJob {
  readonly id: number;
  readonly unit: string;
  /** `start`, `stop`, `restart` ... */
  readonly type: string;
  /** `waiting` or `running`. */
  readonly state: string;
}

/** Narrows a list of units: this machine asks for it every few seconds, and all units are some hundred. */
export interface UnitFilter {
  /** Load, active or sub states, any of them; all where there are none. */
  readonly states?: readonly string[];
  /** Names as shell patterns, any of them; all where there are none. */
  readonly patterns?: readonly string[];
}

/** Which processes of a unit a signal is for. */
export type KillWhom = 'main' | 'all';

export interface Systemd {
  /** One unit, loaded if need be; a unit that does not exist has loadState `not-found`. */
  unitState(name: string): Promise<UnitDetails>;
  /** The units in memory that pass the filter. */
  listUnits(filter?: UnitFilter): Promise<UnitState[]>;
  /** How often systemd restarted a service by itself: one call, where `unitState` takes ten. */
  serviceRestarts(name: string): Promise<number>;
  /** The jobs that wait or run. */
  jobs(): Promise<SystemdJob[]>;
  /** `initializing`, `starting`, `running`, `degraded`, `maintenance` or `stopping`, as `systemctl is-system-running`. */
  systemState(): Promise<string>;
  /** Seconds since the kernel started, when systemd itself was started. */
  startedSeconds(): Promise<number>;
  /** The unit that default.target stands for, such as `multi-user.target`. */
  defaultTarget(): Promise<string>;
  /** Starts a unit and waits for the job's end: `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped` ... */
  startUnit(name: string): Promise<string>;
  /** Stops a unit and waits for the job's end. */
  stopUnit(name: string): Promise<string>;
  /** Sends a signal, such as 9, to the main process of a unit or to all of its processes. */
  killUnit(name: string, whom: KillWhom, signal: number): Promise<void>;
  /** Forgets that a unit has failed, and how often it was started: it may be started again, and is gone once its file is. */
  resetFailed(name: string): Promise<void>;
  /** Reads all unit files again. Takes seconds on a small device: write all units, then reload once. */
  reload(): Promise<void>;
  /** Has systemd feed the hardware watchdog with this timeout; 0 makes it let go of it. Microseconds. */
  setRuntimeWatchdog(usec: number): Promise<void>;
  /** Asks logind for a reboot with all units stopped in order. Resolves when it has been accepted. */
  reboot(): Promise<void>;
  /** Lets go of the connection; the next call makes a new one. */
  close(): void;
}

/** Has the machine come up: is the unit that default.target stands for active? */
export async function isDefaultTargetReached(systemd: Pick<Systemd, 'defaultTarget' | 'unitState'>): Promise<boolean> {
  return (await systemd.unitState(await systemd.defaultTarget())).activeState === 'active';
}

export interface SystemdOptions {
  /** The bus to connect to; the system bus if not given. */
  readonly address?: string;
  /** How long a call may take; 25 s by default, as for other D-Bus clients. */
  readonly timeoutMs?: number;
  /** How long a unit may take to start or stop; 120 s by default. */
  readonly jobTimeoutMs?: number;
}
