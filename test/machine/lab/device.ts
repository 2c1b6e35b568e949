/**
 * A device under test: the machine, what an operator types on its console, and what it says of itself. Every wait is for
 * something the device says or does.
 */
import { readFile, stat } from 'node:fs/promises';
import type { ConsoleMatch } from '../../../images/qemu/console.ts';
import type { Machine } from '../../../images/qemu/machine.ts';
import type { CommandResult } from '../../../images/qemu/shell.ts';
import { Status } from './status.ts';

/**
 * Longest anything may take, ms of this host, which may be busy. It only ends a test that hangs: what must come in time has
 * its deadline in the device's own time.
 */
export const WAIT_MS = 900_000;

/** What one trial showed, from the command to the shell of the boot that followed. */
export interface TrialRun {
  /** What the console said from the start of the trial until it was confirmed, or until the boot script chose again. */
  readonly during: string;
  /** The hardware watchdog reset the machine meanwhile. */
  readonly watchdog: boolean;
  readonly status: Status;
}

export class Device {
  readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Waits for the root shell, for the end of the boot, and for the daemon to answer. */
  async ready(): Promise<void> {
    await this.expect('holdfast# ');
    await this.tryRun('systemctl is-system-running --wait');
    const answered = await this.tryRun('holdfast status');
    if (answered.status !== 0) throw new Error(`the daemon does not answer: ${answered.output}`);
  }

  /** Waits for something on the console. */
  expect(pattern: string | RegExp): Promise<ConsoleMatch> {
    return this.machine.console.expect(pattern, { timeoutMs: WAIT_MS });
  }

  /** Runs a command that may fail. */
  tryRun(command: string): Promise<CommandResult> {
    return this.machine.console.run(command, { timeoutMs: WAIT_MS });
  }

  async run(command: string): Promise<string> {
    const { output, status } = await this.tryRun(command);
    if (status !== 0) throw new Error(`cannot run ${command} on the device: status ${status}: ${output}`);
    return output;
  }

  /** The time by the device's clock, milliseconds since 1970. A machine that is switched on begins with the host's. */
  async clock(): Promise<number> {
    return Number(await this.run('date +%s%3N'));
  }

  /**
   * What a command prints, exactly: `run` would take the kernel's messages out of it, which a panic's text consists of. The
   * console shows it as it is, too.
   */
  async ask(command: string): Promise<string> {
    const output = await this.run(
      `${command} > /run/answer; s=$?; cat /run/answer; echo; echo base64:; base64 /run/answer; exit $s`,
    );
    return Buffer.from(output.slice(output.lastIndexOf('base64:') + 'base64:'.length), 'base64').toString();
  }

  async status(): Promise<Status> {
    return Status.parse(await this.ask('holdfast status --json'));
  }

  /** Makes the payload's snaps available under /mnt. */
  async mountPayload(): Promise<void> {
    await this.run('mountpoint -q /mnt || mount -t squashfs -o ro /dev/vdb /mnt');
  }

  /** Types `holdfast install` and waits until the boot script has chosen what boots next. */
  async install(name: string): Promise<void> {
    await this.machine.console.send(`holdfast install --dangerous /mnt/${name}.snap\n`);
  }

  /** After `install` of a good snap: the trial boots and is confirmed. */
  async confirmed(): Promise<TrialRun> {
    const { serialLog } = this.machine;
    const after = this.machine.events.length;
    const { size } = await stat(serialLog);
    await this.expect('holdfast: rule=try');
    await this.expect('holdfast# ');
    await this.tryRun('systemctl is-system-running --wait');
    await this.settled();
    // From the log, as what comes between commands is passed over on the console.
    const said = (await readFile(serialLog)).subarray(size).toString();
    const during = said.slice(said.indexOf('holdfast: rule=try') + 'holdfast: rule=try'.length);
    return { during, watchdog: this.#sawWatchdog(after), status: await this.status() };
  }

  /** After `install` of a broken snap: the trial starts, fails, and the good set boots. */
  async reverted(): Promise<TrialRun> {
    const after = this.machine.events.length;
    await this.expect('holdfast: rule=try');
    const { before } = await this.expect(/holdfast: rule=(?!try)[a-z-]+/);
    const watchdog = this.#sawWatchdog(after);
    await this.backToGood();
    return { during: before, watchdog, status: await this.status() };
  }

  /** The good set boots, and the outcome of the trial is written down. */
  async backToGood(): Promise<void> {
    await this.ready();
    await this.settled();
  }

  /** Waits until the change that was asked for last is over. */
  async settled(): Promise<void> {
    // Its exit status is the change's own: a reverted one is an error, and that is what is looked at afterwards.
    await this.tryRun('holdfast watch');
  }

  /**
   * After a start of unknown outcome: waits until nothing is tried any more. A trial that is armed again by the device
   * itself takes it through another boot, hence the few rounds.
   */
  async settledStatus(): Promise<Status> {
    for (let round = 0; round < 4; round++) {
      await this.expect('holdfast# ');
      // In one line: the device may reboot at any moment to start an interrupted trial again, and what is typed then is lost.
      const wait = 'systemctl is-system-running --wait > /dev/null; holdfast status > /dev/null';
      await this.machine.console.send(`${wait}; holdfast watch; echo over-$?\n`);
      const { text, before } = await this.expect(/over-\d+|U-Boot 20\d\d/);
      if (!text.startsWith('over-')) continue;
      if (before.includes('The device reboots now')) {
        await this.expect(/U-Boot 20\d\d/);
        continue;
      }
      const status = await this.status();
      if (!status.hasTrial) return status;
    }
    throw new Error('the device does not come to rest: a trial is still open after four boots');
  }

  /** Waits until the daemon has said this in the present boot. */
  async heard(pattern: RegExp): Promise<void> {
    await this.machine.console.send('journalctl --unit=holdfast.service --boot --lines=all --output=cat --follow &\n');
    await this.expect(pattern);
    await this.run('kill $!');
  }

  #sawWatchdog(after: number): boolean {
    return this.machine.events
      .list()
      .slice(after)
      .some((event) => event.name === 'WATCHDOG');
  }
}
