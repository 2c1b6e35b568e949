/** The systemd port over D-Bus: org.freedesktop.systemd1(5) and org.freedesktop.login1(5). */
import { type BusConnection, type BusSignal, connect, unwrap, variant } from './dbus.ts';
import type { KillWhom, Systemd, SystemdJob, SystemdOptions, UnitDetails, UnitFilter, UnitState } from './systemd.ts';
import { SystemdError } from './systemd-error.ts';

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';
const SYSTEMD = 'org.freedesktop.systemd1';
const MANAGER_PATH = '/org/freedesktop/systemd1';
const MANAGER = `${SYSTEMD}.Manager`;
const JOB_REMOVED = `type='signal',sender='${SYSTEMD}',path='${MANAGER_PATH}',interface='${MANAGER}',member='JobRemoved'`;

/** Ends of jobs that nobody has asked for yet: systemd may end a job before its path is known here. */
const MAX_UNCLAIMED = 256;

class DbusSystemd implements Systemd {
  readonly #options: SystemdOptions;
  #connection: BusConnection | undefined;
  #subscribed: Promise<void> | undefined;
  /** Job path -> result, for ended jobs. */
  readonly #unclaimed = new Map<string, string>();
  /** Job path -> who waits for its end. */
  readonly #waiting = new Map<string, (result: string) => void>();

  constructor(options: SystemdOptions) {
    this.#options = options;
  }

  async unitState(name: string): Promise<UnitDetails> {
    const [path] = await this.#manager('LoadUnit', 's', [name]);
    const get = async (kind: string, property: string): Promise<unknown> =>
      await this.#property(String(path), `${SYSTEMD}.${kind}`, property);
    const unit = ['LoadState', 'ActiveState', 'SubState', 'TriggeredBy'];
    const service = name.endsWith('.service') ? ['Type', 'Result', 'NRestarts', 'MainPID'] : [];
    const [loadState, activeState, subState, triggeredBy, ...rest] = await Promise.all([
      ...unit.map((property) => get('Unit', property)),
      ...service.map((property) => get('Service', property)),
    ]);
    const [type, result, restarts, mainPid] = rest;
    return {
      name,
      loadState: String(loadState),
      activeState: String(activeState),
      subState: String(subState),
      triggeredBy: Array.isArray(triggeredBy) ? triggeredBy.map(String) : [],
      ...(service.length > 0 && {
        service: { type: String(type), result: String(result), restarts: Number(restarts), mainPid: Number(mainPid) },
      }),
    };
  }

  async listUnits({ states = [], patterns = [] }: UnitFilter = {}): Promise<UnitState[]> {
    const [units] = await this.#manager('ListUnitsByPatterns', 'asas', [[...states], [...patterns]]);
    return rows(units).map(([name, , loadState, activeState, subState]) => ({
      name: String(name),
      loadState: String(loadState),
      activeState: String(activeState),
      subState: String(subState),
    }));
  }

  async serviceRestarts(name: string): Promise<number> {
    // systemd loads a unit that is asked for by its path, too.
    return Number(await this.#property(unitPath(name), `${SYSTEMD}.Service`, 'NRestarts'));
  }

  async jobs(): Promise<SystemdJob[]> {
    const [jobs] = await this.#manager('ListJobs');
    return rows(jobs).map(([id, unit, type, state]) => ({
      id: Number(id),
      unit: String(unit),
      type: String(type),
      state: String(state),
    }));
  }

  async systemState(): Promise<string> {
    return String(await this.#property(MANAGER_PATH, MANAGER, 'SystemState'));
  }

  async startedSeconds(): Promise<number> {
    return Number(await this.#property(MANAGER_PATH, MANAGER, 'UserspaceTimestampMonotonic')) / 1_000_000;
  }

  async defaultTarget(): Promise<string> {
    // An alias; `Id` is the name of the unit that it leads to.
    const [path] = await this.#manager('LoadUnit', 's', ['default.target']);
    return String(await this.#property(String(path), `${SYSTEMD}.Unit`, 'Id'));
  }

  async startUnit(name: string): Promise<string> {
    return await this.#job('StartUnit', name);
  }

  async stopUnit(name: string): Promise<string> {
    return await this.#job('StopUnit', name);
  }

  async killUnit(name: string, whom: KillWhom, signal: number): Promise<void> {
    await this.#manager('KillUnit', 'ssi', [name, whom, signal]);
  }

  async resetFailed(name: string): Promise<void> {
    await this.#manager('ResetFailedUnit', 's', [name]);
  }

  async reload(): Promise<void> {
    await this.#manager('Reload');
  }

  async setRuntimeWatchdog(usec: number): Promise<void> {
    await this.#call({
      destination: SYSTEMD,
      path: MANAGER_PATH,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Set',
      signature: 'ssv',
      body: [MANAGER, 'RuntimeWatchdogUSec', variant('t', BigInt(usec))],
    });
  }

  async reboot(): Promise<void> {
    const interactive = false; // nobody is there to answer polkit
    await this.#call({
      destination: 'org.freedesktop.login1',
      path: '/org/freedesktop/login1',
      interface: 'org.freedesktop.login1.Manager',
      member: 'Reboot',
      signature: 'b',
      body: [interactive],
    });
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Queues a job and waits for its end. Listening begins before the call: a short job ends before its path is known. */
  async #job(member: 'StartUnit' | 'StopUnit', unit: string): Promise<string> {
    const connection = this.#live();
    this.#subscribed ??= this.#subscribe();
    await this.#subscribed;
    const [answer] = await this.#manager(member, 'ss', [unit, 'replace']);
    const path = String(answer);
    const early = this.#unclaimed.get(path);
    this.#unclaimed.delete(path);
    if (early !== undefined) return early;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting.set(path, resolve);
    const timeoutMs = this.#options.jobTimeoutMs ?? 120_000;
    const timer = setTimeout(() => {
      reject(new SystemdError('timeout', `cannot wait for ${member} of ${unit}: not done within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      return await Promise.race([promise, connection.lost]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(path);
    }
  }

  /** Once per connection: systemd refuses a second Subscribe. */
  async #subscribe(): Promise<void> {
    const bus = 'org.freedesktop.DBus';
    const path = '/org/freedesktop/DBus';
    const body = [JOB_REMOVED];
    await this.#call({ destination: bus, path, interface: bus, member: 'AddMatch', signature: 's', body });
    await this.#manager('Subscribe');
  }

  #signalled({ interface: name, member, body }: BusSignal): void {
    if (name !== MANAGER || member !== 'JobRemoved') return;
    const [, path, , result] = body.map(String);
    if (path === undefined || result === undefined) return;
    const waiter = this.#waiting.get(path);
    if (waiter !== undefined) {
      waiter(result);
      return;
    }
    this.#unclaimed.set(path, result);
    const [oldest] = this.#unclaimed.keys();
    if (this.#unclaimed.size > MAX_UNCLAIMED && oldest !== undefined) this.#unclaimed.delete(oldest);
  }

  /** The connection, a new one if there is none or the old one has ended. */
  #live(): BusConnection {
    if (this.#connection !== undefined && !this.#connection.ended) return this.#connection;
    this.#subscribed = undefined;
    this.#connection = connect({
      address: this.#options.address ?? process.env['DBUS_SYSTEM_BUS_ADDRESS'] ?? SYSTEM_BUS,
      timeoutMs: this.#options.timeoutMs ?? 25_000,
      onSignal: (signal) => this.#signalled(signal),
    });
    return this.#connection;
  }

  async #call(call: Parameters<BusConnection['call']>[0]): Promise<readonly unknown[]> {
    return await this.#live().call(call);
  }

  async #manager(member: string, signature = '', body: readonly unknown[] = []): Promise<readonly unknown[]> {
    return await this.#call({ destination: SYSTEMD, path: MANAGER_PATH, interface: MANAGER, member, signature, body });
  }

  async #property(path: string, of: string, name: string): Promise<unknown> {
    const properties = 'org.freedesktop.DBus.Properties';
    const body = [of, name];
    const call = { destination: SYSTEMD, path, interface: properties, member: 'Get', signature: 'ss', body };
    return unwrap((await this.#call(call))[0]);
  }
}

/** The object of a unit: its name with all but letters and digits escaped, as sd_bus_path_encode(3) does. */
function unitPath(name: string): string {
  const escaped = name.replace(/[^A-Za-z]/g, (char, at: number) =>
    /\d/.test(char) && at > 0 ? char : `_${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `${MANAGER_PATH}/unit/${escaped}`;
}

function rows(value: unknown): readonly (readonly unknown[])[] {
  return Array.isArray(value) ? value.filter(Array.isArray) : [];
}

/** The systemd on a bus; connected to on the first call, and again after the connection was lost. */
export function systemdOverDbus(options: SystemdOptions = {}): Systemd {
  return new DbusSystemd(options);
}
