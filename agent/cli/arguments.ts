/** The command line of `holdfast`, read and checked. */
import { parseArgs } from 'node:util';
import { CommandError } from './error.ts';

export interface Arguments {
  readonly command: string;
  readonly operands: readonly string[];
  readonly root: string;
  readonly json: boolean;
  readonly wait: boolean;
}

export const usage = `Usage: holdfast [OPTIONS] COMMAND

Keeps this device on its last good system.

Commands:
  install FILE      try the kernel, base or gadget in FILE with one reboot
  status            what boots, what is tried, what was decided last and why
  list              the snaps on this device
  changes           what was asked of this device
  change ID         the steps of one change
  watch [ID]        the same of that change or the last one, followed until it is over
  daemon            the agent itself; started by systemd

Options:
  --json            print the answer of the daemon as it is
  --no-wait         install: print the number of the change and leave
  --root DIR        use the daemon of the device under DIR (or SNAPPY_GLOBAL_ROOT)
  --help, --version
`;

const operandsOf: Readonly<Record<string, readonly string[]>> = {
  install: ['FILE'],
  status: [],
  list: [],
  changes: [],
  change: ['ID'],
  watch: ['[ID]'],
  help: [],
  version: [],
};

/**
 * Reads the arguments behind the program's name.
 * @throws CommandError `usage`
 */
export function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { values, positionals } = parse(args);
  const [word, ...operands] = positionals;
  const command = values.help ? 'help' : values.version ? 'version' : (word ?? 'help');
  const wanted = operandsOf[command];
  if (wanted === undefined) throw usageError(`there is no command "${command}"`);
  const needed = wanted.filter((operand) => !operand.startsWith('['));
  const fits = operands.length >= needed.length && operands.length <= wanted.length;
  if (!values.help && !values.version && !fits) {
    throw usageError(`${command} takes ${wanted.length === 0 ? 'no arguments' : `one argument: ${wanted.join(' ')}`}`);
  }
  return {
    command,
    operands,
    root: values.root ?? env['SNAPPY_GLOBAL_ROOT'] ?? '/',
    json: values.json ?? false,
    wait: !(values['no-wait'] ?? false),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        root: { type: 'string' },
        json: { type: 'boolean' },
        'no-wait': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function usageError(why: string): CommandError {
  return new CommandError('usage', `cannot understand the command line: ${why}; see holdfast --help`);
}
