/** A systemd for tests: units and jobs as data, every call recorded. systemd.test.ts holds it to the one over D-Bus. */
import { matchesGlob } from 'node:path';
import type { KillWhom, Systemd, SystemdJob, UnitDetails, UnitFilter, UnitState } from './systemd.ts';
import { SystemdError } from './systemd-error.ts';

export type FakeUnit = Partial<Omit<UnitDetails, 'name'>>;

export class FakeSystemd implements Systemd {
  /** `member arguments` of each call that changes something. */
  readonly calls: string[] = [];
  readonly units = new Map<string, UnitDetails>();
  jobList: SystemdJob[] = [];
  state = 'running';
  /** Seconds of uptime. */
  started = 3.5;
  target = 'multi-user.target';
  watchdogUsec = 0;
  /** Asked before each call; an error makes it fail. */
  fail: (member: keyof Systemd, argument: string) => SystemdError | undefined = () => undefined;
  /** What starting a unit does to it; by default it becomes active. The job's result is what this answers. */
  onStart: (name: string) => string = (name) => this.become(name, 'active', 'running');
  onStop: (name: string) => string = (name) => this.become(name, 'inactive', 'dead');
  /** What a signal does to a unit; by default nothing is left of it. */
  onKill: (name: string, whom: KillWhom, signal: number) => void = (name) => this.become(name, 'inactive', 'dead');

  constructor(units: Readonly<Record<string, FakeUnit>> = {}) {
    for (const [name, unit] of Object.entries(units)) this.set(name, unit);
  }

  /** Adds or changes a unit; loaded, active and a running `simple` service unless said otherwise. */
  set(name: string, unit: FakeUnit = {}): void {
    const service = { type: 'simple', result: 'success', restarts: 0, mainPid: 0 };
    this.units.set(name, {
      ...{ name, loadState: 'loaded', activeState: 'active', subState: 'running', triggeredBy: [] },
      ...(name.endsWith('.service') && { service }),
      ...this.units.get(name),
      ...unit,
    });
  }

  become(name: string, activeState: string, subState: string): string {
    this.set(name, { activeState, subState });
    return 'done';
  }

  async unitState(name: string): Promise<UnitDetails> {
    this.#meet('unitState', name);
    const known = this.units.get(name);
    if (known !== undefined) return known;
    const service = { type: 'simple', result: 'success', restarts: 0, mainPid: 0 };
    const missing = { name, loadState: 'not-found', activeState: 'inactive', subState: 'dead', triggeredBy: [] };
    return name.endsWith('.service') ? { ...missing, service } : missing;
  }

  async listUnits({ states = [], patterns = [] }: UnitFilter = {}): Promise<UnitState[]> {
    this.#meet('listUnits');
    return [...this.units.values()]
      .map(({ name, loadState, activeState, subState }) => ({ name, loadState, activeState, subState }))
      .filter((unit) => states.length === 0 || states.some((state) => Object.values(unit).slice(1).includes(state)))
      .filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => matchesGlob(name, pattern)));
  }

  async serviceRestarts(name: string): Promise<number> {
    this.#meet('serviceRestarts', name);
    return this.units.get(name)?.service?.restarts ?? 0;
  }

  async jobs(): Promise<SystemdJob[]> {
    this.#meet('jobs');
    return [...this.jobList];
  }

  async startedSeconds(): Promise<number> {
    this.#meet('startedSeconds');
    return this.started;
  }

  async systemState(): Promise<string> {
    this.#meet('systemState');
    return this.state;
  }

  async defaultTarget(): Promise<string> {
    this.#meet('defaultTarget');
    return this.target;
  }

  async startUnit(name: string): Promise<string> {
    this.#change('startUnit', name);
    this.#known(name);
    return this.onStart(name);
  }

  async stopUnit(name: string): Promise<string> {
    this.#change('stopUnit', name);
    this.#known(name);
    return this.onStop(name);
  }

  async killUnit(name: string, whom: KillWhom, signal: number): Promise<void> {
    this.#change('killUnit', `${name} ${whom} ${signal}`);
    this.#known(name);
    this.onKill(name, whom, signal);
  }

  async resetFailed(name: string): Promise<void> {
    this.#change('resetFailed', name);
    this.#known(name);
    if (this.units.get(name)?.activeState === 'failed') this.become(name, 'inactive', 'dead');
  }

  async reload(): Promise<void> {
    this.#change('reload');
  }

  async setRuntimeWatchdog(usec: number): Promise<void> {
    this.#change('setRuntimeWatchdog', String(usec));
    this.watchdogUsec = usec;
  }

  async reboot(): Promise<void> {
    this.#change('reboot');
  }

  close(): void {}

  #known(name: string): void {
    if (!this.units.has(name)) throw new SystemdError('no-such-unit', `cannot do that to ${name}: no such unit`);
  }

  #change(member: keyof Systemd, argument = ''): void {
    this.calls.push(argument === '' ? member : `${member} ${argument}`);
    this.#meet(member, argument);
  }

  #meet(member: keyof Systemd, argument = ''): void {
    const error = this.fail(member, argument);
    if (error !== undefined) throw error;
  }
}
