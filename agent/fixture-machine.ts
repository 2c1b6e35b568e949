/** For tests: a machine that can be switched on, installs, reboots and loses its power, all in one process and at once. */
import { createReadStream } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { HealthPorts } from './boot/health/ports.ts';
import { calmPorts } from './boot/health/ports-calm.ts';
import type { Layout } from './boot/layout.ts';
import type { Device } from './device/device.ts';
import { openState } from './device/open-state.ts';
import type { Programs } from './device/programs.ts';
import { startDevice } from './device/start.ts';
import type { Init } from './device/world.ts';
import type { Handlers } from './engine/handler.ts';
import { architecture, powerOn } from './fixture.ts';
import { mountedInFiles } from './snaps/life/mounted.ts';
import { UnitFileSystemd } from './snaps/life/testing-systemd.ts';
import type { Clock } from './system/clock.ts';
import type { Database } from './system/database.ts';
import { Checkpoints } from './system/database-checkpoints.ts';
import { realDisk } from './system/disk-real.ts';
import type { WriteWitness } from './system/durable.ts';
import { native } from './system/native/native.ts';
import type { FakeUnit } from './system/systemd-fake.ts';
import { treeCalls } from './system/tree/calls.ts';
import { localTrees } from './system/tree/fixture-trees.ts';
import { areWorkersBusy } from './system/workers.ts';

/** A file is being read or written, or a worker has something to do. */
function isMediumBusy(): boolean {
  return (
    areWorkersBusy() || process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq') || name === 'CloseReq')
  );
}

/**
 * Time passes only where somebody sleeps, and then at once, save that it waits for the medium: a limit on a write passes only
 * where the write is really stuck. Once it stands still, who sleeps sleeps for ever.
 */
class QuickClock implements Clock {
  #ms = 20_000;
  isStill = false;
  monotonicMs = () => this.#ms;
  wallMs = () => Date.UTC(2026, 0, 1) + this.#ms;
  async sleep(ms: number): Promise<void> {
    do await turn();
    while (isMediumBusy());
    if (this.isStill) await new Promise(() => {});
    this.#ms += ms;
  }
}

export interface MachineOptions {
  readonly onWrite?: WriteWitness;
  readonly systemd?: Init;
  readonly health?: HealthPorts;
  /** Bytes that every file system has free, instead of the truth. */
  readonly free?: (path: string) => number;
  /** Takes checkpoints of its database; off unless told, as every test would start a thread for them. */
  readonly checkpoints?: boolean;
  /** What hooks answer; by default that all is well. */
  readonly runHook?: Programs['runHook'];
  /** What does tasks, in the place of the device's own. */
  readonly handlers?: (known: Handlers) => Handlers;
}

/** More turns of the event loop than any step here takes; without end a test would hang instead of failing. */
const maxTurns = 300_000;
/** Turns of the event loop without work on the medium after which nothing more is coming; a step takes a few. */
const quietTurns = 50;

/** A systemd that reads the device's unit files, with these units beside them, and what every device has. */
export function systemdOf(layout: Layout, units: Readonly<Record<string, FakeUnit>> = {}): UnitFileSystemd {
  const systemd = new UnitFileSystemd(layout.root);
  for (const [name, unit] of Object.entries({ 'default.target': {}, ...units })) systemd.set(name, unit);
  return systemd;
}

export class TestMachine {
  readonly layout: Layout;
  readonly said: string[] = [];
  /** Why it went down, by the daemon's own words; `undefined` while it is up. */
  rebooting: string | undefined;
  readonly systemd: Init;
  readonly health: HealthPorts;
  readonly #onWrite: WriteWitness;
  readonly #free: ((path: string) => number) | undefined;
  readonly #takesCheckpoints: boolean;
  readonly #runHook: Programs['runHook'];
  readonly #handlers: MachineOptions['handlers'];
  #checkpoints: Checkpoints | undefined;
  #clock = new QuickClock();
  #database: Database | undefined;
  #device: Device | undefined;

  constructor(layout: Layout, options: MachineOptions = {}) {
    this.layout = layout;
    this.#onWrite = options.onWrite ?? (() => {});
    this.#free = options.free;
    this.#runHook = options.runHook ?? (async () => ({ problem: undefined, output: [] }));
    this.#handlers = options.handlers;
    this.#takesCheckpoints = options.checkpoints ?? false;
    this.health = options.health ?? calmPorts();
    this.systemd = options.systemd ?? systemdOf(layout);
  }

  get device(): Device {
    if (this.#device === undefined) throw new Error('the machine is off');
    return this.#device;
  }

  /** Starts the daemon on what booted last. */
  async start(): Promise<Device> {
    this.stop();
    this.rebooting = undefined;
    const clock = new QuickClock();
    this.#clock = clock;
    const disk = realDisk(native(), this.#onWrite);
    const free = this.#free;
    if (free !== undefined) disk.free = async (path) => free(path);
    const state = await openState(disk, this.layout.database, { onWrite: this.#onWrite });
    const { database } = state;
    this.#database = database;
    const say = (text: string) => {
      this.said.push(text);
    };
    const now = () => new Date(clock.wallMs());
    this.#checkpoints = this.#takesCheckpoints
      ? new Checkpoints({ database, disk, options: {}, now, say }, state.newestCheckpoint)
      : undefined;
    const world = {
      layout: this.layout,
      disk,
      database,
      clock,
      uptimeSeconds: async () => clock.monotonicMs() / 1000,
      agentSeconds: () => clock.monotonicMs() / 1000 - 20,
      systemd: this.systemd,
      trees: localTrees(treeCalls(), this.#onWrite),
      programs: {
        mounted: mountedInFiles(this.layout, async () => true),
        running: async () => undefined,
        runHook: this.#runHook,
      },
      health: this.health,
      ...(this.#handlers === undefined ? {} : { handlers: this.#handlers }),
      architecture,
      reboot: async (why: string) => {
        this.rebooting = why;
      },
      say,
      status: () => {},
      checkpoint: () => this.#checkpoints?.request(),
    };
    if (this.systemd instanceof UnitFileSystemd) await this.systemd.reload();
    this.#device = await startDevice(world, state);
    return this.#device;
  }

  /** Waits until no checkpoint of the database is being taken. */
  async checkpointsTaken(): Promise<void> {
    await this.#checkpoints?.idle();
  }

  /** Time stands still until the next start: whoever waits does so for ever. */
  freeze(): void {
    this.#clock.isStill = true;
  }

  /** The daemon is gone, without a word. */
  stop(): void {
    this.freeze();
    void this.#checkpoints?.stop();
    this.#checkpoints = undefined;
    void this.#database?.close();
    this.#database = undefined;
    this.#device = undefined;
  }

  /** Waits until what had begun on the medium has ended: the directory can be removed then. */
  async quiet(): Promise<void> {
    for (let idle = 0; idle < quietTurns; idle = isMediumBusy() ? 0 : idle + 1) await turn();
  }

  /** Sends a file as a client would, and starts its installation. */
  async install(file: string) {
    const upload = await this.device.receive(createReadStream(file));
    return this.device.install(upload, file);
  }

  /** Sends several, and starts their installation in one change. */
  async installAll(files: readonly string[]) {
    const uploads = [];
    for (const title of files) uploads.push({ upload: await this.device.receive(createReadStream(title)), title });
    return this.device.request({ action: 'install', uploads, dangerous: true, flags: {} });
  }

  /** Waits until `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let turns = 0; !condition(); turns += isMediumBusy() ? 0 : 1) {
      if (turns > maxTurns) throw new Error(`nothing happened; the machine said:\n${this.said.join('\n')}`);
      await turn();
    }
  }

  /** Waits until the daemon is at rest: nothing open, or the machine is going down. */
  async settled(): Promise<'rest' | 'reboot'> {
    const isRest = () => {
      const { changes, trials, runner } = this.device.parts;
      const { judging, isAtWork } = this.device;
      return !judging && !isAtWork && changes.open().length === 0 && trials.unsettled() === undefined && !runner.busy;
    };
    await this.until(() => this.rebooting !== undefined || isRest());
    return this.rebooting === undefined ? 'rest' : 'reboot';
  }

  /** Boots as often as the daemon asks for it, and returns how often that was. */
  async bootUntilRest(): Promise<number> {
    for (let boots = 1; boots <= 10; boots++) {
      await powerOn(this.layout);
      await this.start();
      if ((await this.settled()) === 'rest') return boots;
    }
    throw new Error(`the machine does not come to rest; it said:\n${this.said.join('\n')}`);
  }
}
