/** The command line of `holdfast`, read and checked. */
import { parseArgs } from 'node:util';
import { bootHelp, bootUsage } from './boot-help.ts';
import { CommandError } from './error.ts';

export interface Arguments {
  readonly command: string;
  readonly operands: readonly string[];
  readonly root: string;
  readonly json: boolean;
  readonly wait: boolean;
  /** File for the page of the timeline, or `-`. */
  readonly html: string | undefined;
  readonly reason: string | undefined;
}

const usage = `Usage: holdfast [OPTIONS] COMMAND

Keeps this device on its last good system.

Commands:
  install FILE      try the kernel, base or gadget in FILE with one reboot
  status            what boots, what is tried, what was decided last and why
  list              the snaps on this device
  changes           what was asked of this device
  change ID         the steps of one change
  watch [ID]        the same of that change or the last one, followed until it is over
  boot COMMAND      what each boot was and why it ended: log, why, timeline; confirm, reject; verify
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
  'boot log': [],
  'boot why': ['[N]'],
  'boot timeline': [],
  'boot confirm': [],
  'boot reject': [],
  'boot verify': [],
  version: [],
};

/** Options that only some commands have. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  'no-wait': ['install'],
  html: ['boot timeline'],
  reason: ['boot confirm', 'boot reject'],
};

/** The help for a command; for all of them without one, or where there is nothing more to say of it. */
export function helpOf(command = ''): string {
  return bootHelp[command] ?? (command.split(' ')[0] === 'boot' ? bootUsage : usage);
}

/**
 * Reads the arguments behind the program's name.
 * @throws CommandError `usage`
 */
export function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { values, positionals } = parse(args);
  const words = positionals[0] === 'boot' ? [positionals.slice(0, 2).join(' '), ...positionals.slice(2)] : positionals;
  const [word = 'help', ...operands] = words;
  const isHelp = values.help || (!values.version && (word === 'help' || word === 'boot'));
  const asked = isHelp ? 'help' : values.version ? 'version' : undefined;
  const topic = word === 'help' ? operands.join(' ') : word;
  const common = { root: values.root ?? env['SNAPPY_GLOBAL_ROOT'] ?? '/', json: values.json ?? false };
  const special = { wait: !(values['no-wait'] ?? false), html: values.html, reason: values.reason };
  if (asked !== undefined) return { command: asked, operands: [topic], ...common, ...special };
  checkOperands(word, operands);
  for (const [option, commands] of Object.entries(optionsOf)) {
    if (option in values && !commands.includes(word)) throw usageError(`${word} has no option --${option}`);
  }
  if (values.html !== undefined && values.json) throw usageError('--html and --json exclude each other');
  return { command: word, operands, ...common, ...special };
}

function checkOperands(command: string, operands: readonly string[]): void {
  const wanted = operandsOf[command];
  if (wanted === undefined) throw usageError(`there is no command "${command}"`);
  const needed = wanted.filter((operand) => !operand.startsWith('['));
  if (operands.length >= needed.length && operands.length <= wanted.length) return;
  throw usageError(`${command} takes ${wanted.length === 0 ? 'no arguments' : `one argument: ${wanted.join(' ')}`}`);
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
        html: { type: 'string' },
        reason: { type: 'string' },
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
