/** Shows a change on the terminal until it is over or the device reboots for it. */
import type { Arguments } from './arguments.ts';
import { asList, type Client } from './client.ts';
import { CommandError } from './error.ts';
import { follow } from './follow.ts';
import { printable } from './show.ts';
import type { Terminal } from './terminal.ts';

export async function watch(client: Client, id: string, args: Arguments, terminal: Terminal): Promise<void> {
  const clear = terminal.isTty ? '\r\x1b[K' : '';
  const news = args.json ? () => {} : (line: string) => terminal.out(`${clear}${printable(line)}\n`);
  const redraw = terminal.isTty && !args.json ? (line: string) => terminal.out(`${clear}${printable(line)}`) : () => {};
  const end = await follow(client, id, news, redraw);
  if (args.json) terminal.out(`${JSON.stringify({ change: id, end: end.kind })}\n`);
  else if (end.kind === 'reboot') {
    terminal.out(`${clear}The device reboots now to go on; afterwards, holdfast watch ${id} tells how it ends.\n`);
  } else terminal.out(`${clear}Done.\n`);
}

/** The number of the change that was asked for last. @throws CommandError where there is none */
export async function lastChange(client: Client): Promise<string> {
  const { result } = await client.get('/v2/changes?select=all');
  const ids = asList(result).map((change) => Number(change['id']));
  if (ids.length === 0) throw new CommandError('failed', 'cannot watch: there are no changes yet');
  return String(Math.max(...ids));
}
