/** The `holdfast` command. Knows nothing of the daemon but its REST API. */
import { join } from 'node:path';
import { listAliases } from './aliases.ts';
import { type Arguments, helpOf, readArguments } from './arguments.ts';
import { bootCommands } from './boot.ts';
import { asList, asObject, type Client, connectTo } from './client.ts';
import { CommandError } from './error.ts';
import { savedCommands } from './saved.ts';
import { jsonText, showChange, showChanges, showStatus, text } from './show.ts';
import { showSnap, showSnaps } from './show-snaps.ts';
import { jsonOf, orderCommands } from './snap-commands.ts';
import type { Terminal } from './terminal.ts';
import { lastChange, watch } from './watch.ts';

type Command = (client: Client, args: Arguments, terminal: Terminal) => Promise<void>;

const show =
  (path: (operand: string) => string, format: (result: unknown) => string): Command =>
  async (client, { operands, json }, terminal) => {
    const { result } = await client.get(path(encodeURIComponent(operands[0] ?? '')));
    terminal.out(json ? jsonText(result) : format(result));
  };

const commands: Readonly<Record<string, Command>> = {
  ...orderCommands,
  watch: async (client, args, terminal) =>
    watch(client, args.operands[0] ?? (await lastChange(client)), args, terminal),
  status: show(() => '/v2/holdfast/status', showStatus),
  list,
  info: show((name) => `/v2/snaps/${name}`, showSnap),
  aliases: listAliases,
  ...savedCommands,
  changes,
  abort,
  ...bootCommands,
  change: show((id) => `/v2/changes/${id}`, showChange),
  tasks: show((id) => `/v2/changes/${id}`, showChange),
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
    terminal.err(`${isAsItShould(error) ? '' : 'error: '}${error.message}${hint(error)}\n`);
    return isAsItShould(error) ? 0 : error.exitCode;
  }
}

/** On the same socket snapd itself may answer; it must not be given what is meant for this daemon. */
async function askWhoAnswers(client: Client, command: string): Promise<void> {
  const { result } = await client.get('/v2/system-info');
  if (asObject(result)['holdfast'] === undefined) {
    throw new CommandError('not-holdfast', `cannot ${command}: snapd runs on this device, not the holdfast daemon`);
  }
}

async function list(client: Client, { operands, options, json }: Arguments, terminal: Terminal): Promise<void> {
  const query = new URLSearchParams({
    ...(options.all === true ? { select: 'all' } : {}),
    ...(operands.length === 0 ? {} : { snaps: operands.join(',') }),
  });
  const { result } = await client.get(`/v2/snaps?${query}`);
  if (operands.length > 0 && asList(result).length === 0)
    throw new CommandError('failed', 'no matching snaps installed');
  terminal.out(json ? jsonText(result) : showSnaps(result));
}

async function changes(client: Client, { operands: [snap], json }: Arguments, terminal: Terminal): Promise<void> {
  const query = new URLSearchParams({ select: 'all', ...(snap === undefined ? {} : { for: snap }) });
  const { result } = await client.get(`/v2/changes?${query}`);
  terminal.out(json ? jsonText(result) : showChanges(result));
}

async function abort(client: Client, { operands: [id = ''], json }: Arguments, terminal: Terminal): Promise<void> {
  const { result } = await client.post(`/v2/changes/${encodeURIComponent(id)}`, jsonOf({ action: 'abort' }));
  const { status, ready } = asObject(result);
  const rest = ready === true ? '' : `; holdfast watch ${id} tells how it ends`;
  terminal.out(json ? jsonText(result) : `Change ${id} is given up (${text(status)})${rest}.\n`);
}

/** Refused because there is nothing to do: for whoever asked, all is as it should be. As with the `snap` client. */
function isAsItShould({ kind }: CommandError): boolean {
  return kind === 'snap-no-update-available' || kind === 'snap-already-installed';
}

function hint(error: CommandError): string {
  return error.kind === 'login-required' ? ' (try with sudo)' : '';
}
