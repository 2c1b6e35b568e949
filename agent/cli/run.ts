/** The `holdfast` command. Knows nothing of the daemon but its REST API. */
import { join } from 'node:path';
import { type Arguments, helpOf, readArguments } from './arguments.ts';
import { bootCommands } from './boot.ts';
import { asList, asObject, type Client, connectTo } from './client.ts';
import { CommandError } from './error.ts';
import { follow } from './follow.ts';
import { showChange, showChanges, showSnaps, showStatus } from './show.ts';
import type { Terminal } from './terminal.ts';
import { uploadOf } from './upload.ts';

type Command = (client: Client, args: Arguments, terminal: Terminal) => Promise<void>;

const show =
  (path: (operand: string) => string, format: (result: unknown) => string): Command =>
  async (client, { operands, json }, terminal) => {
    const { result } = await client.get(path(encodeURIComponent(operands[0] ?? '')));
    terminal.out(json ? `${JSON.stringify(result, undefined, 2)}\n` : format(result));
  };

const commands: Readonly<Record<string, Command>> = {
  install,
  watch: async (client, args, terminal) =>
    watch(client, args.operands[0] ?? (await lastChange(client)), args, terminal),
  status: show(() => '/v2/holdfast/status', showStatus),
  list: show(() => '/v2/snaps?select=all', showSnaps),
  changes: show(() => '/v2/changes?select=all', showChanges),
  ...bootCommands,
  change: show((id) => `/v2/changes/${id}`, showChange),
};

/** Runs one command and returns its exit code: 0, 10 for a conflict that may pass, 1 for every other error. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  version: string,
  terminal: Terminal,
): Promise<number> {
  try {
    const parsed = readArguments(args, env);
    if (parsed.command === 'help') terminal.out(helpOf(parsed.operands[0]));
    else if (parsed.command === 'version') terminal.out(`holdfast ${version}\n`);
    else {
      const client = connectTo(join(parsed.root, 'run/snapd.socket'));
      await askWhoAnswers(client, parsed.command);
      await commands[parsed.command]?.(client, parsed, terminal);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    terminal.err(`error: ${error.message}${hint(error)}\n`);
    return error.exitCode;
  }
}

/** On the same socket snapd itself may answer; it must not be given what is meant for this daemon. */
async function askWhoAnswers(client: Client, command: string): Promise<void> {
  const { result } = await client.get('/v2/system-info');
  if (asObject(result)['holdfast'] === undefined) {
    throw new CommandError('not-holdfast', `cannot ${command}: snapd runs on this device, not the holdfast daemon`);
  }
}

async function install(client: Client, args: Arguments, terminal: Terminal): Promise<void> {
  const answer = await client.post('/v2/snaps', await uploadOf(args.operands[0] ?? ''));
  if (answer.change === undefined) throw new CommandError('protocol', 'cannot follow the installation: no change');
  if (!args.wait) terminal.out(`${answer.change}\n`);
  else await watch(client, answer.change, args, terminal);
}

/** The number of the change that was asked for last. */
async function lastChange(client: Client): Promise<string> {
  const { result } = await client.get('/v2/changes?select=all');
  const ids = asList(result).map((change) => Number(change['id']));
  if (ids.length === 0) throw new CommandError('failed', 'cannot watch: there are no changes yet');
  return String(Math.max(...ids));
}

async function watch(client: Client, id: string, args: Arguments, terminal: Terminal): Promise<void> {
  const clear = terminal.isTty ? '\r\x1b[K' : '';
  const news = args.json ? () => {} : (line: string) => terminal.out(`${clear}${line}\n`);
  const redraw = terminal.isTty && !args.json ? (line: string) => terminal.out(`${clear}${line}`) : () => {};
  const end = await follow(client, id, news, redraw);
  if (args.json) terminal.out(`${JSON.stringify({ change: id, end: end.kind })}\n`);
  else if (end.kind === 'reboot') {
    terminal.out(`${clear}The device reboots now to go on; afterwards, holdfast watch ${id} tells how it ends.\n`);
  } else terminal.out(`${clear}Done.\n`);
}

function hint(error: CommandError): string {
  return error.kind === 'login-required' ? ' (try with sudo)' : '';
}
