/** For tests: a systemd that knows the unit files of a directory, and what of them it has read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemdError } from '../../system/systemd-error.ts';
import { FakeSystemd } from '../../system/systemd-fake.ts';
import type { LifeSystemd } from './world.ts';

export class UnitFileSystemd extends FakeSystemd {
  /** Units that do not start. */
  readonly broken = new Set<string>();
  readonly #root: string;
  /** Unit files as they were when they were read. */
  readonly #read = new Map<string, string>();

  constructor(root: string) {
    super();
    this.#root = root;
    this.onStart = (name) => this.#start(name);
  }

  get #folder(): string {
    return join(this.#root, 'etc/systemd/system');
  }

  isActive(name: string): boolean {
    return this.units.get(name)?.activeState === 'active';
  }

  /** Names of all that is active, or has failed. */
  active(): readonly string[] {
    const units = [...this.units.values()].filter(({ activeState }) => activeState !== 'inactive');
    return units.map(({ name, activeState }) => `${name} ${activeState}`).toSorted();
  }

  override async startUnit(name: string): Promise<string> {
    this.#load(name);
    return super.startUnit(name);
  }

  override async reload(): Promise<void> {
    await super.reload();
    const there = existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    const names = there.filter((name) => /\.(service|socket|timer|mount)$/.test(name));
    for (const name of [...this.#read.keys()]) if (!names.includes(name)) this.#forget(name);
    for (const name of names) {
      const text = textOf(join(this.#folder, name));
      if (text === undefined) continue;
      this.#read.set(name, text);
      if (!this.units.has(name)) this.set(name, { activeState: 'inactive', subState: 'dead' });
    }
  }

  /** What the real one does when the machine starts: reads its files, and starts what is enabled, mounts first. */
  async boot(): Promise<void> {
    await this.reload();
    const wants = existsSync(this.#folder) ? readdirSync(this.#folder).filter((name) => name.endsWith('.wants')) : [];
    const names = new Set(wants.flatMap((folder) => readdirSync(join(this.#folder, folder))));
    const isMount = (name: string) => name.endsWith('.mount');
    for (const name of [...[...names].filter(isMount), ...[...names].filter((name) => !isMount(name))]) {
      if (this.#read.has(name)) await this.startUnit(name);
    }
  }

  /** What runs goes on without its file. */
  #forget(name: string): void {
    this.#read.delete(name);
    if (this.units.get(name)?.activeState === 'inactive') this.units.delete(name);
  }

  /** A unit that was never heard of is read when it is wanted. */
  #load(name: string): void {
    const path = join(this.#folder, name);
    const text = existsSync(path) ? textOf(path) : undefined;
    const read = this.#read.get(name);
    if (read !== undefined && text !== undefined && read !== text) {
      throw new Error(`${name} has changed, and systemd was not told`);
    }
    if (text === undefined) return;
    this.#read.set(name, text);
    if (!this.units.has(name)) this.set(name, { activeState: 'inactive', subState: 'dead' });
  }

  #start(name: string): string {
    const text = this.#read.get(name);
    if (text === undefined) throw new SystemdError('no-such-unit', `cannot start ${name}: no such unit`);
    const what = /^What=(.*)$/m.exec(text)?.[1];
    const needs = /^Requires=(.*)$/m.exec(text)?.[1];
    if (needs !== undefined && !this.isActive(needs)) return 'dependency';
    if (this.broken.has(name) || (what !== undefined && !existsSync(join(this.#root, what)))) {
      this.become(name, 'failed', 'failed');
      return 'failed';
    }
    return this.become(name, 'active', 'running');
  }

  /** The same, for a daemon that asks nothing any more once it is dead. */
  whileAlive(isAlive: () => boolean): LifeSystemd {
    const alive = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (!isAlive()) throw new Error('the power is cut');
        return call(...args);
      };
    };
    return {
      listUnits: alive((filter) => this.listUnits(filter)),
      startUnit: alive((name: string) => this.startUnit(name)),
      stopUnit: alive((name: string) => this.stopUnit(name)),
      killUnit: alive((name, whom, signal) => this.killUnit(name, whom, signal)),
      resetFailed: alive((name: string) => this.resetFailed(name)),
      reload: alive(() => this.reload()),
    };
  }
}

/** `undefined` where the medium does not give it: systemd goes on without that unit. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return undefined;
    throw error;
  }
}
