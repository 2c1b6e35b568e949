/** What of a serial console is worth telling while it is awaited. */
import { plain } from './format.ts';

/** Lines that say where the device is; the first group is what is told. */
const PHASES: readonly RegExp[] = [
  /^(Mount snap .*)/,
  /^(The device reboots now)/,
  /^(error: (?!cannot perform the following tasks).*)/,
  /(reboot: (?:Restarting system|Power down).*)/,
  /^(U-Boot 20\d\d\.\d+)/,
  /^(holdfast: .*)/,
  /^(Starting kernel) \.\.\./,
  /(Initramfs unpacking failed.*)/,
  /(Kernel panic.*)/,
  /(holdfast-init: .*)/,
  /(holdfast-deadman: .*)/,
  /(fault: .*)/,
];

/** What a typed command is for, which says more than the command. */
const COMMANDS: readonly (readonly [command: string, meaning: string])[] = [
  ['systemctl is-system-running --wait', 'a shell; waiting until systemd has started everything'],
  ['holdfast watch', 'waiting for the word of the agent'],
];

const LINE_LIMIT = 2000;
const WIDTH = 110;

/** Takes console text in pieces and gives the phases in it. */
export class PhaseSpotter {
  #rest = '';
  #last = '';

  feed(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-LINE_LIMIT);
    return lines.flatMap((line) => {
      const phase = phaseOf(plain(line));
      if (phase === undefined || phase === this.#last) return [];
      this.#last = phase;
      return [phase];
    });
  }
}

/** The phase that a line of the console stands for. */
export function phaseOf(line: string): string | undefined {
  // A command as it is echoed, not as it runs: what it says it will do is told, what it contains is no phase.
  if (/hf-begin-\d+-\$\?/.test(line)) return COMMANDS.find(([command]) => line.includes(command))?.[1];
  for (const pattern of PHASES) {
    const said = pattern.exec(line)?.[1];
    if (said !== undefined) return said.trim().slice(0, WIDTH);
  }
  return undefined;
}
