import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DiskImage,
  FLASH_BYTES,
  type GuestService,
  type MachineShape,
  NETWORK_CARD,
  type QemuPlan,
  qemuArguments,
} from './arguments.ts';
import { Console } from './console.ts';
import { MachineError, reasonOf } from './error.ts';
import { EventLog, type EventWait, type MachineEvent } from './events.ts';
import { describeExit, type Exit, startTool, type Tool } from './process.ts';
import { copyPadded, createOverlay, moveSparse } from './qemu-img.ts';
import { QmpClient } from './qmp.ts';
import { memoryUri, type SavedState, statePaths, writeState } from './saved-state.ts';
import { openSerial, type SerialLine } from './serial.ts';
import { SerialWitness } from './serial-witness.ts';

/** What a machine is made of. */
export interface MachineConfig extends Partial<MachineShape> {
  /** The machine's own folder, made if need be: `serial.log`, `flash.img`, overlays. Removing it is the caller's. */
  readonly directory: string;
  /** Written by the guest: give an overlay (`createOverlay`) of what must stay. */
  readonly disk?: DiskImage;
  /** U-Boot's environment as it lies at the start of flash bank 1, up to 64 MiB; copied, and read only for the guest. */
  readonly flash?: string;
  /** A second disk, which the guest can only read. */
  readonly payload?: DiskImage;
  /** What the guest reaches over its network card, which is the shape's `network`. */
  readonly services?: readonly GuestService[];
  /** Default: Debian's U-Boot (package `u-boot-qemu`). */
  readonly firmware?: string;
  /** Told everything the serial console says, as it comes. */
  readonly onSerial?: (text: string) => void;
}

export interface StartOptions {
  /**
   * Record every write and flush of this run in this file, for `replay`; what was in the file is lost. The base of the
   * replay is the disk as it is now: begin with a fresh overlay, and its backing file is that.
   */
  readonly recordWrites?: string;
}

const DEBIAN_U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin';
const DEFAULT_SHAPE: MachineShape = {
  memoryMiB: 512,
  cpus: 1,
  accelerator: 'tcg',
  clock: 'instructions',
  watchdog: true,
  network: false,
};
const QUIT_TIMEOUT_MS = 20_000;
const POWER_OFF_TIMEOUT_MS = 120_000;
const MIGRATION_TIMEOUT_MS = 120_000;
const MIGRATION_BYTES_PER_SECOND = 10_000_000_000;

/** What there is while QEMU runs. */
interface Run {
  readonly tool: Tool;
  readonly qmp: QmpClient;
  /** Settles after the console has the last bytes and all waits have been told. */
  readonly over: Promise<Exit>;
  line: SerialLine | undefined;
}

/**
 * An arm64 virtual machine (QEMU `virt`, U-Boot) with a serial console and, from power-on, a log of all it said. It can be
 * started again after it was powered off or cut. Ends with this process at the latest.
 */
export class Machine {
  readonly console: Console;
  /** All events of all runs. */
  readonly events = new EventLog();
  /** Everything the serial port ever said; QEMU itself writes it. */
  readonly serialLog: string;
  readonly #config: MachineConfig;
  readonly #shape: MachineShape;
  readonly #flash: string | undefined;
  #incoming: SavedState | undefined;
  #run: Run | undefined;
  #isSpent = false;

  private constructor(config: MachineConfig, incoming?: SavedState) {
    this.#config = config;
    this.#incoming = incoming;
    const { memoryMiB, cpus, accelerator, clock, watchdog, network } = { ...DEFAULT_SHAPE, ...config };
    this.#shape = { memoryMiB, cpus, accelerator, clock, watchdog, network };
    this.serialLog = join(config.directory, 'serial.log');
    this.#flash = config.flash === undefined ? undefined : join(config.directory, 'flash.img');
    this.console = new Console((text) => this.#running().line?.write(text) ?? Promise.resolve(), config.onSerial);
  }

  /** A machine that is off. */
  static async create(config: MachineConfig): Promise<Machine> {
    const machine = new Machine(config);
    await mkdir(config.directory, { recursive: true });
    if (config.flash !== undefined) await copyPadded(config.flash, join(config.directory, 'flash.img'), FLASH_BYTES);
    return machine;
  }

  /**
   * A machine whose first start goes on where `state` was saved, on an overlay of its disk; later starts boot from that
   * overlay. What the guest takes for the time of day stands still in between.
   */
  static async fromState(
    state: SavedState,
    config: Pick<MachineConfig, 'directory' | 'onSerial' | 'services'>,
  ): Promise<Machine> {
    const { directory } = config;
    await mkdir(directory, { recursive: true });
    const { disk: base, flash } = statePaths(state.directory);
    const disk =
      state.diskFormat === undefined
        ? undefined
        : await createOverlay({ file: base, format: state.diskFormat }, join(directory, 'disk.qcow2'));
    if (state.hasFlash) await copyPadded(flash, join(directory, 'flash.img'), FLASH_BYTES);
    return new Machine(
      {
        ...state.shape,
        ...config,
        firmware: state.firmware,
        ...(disk === undefined ? {} : { disk }),
        ...(state.hasFlash ? { flash } : {}),
        ...(state.payload === undefined ? {} : { payload: state.payload }),
      },
      state,
    );
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** The process id of QEMU, while it runs. */
  get pid(): number | undefined {
    return this.#run?.tool.pid;
  }

  /** The disk that the guest writes, if it has one. */
  get disk(): DiskImage | undefined {
    return this.#config.disk;
  }

  /**
   * Switches power on, or goes on from a saved state. The console is connected before the first instruction.
   * @throws MachineError `cannot-start` with what QEMU said; `already-running`.
   */
  async start({ recordWrites }: StartOptions = {}): Promise<void> {
    if (this.#run !== undefined) throw new MachineError('already-running', 'cannot start a machine that is running');
    if (this.#isSpent) {
      throw new MachineError('bad-argument', 'cannot start a machine that was saved: start one from its saved state');
    }
    if (recordWrites !== undefined) await writeFile(recordWrites, '');
    const plan: QemuPlan = {
      ...this.#shape,
      firmware: this.#config.firmware ?? DEBIAN_U_BOOT,
      serialLog: this.serialLog,
      incoming: this.#incoming !== undefined,
      ...(this.#flash === undefined ? {} : { flash: this.#flash }),
      ...(this.#config.disk === undefined ? {} : { disk: this.#config.disk }),
      ...(recordWrites === undefined ? {} : { recordWrites }),
      ...(this.#config.payload === undefined ? {} : { payload: this.#config.payload }),
      ...(this.#config.services === undefined ? {} : { services: this.#config.services }),
    };
    const serial = await SerialWitness.begin(this.serialLog, this.console);
    const tool = await startTool('qemu-system-aarch64', qemuArguments(plan));
    const qmp = new QmpClient(tool.qmp, (event) => this.events.append(event));
    this.console.open();
    this.events.open();
    const run: Run = { tool, qmp, line: undefined, over: tool.ended.then((exit) => this.#finish(exit, serial)) };
    this.#run = run;
    try {
      await this.#bringUp(run, serial);
    } catch (error) {
      tool.kill();
      const exit = await run.over;
      // Where QEMU ended by itself, why it did is worth more than what broke here.
      const reason = exit.signal === 'SIGKILL' ? withStderr(error, tool.stderr()) : describeExit(exit, tool.stderr());
      throw new MachineError('cannot-start', `cannot start the machine: ${reason}`, { cause: error });
    }
    this.#incoming = undefined;
  }

  async #bringUp(run: Run, serial: SerialWitness): Promise<void> {
    const { qmp } = run;
    await qmp.negotiate();
    run.line = await openSerial(ptyPath(await qmp.execute('query-chardev')), (bytes) => serial.receive(bytes));
    await qmp.execute('x-exit-preconfig');
    if (this.#incoming !== undefined) {
      await this.#migrate(qmp, 'migrate-incoming', memoryUri(this.#incoming.directory, 'load'));
    }
    await qmp.execute('cont');
  }

  async #finish(exit: Exit, serial: SerialWitness): Promise<Exit> {
    const run = this.#run;
    await serial.finish();
    const stderr = run?.tool.stderr() ?? '';
    const error = new MachineError('exited', `the machine is off: QEMU ${describeExit(exit, stderr)}`);
    run?.line?.close();
    run?.qmp.end(error);
    this.#run = undefined;
    this.console.end(error);
    this.events.end(error);
    return exit;
  }

  #running(): Run {
    if (this.#run !== undefined) return this.#run;
    throw new MachineError('not-running', 'cannot do this: the machine is off');
  }

  /** Runs a QMP command, see QEMU's QMP reference. */
  async qmp(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.#running().qmp.execute(command, args);
  }

  /** Waits for an event such as RESET or WATCHDOG; pass `after: machine.events.length`, taken before the action. */
  waitEvent(name: string, options: EventWait = {}): Promise<MachineEvent> {
    return this.events.wait(name, options);
  }

  /**
   * Waits until the machine is off, for instance after the guest was told to power off.
   * @throws MachineError `timeout`; the machine then still runs.
   */
  async waitOff({ timeoutMs = POWER_OFF_TIMEOUT_MS } = {}): Promise<void> {
    const over = this.#run?.over;
    if (over === undefined) return;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const error = new MachineError('timeout', `cannot see the machine power off within ${timeoutMs} ms`);
    const timer = setTimeout(() => reject(error), timeoutMs);
    await Promise.race([over, late]).finally(() => clearTimeout(timer));
  }

  /** Presses the power button and waits until the guest has shut down. U-Boot does not listen to it. */
  async powerOff(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    await this.qmp('system_powerdown');
    await this.waitOff(options);
  }

  /** Presses the reset button. */
  async reset(): Promise<void> {
    const after = this.events.length;
    await this.qmp('system_reset');
    await this.waitEvent('RESET', { after });
  }

  /** Plugs the network cable in or pulls it; a machine starts with it plugged in. */
  async setLink(up: boolean): Promise<void> {
    await this.qmp('set_link', { name: NETWORK_CARD, up });
  }

  /**
   * Kills QEMU. Only a smoke test of a power cut: all that the guest has written stays in the host's page cache, no write
   * is torn and none is lost. For a real cut record the writes and `replay` them up to the moment that counts.
   */
  async cutPower(): Promise<void> {
    const { tool, over } = this.#running();
    tool.kill();
    await over;
  }

  /** Ends QEMU, without asking the guest; the image files are complete afterwards. Does nothing if it is off. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    // It answers, closes the connection or says nothing: all that counts is that it ends.
    run.qmp.execute('quit').catch(() => {});
    const timer = setTimeout(() => run.tool.kill(), QUIT_TIMEOUT_MS);
    await run.over;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Saves the running machine in `directory` and ends it. Its disk moves into that folder, so this machine cannot be
   * started any more; `Machine.fromState` makes as many as are needed. The disk's backing files must stay where they are.
   */
  async saveState(directory: string): Promise<SavedState> {
    const { qmp } = this.#running();
    await mkdir(directory, { recursive: true });
    await qmp.execute('stop');
    await qmp.execute('migrate-set-parameters', { 'max-bandwidth': MIGRATION_BYTES_PER_SECOND });
    await this.#migrate(qmp, 'migrate', memoryUri(directory, 'save'));
    this.#isSpent = true;
    await this.stop();
    const paths = statePaths(directory);
    const { disk, payload } = this.#config;
    if (disk !== undefined) await moveSparse(disk.file, paths.disk);
    if (this.#flash !== undefined) await moveSparse(this.#flash, paths.flash);
    const state: SavedState = {
      directory,
      shape: this.#shape,
      firmware: this.#config.firmware ?? DEBIAN_U_BOOT,
      hasFlash: this.#flash !== undefined,
      ...(disk === undefined ? {} : { diskFormat: disk.format }),
      ...(payload === undefined ? {} : { payload }),
    };
    await writeState(state);
    return state;
  }

  async #migrate(qmp: QmpClient, command: 'migrate' | 'migrate-incoming', uri: string): Promise<void> {
    const after = this.events.length;
    await qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'events', state: true }] });
    await qmp.execute(command, { uri });
    const where = ({ data }: MachineEvent) => data['status'] === 'completed' || data['status'] === 'failed';
    const { data } = await this.waitEvent('MIGRATION', { after, where, timeoutMs: MIGRATION_TIMEOUT_MS });
    if (data['status'] === 'completed') return;
    throw new MachineError('tool-failed', `cannot ${command}: QEMU says ${JSON.stringify(data)}`);
  }
}

function withStderr(error: unknown, stderr: string): string {
  return stderr === '' ? reasonOf(error) : `${reasonOf(error)}; QEMU says: ${stderr}`;
}

/** Finds `pty:/dev/pts/N` of the serial port in the answer to `query-chardev`. */
function ptyPath(answer: unknown): string {
  const path = /"pty:([^"]+)"/.exec(JSON.stringify(answer))?.[1];
  if (path !== undefined) return path;
  throw new MachineError('qmp-protocol', 'cannot find the serial port: QEMU names no pty');
}
