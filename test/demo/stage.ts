/** Where the cases are played: the lab, the one device that lives through most of them, and the logs they leave. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from '../machine/lab/device.ts';
import { type Lab, powerOn } from '../machine/lab/lab.ts';
import { enableServices } from '../machine/lab/services.ts';
import type { OutcomeSeen, Status } from '../machine/lab/status.ts';
import { seconds } from './format.ts';
import type { Narrator } from './narrator.ts';
import { PhaseSpotter } from './phases.ts';
import { withOutcomes } from './timeline.ts';

export class Stage {
  readonly lab: Lab;
  readonly narrator: Narrator;
  /** Logs, figures, and the machines' own folders while they are used. */
  readonly folder: string;
  readonly #isVerbose: boolean;
  readonly #spotter = new PhaseSpotter();
  #device: Device | undefined;
  #log: WriteStream | undefined;
  /** Paths of the serial logs, in order. */
  readonly logs: string[] = [];
  /** What the device has said of its trials, oldest first. */
  outcomes: readonly OutcomeSeen[] = [];
  /** Seconds from power-on to the daemon's first answer, by the device's clock. */
  bootSeconds: number | undefined;
  /** Bytes that single boots wrote to the boot journal. */
  readonly journalBytes: number[] = [];

  constructor(lab: Lab, narrator: Narrator, folder: string, isVerbose: boolean) {
    this.lab = lab;
    this.narrator = narrator;
    this.folder = folder;
    this.#isVerbose = isVerbose;
  }

  /** The one device, which has been switched on by `powerOn`. */
  get device(): Device {
    if (this.#device === undefined) throw new Error('the device of the demo is not switched on');
    return this.#device;
  }

  /** Switches the one device on for the first time. */
  async powerOn(): Promise<void> {
    const directory = join(this.folder, 'device');
    await rm(directory, { recursive: true, force: true });
    const start = Date.now();
    this.#device = await powerOn(this.lab, directory, (text) => this.heard(text));
    await this.narrator.during('booting', this.device.ready());
    this.bootSeconds = ((await this.device.clock()) - start) / 1000;
    await enableServices(this.device);
    this.narrator.note(`the agent answers, ${seconds(this.bootSeconds)} after power-on`);
  }

  /** From here on the console is logged as that of this case. */
  async logTo(name: string): Promise<void> {
    await this.endLog();
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, `${name}.log`);
    this.logs.push(path);
    this.#log = createWriteStream(path);
  }

  async endLog(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    if (log !== undefined) await new Promise<void>((resolve) => log.end(resolve));
  }

  /** Keeps the serial log of another machine. */
  async keepLog(from: string, name: string): Promise<void> {
    const path = join(this.folder, `${name}.log`);
    await copyFile(from, path);
    this.logs.push(path);
  }

  /** What a serial console says: into the log, and what of it is worth telling onto the screen. */
  heard(text: string): void {
    this.#log?.write(text);
    if (this.#isVerbose) process.stdout.write(text);
    for (const phase of this.#spotter.feed(text)) {
      this.narrator.note(phase);
    }
  }

  async status(): Promise<Status> {
    const status = await this.device.status();
    this.outcomes = withOutcomes(this.outcomes, status.outcomes);
    return status;
  }

  /** After a case that did not end: the device off and on again, as its owner would do it. */
  async restart(): Promise<void> {
    const { machine } = this.device;
    await machine.stop();
    // What it said before must not be taken for what it says now.
    await machine.console.expect(/[\s\S]*$/);
    await machine.start();
    await this.narrator.during('coming to rest', this.device.settledStatus());
  }

  /** Ends the device; logs stay. */
  async close(): Promise<void> {
    await this.#device?.machine.stop();
    await this.endLog();
    await rm(join(this.folder, 'device'), { recursive: true, force: true });
  }
}
