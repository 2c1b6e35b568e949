/**
 * A device under test: the machine, what an operator types on its console, and what it says of itself. Every wait is for
 * something the device says or does.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Machine } from '../../../images/qemu/machine.ts';
import { Status } from './status.ts';

/** Longest a boot to the shell may take under a loaded emulator, ms. */
const BOOT_MS = 240_000;
/** Longest a trial may take from the command to the next good boot, ms: its deadline, both boots, and a margin. */
const TRIAL_MS = 420_000;

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
    await this.machine.console.expect('holdfast# ', { timeoutMs: BOOT_MS });
    await this.machine.console.run('systemctl is-system-running --wait', { timeoutMs: BOOT_MS });
    const answered = await this.machine.console.run('holdfast status', { timeoutMs: BOOT_MS });
    if (answered.status !== 0) throw new Error(`the daemon does not answer: ${answered.output}`);
  }

  async run(command: string): Promise<string> {
    const { output, status } = await this.machine.console.run(command, { timeoutMs: BOOT_MS });
    if (status !== 0) throw new Error(`cannot run ${command} on the device: status ${status}: ${output}`);
    return output;
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
    await this.machine.console.send(`holdfast install /mnt/${name}.snap\n`);
  }

  /** After `install` of a good snap: the trial boots and is confirmed. */
  async confirmed(): Promise<TrialRun> {
    const { console, serialLog } = this.machine;
    const after = this.machine.events.length;
    const { size } = await stat(serialLog);
    await console.expect('holdfast: rule=try', { timeoutMs: TRIAL_MS });
    await console.expect('holdfast# ', { timeoutMs: BOOT_MS });
    await console.run('systemctl is-system-running --wait', { timeoutMs: BOOT_MS });
    await this.settled();
    // From the log, as what comes between commands is passed over on the console.
    const said = (await readFile(serialLog)).subarray(size).toString();
    const during = said.slice(said.indexOf('holdfast: rule=try') + 'holdfast: rule=try'.length);
    return { during, watchdog: this.#sawWatchdog(after), status: await this.status() };
  }

  /** After `install` of a broken snap: the trial starts, fails, and the good set boots. */
  async reverted(): Promise<TrialRun> {
    const { console } = this.machine;
    const after = this.machine.events.length;
    await console.expect('holdfast: rule=try', { timeoutMs: TRIAL_MS });
    const { before } = await console.expect(/holdfast: rule=(?!try)[a-z-]+/, { timeoutMs: TRIAL_MS });
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
    await this.machine.console.run('holdfast watch', { timeoutMs: TRIAL_MS });
  }

  /**
   * After a start of unknown outcome: waits until nothing is tried any more. A trial that is armed again by the device
   * itself takes it through another boot, hence the few rounds.
   */
  async settledStatus(): Promise<Status> {
    for (let round = 0; round < 4; round++) {
      await this.ready();
      await this.machine.console.send('holdfast watch; echo over-$?\n');
      const { text, before } = await this.machine.console.expect(/over-\d+|U-Boot 20\d\d/, { timeoutMs: TRIAL_MS });
      if (!text.startsWith('over-')) continue;
      if (before.includes('The device reboots now')) {
        await this.machine.console.expect(/U-Boot 20\d\d/, { timeoutMs: BOOT_MS });
        continue;
      }
      const status = await this.status();
      if (!status.hasTrial) return status;
    }
    throw new Error('the device does not come to rest: a trial is still open after four boots');
  }

  /** Waits until the daemon has said this in the present boot. */
  async heard(pattern: RegExp): Promise<void> {
    const { console } = this.machine;
    await console.send('journalctl --unit=holdfast.service --boot --lines=all --output=cat --follow &\n');
    await console.expect(pattern, { timeoutMs: TRIAL_MS });
    await this.run('kill $!');
  }

  #sawWatchdog(after: number): boolean {
    return this.machine.events
      .list()
      .slice(after)
      .some((event) => event.name === 'WATCHDOG');
  }
}
