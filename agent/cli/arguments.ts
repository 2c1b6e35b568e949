/** The command line of `holdfast`, read and checked. */
import { parseArgs } from 'node:util';
import { bootHelp, bootUsage } from './boot-help.ts';
import { operandsProblem, optionTypes, orderShapes, shapes } from './command-shapes.ts';
import { CommandError } from './error.ts';
import { snapHelp } from './snap-help.ts';
import { usage } from './usage.ts';

export interface Arguments {
  readonly command: string;
  readonly operands: readonly string[];
  readonly root: string;
  readonly json: boolean;
  readonly wait: boolean;
  /** Only say what the command would do. */
  readonly plan: boolean;
  /** File for the page of the timeline, or `-`. */
  readonly html: string | undefined;
  readonly reason: string | undefined;
  /** The options that were given, as they were. */
  readonly options: Options;
}

export type Options = ReturnType<typeof parse>['values'];

/** The help for a command; for all of them without one, or where there is nothing more to say of it. */
export function helpOf(command = ''): string {
  return bootHelp[command] ?? snapHelp[command] ?? (command.split(' ')[0] === 'boot' ? bootUsage : usage);
}

/**
 * Reads the arguments behind the program's name.
 * @throws CommandError `usage`
 */
export function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { values, positionals } = parse(args);
  const { word = 'help', operands, plan } = wordsOf(positionals);
  const isHelp = values.help || (!values.version && (word === 'help' || word === 'boot' || word === 'plan'));
  const asked = isHelp ? 'help' : values.version ? 'version' : undefined;
  const topic = plan ? 'plan' : word === 'help' ? operands.join(' ') : word;
  const common = {
    ...{ root: values.root ?? env['SNAPPY_GLOBAL_ROOT'] ?? '/', json: values.json ?? false, plan },
    ...{ wait: !(values['no-wait'] ?? false), html: values.html, reason: values.reason, options: values },
  };
  if (asked !== undefined) return { command: asked, operands: [topic], ...common };
  check(word, operands, values, plan);
  return { command: word, operands, ...common };
}

function wordsOf(positionals: readonly string[]) {
  const [first, second] = positionals;
  if (first === 'boot') return { word: positionals.slice(0, 2).join(' '), operands: positionals.slice(2), plan: false };
  const plan = first === 'plan' && second !== undefined;
  const [word, ...operands] = plan ? positionals.slice(1) : positionals;
  return { word, operands, plan };
}

function check(command: string, operands: readonly string[], values: Options, plan: boolean): void {
  const shape = Object.hasOwn(shapes, command) ? shapes[command] : undefined;
  if (shape === undefined) throw usageError(`there is no command "${command}"`);
  if (plan && !Object.hasOwn(orderShapes, command))
    throw usageError(`"${command}" changes nothing that could be planned`);
  const problem = operandsProblem(shape, operands.length);
  if (problem !== undefined) throw usageError(`${command} takes ${problem}`);
  const others = Object.keys(values).filter((option) => !['root', 'json', ...shape.options].includes(option));
  const [other] = plan && 'no-wait' in values ? ['no-wait'] : others;
  if (other !== undefined) throw usageError(`${plan ? 'plan ' : ''}${command} has no option --${other}`);
  if (values.html !== undefined && values.json) throw usageError('--html and --json exclude each other');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: optionTypes });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function usageError(why: string): CommandError {
  return new CommandError('usage', `cannot understand the command line: ${why}; see holdfast --help`);
}
